//! Whether a store that has grown is still as fast: the same work at 100,000 events and at many.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_bench_harness::{Failure, Measured, Spot, Workload, drive};
use annals_runtime::Bounds;
use annals_runtime::SystemClock;
use annals_runtime::ports::Store;
use annals_sqlite::{OpenOptions, SqliteStore};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::folder::Folder;
use crate::probe::{Probe, probe};
use crate::subjects::{Annals, OnSqlite, unit};
use crate::table::number;

const SMALL: u64 = 100_000;
/// Events of one stream, and streams of one commit while it is filled.
const STREAM: usize = 10;
const AT_ONCE: usize = 100;
/// Streams that are remembered, for readers.
const SAMPLE: usize = 100_000;

/// What was found at one size.
#[derive(Debug, Serialize)]
pub(crate) struct At {
    events: u64,
    /// How many by the second got it there from the size before.
    filled_per_second: f64,
    probe: Probe,
    /// By workload and clients.
    found: Vec<(String, usize, Measured)>,
}

/// Measures at both sizes.
pub(crate) async fn measure(arguments: &Arguments, events: u64) -> Result<Vec<At>, Failure> {
    let name = format!("annals-bench-large-{}", std::process::id());
    let folder = Folder::make(&arguments.folder, &name)?;
    let path = folder.path().join("large.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, OpenOptions::default())?);
    let mut streams = Vec::new();
    let (mut filled, mut all) = (0, Vec::new());
    let run = Duration::from_millis(arguments.run_ms.max(1_000) * 3);
    for size in [SMALL.min(events), events] {
        let start = Instant::now();
        let before = filled;
        while filled < size {
            filled += fill(&*store, &mut streams, filled).await?;
        }
        let filled_per_second = (filled - before) as f64 / start.elapsed().as_secs_f64();
        let probe = probe(folder.path(), Duration::from_secs(1))?;
        let annals = Annals::on(store.clone(), no_cache(), Arc::new(SystemClock)).await?;
        let subject = Arc::new(OnSqlite::from(annals));
        let sample = Arc::new(streams.clone());
        let mut found = Vec::new();
        for (workload, clients) in [
            (Workload::Append(1), 1),
            (Workload::Append(1), 64),
            (Workload::Handle, 64),
            (Workload::ReadStream, 1),
        ] {
            let times = (Duration::from_millis(300), run);
            warm(&path)?;
            let done = drive(subject.clone(), (workload, clients), times, sample.clone()).await?;
            eprintln!("{filled} events, {} × {clients}: {done:?}", workload.name());
            found.push((workload.name(), clients, done));
        }
        all.push(At { events: filled, filled_per_second, probe, found });
    }
    Ok(all)
}

/// What was written before is on disk, and the system has the file in memory, as it has the small
/// one by itself. By other processes: one that opens a database beside SQLite and closes it drops
/// its locks.
fn warm(path: &Path) -> Result<(), Failure> {
    Command::new("sync").status()?;
    Command::new("cat").arg(path).stdout(Stdio::null()).status()?;
    Ok(())
}

fn no_cache() -> Bounds {
    Bounds { cached_states: 0, cached_bytes: 0, ..Bounds::default() }
}

/// One commit of many streams; every so many, one is kept in mind instead of another.
async fn fill(store: &dyn Store, streams: &mut Vec<Spot>, at: u64) -> Result<u64, Failure> {
    let spots: Vec<Spot> = (0..AT_ONCE).map(Spot::new).collect();
    let units = spots.iter().map(|spot| unit(spot, STREAM)).collect();
    for verdict in store.commit(units).await? {
        verdict.map_err(|refusal| format!("{refusal:?}"))?;
    }
    for (number, spot) in spots.into_iter().enumerate() {
        let step = at.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number as u64);
        match streams.len() {
            SAMPLE => streams[(step % SAMPLE as u64) as usize] = spot,
            _ => streams.push(spot),
        }
    }
    Ok((AT_ONCE * STREAM) as u64)
}

/// As a table.
pub(crate) fn text(all: &[At]) -> String {
    let mut text = "| events | work | clients | per second | p50 ms | p99 ms | probe/s | load |\n\
                    |--:|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for at in all {
        let (probe, load) = (number(at.probe.per_second), at.probe.load);
        let events = number(at.events as f64);
        let filled = number(at.filled_per_second);
        text += &format!("| {events} | filling | 1 | {filled} | – | – | {probe} | {load} |\n");
        for (work, clients, it) in &at.found {
            text += &format!(
                "| {events} | {work} | {clients} | {} | {:.3} | {:.3} | {probe} | {load} |\n",
                number(it.per_second),
                it.p50_us / 1_000.0,
                it.p99_us / 1_000.0
            );
        }
    }
    text
}

/// As a document.
pub(crate) fn json(all: &[At]) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(all)?)
}
