//! Many processes that append to one log on Postgres: what they come to together, and how evenly
//! they are served. The number of clients is the same, however many processes share them.

use std::fmt::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use annals_bench_harness::child::{Order, read};
use annals_bench_harness::{Failure, Measured, Place, Workload};
use annals_postgres::Mode;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::folder::Folder;
use crate::postgres::Server;
use crate::probe::load;
use crate::shim::Shim;
use crate::subjects::postgres;
use crate::table::{median, number};

const PROCESSES: [usize; 3] = [1, 2, 4];
const CLIENTS: usize = 64;
/// In which children open their store.
const OPENING: Duration = Duration::from_millis(1_500);
const WARM_MS: u64 = 500;

/// What so many processes came to, round by round.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    delay_ms: u64,
    workload: String,
    processes: usize,
    clients: usize,
    load: f64,
    rounds: Vec<Vec<Measured>>,
}

/// Measures each workload that is asked for (one event appended, and commands).
pub(crate) async fn measure(arguments: &Arguments) -> Result<Vec<Found>, Failure> {
    let name = format!("annals-bench-processes-{}", std::process::id());
    let folder = Folder::make(&arguments.folder, &name)?;
    let shim = Shim::compile(folder.path())?;
    let workloads = match arguments.workloads.as_slice() {
        [] => &[Workload::Append(1), Workload::Handle],
        asked => asked,
    };
    let clients = arguments.clients.first().copied().unwrap_or(CLIENTS);
    let mut all = Vec::new();
    for &delay_ms in &arguments.delays {
        let mut server = Server::start(folder.path(), &shim, delay_ms)?;
        for workload in workloads {
            let mut found = PROCESSES.map(|processes| Found {
                delay_ms,
                workload: workload.name(),
                processes,
                clients,
                load: 0.0,
                rounds: Vec::new(),
            });
            for _ in 0..arguments.rounds {
                for one in &mut found {
                    let place = Place {
                        folder: folder.path().to_owned(),
                        url: Some(server.fresh()?),
                        clients: clients / one.processes,
                    };
                    let measured =
                        round(&place, (*workload, one.processes), arguments.run_ms).await?;
                    one.load = load();
                    say(one, &measured);
                    one.rounds.push(measured);
                }
            }
            all.extend(found);
        }
    }
    Ok(all)
}

/// One round: the children begin at the same moment. This process is the engine, which is idle.
async fn round(
    place: &Place,
    (workload, processes): (Workload, usize),
    run_ms: u64,
) -> Result<Vec<Measured>, Failure> {
    let engine = postgres(place, Mode::ReadWrite).await?;
    engine.prepare("bench", Vec::new()).await?;
    let begin = SystemTime::now().duration_since(UNIX_EPOCH)? + OPENING;
    let order = Order {
        subject: "annals-postgres-process".to_owned(),
        workload,
        place: place.clone(),
        warm_ms: WARM_MS,
        run_ms,
        filled: 0,
        begin_ms: Some(u64::try_from(begin.as_millis())?),
    };
    let own = std::env::current_exe()?;
    let start = |_| {
        let mut child = Command::new(&own);
        child.args(order.arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
    };
    let children: Vec<Child> = (0..processes).map(start).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for child in children {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await??;
        let said = String::from_utf8_lossy(&output.stdout);
        all.push(read(&said).ok_or_else(|| format!("a child said nothing: {}", output.status))?);
    }
    if let Some(why) = all.iter().find_map(|it| it.failure.as_ref()) {
        return Err(format!("a child failed: {why}").into());
    }
    Ok(all)
}

fn total(round: &[Measured]) -> f64 {
    round.iter().map(|it| it.per_second).sum()
}

/// The slowest's share of what the fastest did.
fn evenness(round: &[Measured]) -> f64 {
    let of = |it: &Measured| it.per_second;
    let slowest = round.iter().map(of).fold(f64::INFINITY, f64::min);
    slowest / round.iter().map(of).fold(0.0, f64::max)
}

fn say(found: &Found, round: &[Measured]) {
    let each: Vec<String> = round.iter().map(|it| number(it.per_second)).collect();
    eprintln!(
        "+{} ms {} × {} in {} processes: {}/s ({}); load {}",
        found.delay_ms,
        found.workload,
        found.clients,
        found.processes,
        number(total(round)),
        each.join(" + "),
        found.load,
    );
}

fn of(found: &Found, value: impl Fn(&[Measured]) -> f64) -> f64 {
    median(found.rounds.iter().map(|round| value(round)).collect())
}

/// As a table.
pub(crate) fn text(all: &[Found]) -> String {
    let mut text = "### Processes on one log on Postgres\n\n\
         | ms added | work | clients | processes | per second | of one | slowest / fastest \
         | p99 ms | load |\n|--:|---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for found in all {
        let one = all.iter().find(|it| {
            (it.delay_ms, &it.workload, it.processes) == (found.delay_ms, &found.workload, 1)
        });
        let worst = |round: &[Measured]| round.iter().map(|it| it.p99_us).fold(0.0, f64::max);
        let per_second = of(found, total);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} | {} |",
            found.delay_ms,
            found.workload,
            found.clients,
            found.processes,
            number(per_second),
            one.map_or(1.0, |one| per_second / of(one, total)),
            of(found, evenness),
            of(found, worst) / 1_000.0,
            found.load,
        );
    }
    text
}

/// As a document.
pub(crate) fn json(all: &[Found]) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_as_even_as_its_slowest() {
        let of = |per_second| Measured { per_second, ..Measured::default() };
        let round = [of(30.0), of(40.0), of(20.0)];
        assert_eq!((total(&round), evenness(&round)), (90.0, 0.5));
    }
}
