//! An aggregate of 100,000 events: its state from all of them, and from its snapshot.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use annals_bench_harness::{Failure, Spot, share};
use annals_core::{Decider, StreamId, Version};
use annals_runtime::ports::{EventStore, Snapshot, Store};
use annals_runtime::{Bounds, SystemClock};
use annals_sqlite::{OpenOptions, SqliteStore};
use serde::Serialize;

use crate::folder::Folder;
use crate::subjects::{Annals, Orders, unit};

const EVENTS: u64 = 100_000;
/// Events behind the snapshot, as many as there can be at most with one every hundred.
const BEHIND: u64 = 99;
const AT_ONCE: usize = 1_000;
const TIMES: usize = 200;

/// Times in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Hot {
    events: u64,
    /// The state folded from all events.
    whole_us: f64,
    /// The state from the snapshot and the events behind it.
    snapshot_p50_us: f64,
    snapshot_p99_us: f64,
    /// A command that finds nothing in memory: the same, decided and committed.
    command_p50_us: f64,
    command_p99_us: f64,
}

/// Measures on SQLite.
pub(crate) async fn measure(parent: &Path) -> Result<Hot, Failure> {
    let folder = Folder::make(parent, &format!("annals-bench-hot-{}", std::process::id()))?;
    let store = SqliteStore::open(folder.path().join("hot.db"), OpenOptions::default())?;
    let store: Arc<dyn Store> = Arc::new(store);
    let mut spot = Spot::new(0);
    while spot.version < EVENTS {
        let verdicts = store.commit(vec![unit(&spot, AT_ONCE)]).await?;
        verdicts.into_iter().collect::<Result<Vec<_>, _>>().map_err(|it| format!("{it:?}"))?;
        spot.version += AT_ONCE as u64;
    }
    let stream = StreamId::new("Order", spot.stream.as_str());
    let decider = Orders { snapshot_every: Some(BEHIND + 1) };
    let start = Instant::now();
    load(&*store, &decider, &stream).await?;
    let whole_us = start.elapsed().as_micros() as f64;
    // At the last multiple of the interval but one, and so as many events behind it as can be.
    let bytes = serde_json::to_vec(&[EVENTS - BEHIND, 0])?;
    let (version, fingerprint) = (Version(EVENTS - BEHIND), decider.fingerprint().into());
    let snapshot = Snapshot { stream: stream.clone(), version, fingerprint, state: bytes.into() };
    store.keep_snapshots(vec![snapshot]).await?;
    let mut loads = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        load(&*store, &decider, &stream).await?;
        loads.push(u32::try_from(start.elapsed().as_micros())?);
    }
    let bounds = Bounds { cached_states: 0, cached_bytes: 0, ..Bounds::default() };
    let annals = Annals::with(store, decider, Vec::new(), bounds, Arc::new(SystemClock)).await?;
    let mut commands = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        annals.handle(&spot).await?;
        commands.push(u32::try_from(start.elapsed().as_micros())?);
        spot.version += 1;
    }
    loads.sort_unstable();
    commands.sort_unstable();
    Ok(Hot {
        events: EVENTS,
        whole_us,
        snapshot_p50_us: share(&loads, 0.5),
        snapshot_p99_us: share(&loads, 0.99),
        command_p50_us: share(&commands, 0.5),
        command_p99_us: share(&commands, 0.99),
    })
}

/// What the command path does for a state that isn't in memory.
async fn load(store: &dyn Store, decider: &Orders, stream: &StreamId) -> Result<u64, Failure> {
    const PAGE: usize = 500;
    let failed = |error: annals_core::Failure| error.to_string();
    let (mut state, mut version) = match EventStore::snapshot(store, stream).await? {
        Some(kept) => (decider.decode(&stream.id, &kept.state).map_err(failed)?, kept.version),
        None => (decider.initial(&stream.id), Version(0)),
    };
    loop {
        let events = store.read_stream(stream, version, PAGE).await?;
        for event in &events {
            state = decider.evolve(&state, &event.into()).map_err(failed)?;
            version = event.version;
        }
        if events.len() < PAGE {
            return Ok(version.0);
        }
    }
}

/// As a table.
pub(crate) fn text(hot: &Hot) -> String {
    let ms = |us: f64| format!("{:.2}", us / 1_000.0);
    format!(
        "### An aggregate of {} events, on SQLite\n\n\
         | | p50 ms | p99 ms |\n|---|--:|--:|\n\
         | its state, from all events (once) | {} | – |\n\
         | its state, from a snapshot and {BEHIND} events | {} | {} |\n\
         | a command, its state not in memory | {} | {} |\n",
        crate::table::number(hot.events as f64),
        ms(hot.whole_us),
        ms(hot.snapshot_p50_us),
        ms(hot.snapshot_p99_us),
        ms(hot.command_p50_us),
        ms(hot.command_p99_us),
    )
}
