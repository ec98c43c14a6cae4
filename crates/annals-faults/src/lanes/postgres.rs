//! The lanes that need a Postgres of their own.

use std::time::Duration;

use super::{Run, Size, caught, hasty_system, system_kills};
use crate::laws::Stores;
use crate::load::Manner;
use crate::place::{self, alone};
use crate::server::Server;
use crate::{kill, serverkill, skip, snapshot, stopped, sweep};

fn kill_with(
    run: &Run,
    server: &Server,
    manner: Manner,
    cycles: u64,
) -> Result<kill::Report, String> {
    let place = &server.place("faults");
    kill::campaign(&kill::Plan { program: &run.load, place, cycles, seed: run.seed, manner })
}

pub(super) fn kills(run: &Run) -> Result<String, String> {
    let server = Server::make(&run.folder.join("server"), &[])?;
    let store = kill_with(run, &server, Manner::Honest, run.size.of(15, 1000))?;
    let (stores, kills) = (Stores::Postgres(server), run.size.of(15, 1000));
    let system = system_kills(run, &stores, sweep::load::Manner::First, kills)?;
    Ok(format!("{store}; {system}"))
}

pub(super) fn hasty(run: &Run) -> Result<String, String> {
    let server = Server::make(&run.folder.join("server"), &[])?;
    let result = kill_with(run, &server, Manner::Hasty, 100);
    let store = caught("acknowledging before the commit", result, "was acknowledged, and is lost")?;
    Ok(format!("{store}, {}", hasty_system(run, &Stores::Postgres(server))?))
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

pub(super) fn follows(run: &Run) -> Result<String, String> {
    let folder = &run.folder.join("server");
    let events = run.size.of(50_000, 1_000_000);
    let skip::Report { events, aborted, rolled_back, refused } =
        skip::campaign(&skip::Plan { folder, events })?;
    Ok(format!(
        "4 readers were given {events} events of 16 writers in order, {aborted} commits aborted, \
         {rolled_back} transactions rolled back, {refused} units refused"
    ))
}

pub(super) fn naive_reader(run: &Run) -> Result<String, String> {
    let result = skip::naive(&run.folder.join("server"), 1_600);
    caught("a reader of `position > last` over a sequence", result, "were skipped")
}

fn stop_with(run: &Run, stops: u64, held: u64, idle_ms: u64) -> stopped::Plan<'_> {
    let (program, folder) = (run.load.as_path(), run.folder.as_path());
    stopped::Plan { program, folder, stops, held, idle_ms, seed: run.seed }
}

pub(super) fn stops(run: &Run) -> Result<String, String> {
    let plan = stop_with(run, run.size.of(20, 1_000), run.size.of(2, 30), 1_500);
    let report = stopped::campaign(&plan)?;
    let stopped::Report { acknowledged, appended, longest, longest_held } = report;
    let (longest, longest_held) = (longest.as_millis(), longest_held.as_millis());
    let (stops, held) = (plan.stops, plan.held);
    Ok(format!(
        "{stops} stops under load, {held} with the lock held; {acknowledged} commands \
         acknowledged, {appended} beside it, within {longest} ms and {longest_held} ms"
    ))
}

pub(super) fn endless_holder(run: &Run) -> Result<String, String> {
    let result = stopped::campaign(&stop_with(run, 1, 1, 0));
    caught("a session that may idle in a transaction", result, "an append took more than")
}

/// In a pull request's short time noise counts for more, so that only what is gross is seen.
fn snapshot_plan<'a>(run: &Run, folder: &'a std::path::Path) -> snapshot::Plan<'a> {
    let open = Duration::from_secs(run.size.of(5, 60));
    snapshot::Plan { folder, open, most: run.size.of(3.0, 1.2) }
}

pub(super) fn snapshots(run: &Run) -> Result<String, String> {
    let folder = run.folder.join("server");
    let plan = snapshot_plan(run, &folder);
    let report = snapshot::campaign(&plan)?;
    let (ratio, snapshot::Report { appends, before, after }) = (report.ratio(), report);
    let (before, after) = (before.as_micros(), after.as_micros());
    let open = plan.open.as_secs();
    Ok(format!(
        "{appends} appends, the quick tenth within {before} us, {after} us after {open} s under \
         an open snapshot: {ratio:.2} times"
    ))
}

pub(super) fn updated_head(run: &Run) -> Result<String, String> {
    let folder = run.folder.join("server");
    let plan = Run { size: Size::Pr, ..run.clone() };
    let result = snapshot::updated_head(&snapshot_plan(&plan, &folder));
    caught("a head that is updated", result, "under an open snapshot")
}
