//! The lanes that need a Postgres of their own.

use super::{Run, caught};
use crate::load::Manner;
use crate::place::{self, alone};
use crate::server::Server;
use crate::{kill, serverkill};

fn kill_with(run: &Run, manner: Manner, cycles: u64) -> Result<kill::Report, String> {
    let server = Server::make(&run.folder.join("server"), &[])?;
    let place = &server.place("faults");
    kill::campaign(&kill::Plan { program: &run.load, place, cycles, seed: run.seed, manner })
}

pub(super) fn kills(run: &Run) -> Result<String, String> {
    kill_with(run, Manner::Honest, run.size.of(15, 1000)).map(|report| report.to_string())
}

pub(super) fn hasty(run: &Run) -> Result<String, String> {
    let result = kill_with(run, Manner::Hasty, 100);
    caught("acknowledging before the commit", result, "was acknowledged, and is lost")
}

fn server_kill_with(run: &Run, lies: bool, cycles: u64) -> Result<serverkill::Report, String> {
    let folder = &run.folder.join("server");
    let (program, seed) = (run.load.as_path(), run.seed);
    serverkill::campaign(&serverkill::Plan { program, folder, cycles, seed, lies })
}

pub(super) fn server_kills(run: &Run) -> Result<String, String> {
    let report = server_kill_with(run, false, run.size.of(3, 50))?;
    let serverkill::Report { cycles, acknowledged, events, resumed, recovered } = report;
    let (resumed, recovered) = (resumed.as_millis(), recovered.as_millis());
    Ok(format!(
        "{cycles} servers killed, {acknowledged} commands acknowledged, {events} events, load \
         went on within {resumed} ms of the first connection (recovery within {recovered} ms)"
    ))
}

pub(super) fn lying_servers(run: &Run) -> Result<String, String> {
    let result = server_kill_with(run, true, 10);
    let early = caught("answering before the log is synced", result, "acknowledged, and is lost")?;
    let refused: Result<Vec<String>, String> = ["fsync", "full_page_writes"]
        .into_iter()
        .map(|setting| {
            let off = format!("{setting}=off");
            let server = Server::make(&run.folder.join(setting), &[&off])?;
            let opened = alone(place::open(&server.place("faults")));
            caught(&format!("{off} (refused)"), opened, &format!("{setting} = off"))
        })
        .collect();
    Ok(format!("{early}, {}", refused?.join(", ")))
}
