//! Killing a process under load with SIGKILL at a moment that nobody chose, and checking what it
//! left. A kill forgets what the process held in memory, not what the kernel holds: a store that
//! never asked for fsync would pass. That SQLite is told to ask is the matter of
//! `annals-sqlite/src/store/tests.rs`; that the disk obeys is tested by nothing here.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use annals_core::{Cell, Position, RecordedEvent, StreamId};
use annals_runtime::ports::{Books, Log, LogQuery, StoreError};
use annals_sqlite::{OpenOptions, SqliteStore};

use crate::load::{Acknowledge, COUNTS, Command, table};

/// How to kill.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The program that makes the load (`annals-faults-load`).
    pub program: &'a Path,
    /// The store's file, which all cycles share.
    pub file: &'a Path,
    /// Processes killed, one after the other.
    pub cycles: u64,
    /// Decides the moments; the same seed kills after the same numbers of acknowledgements.
    pub seed: u64,
    /// What the load does.
    pub acknowledge: Acknowledge,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Processes killed.
    pub cycles: u64,
    /// Commands acknowledged before the kills.
    pub acknowledged: u64,
    /// Events in the log at the end.
    pub events: u64,
    /// Commands found committed that nobody had time to acknowledge.
    pub unacknowledged: u64,
}

/// Kills `plan.cycles` times and checks after each.
///
/// # Errors
/// The first broken promise, with the cycle and the seed; also a load that failed by itself.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let mut log = Vec::new();
    let mut report = Report::default();
    let mut all = Vec::new();
    let mut random = plan.seed;
    for cycle in 1..=plan.cycles {
        let place = |error: String| format!("cycle {cycle}, seed {}: {error}", plan.seed);
        random = next(random);
        let acknowledged = kill(plan, cycle, random).map_err(place)?;
        report.cycles += 1;
        report.acknowledged += acknowledged.len() as u64;
        verify(plan.file, &mut log, &acknowledged).map_err(place)?;
        all.extend(acknowledged);
    }
    // Once more from the beginning: what earlier cycles left must have outlived the later ones.
    let mut whole = Vec::new();
    verify(plan.file, &mut whole, &all)?;
    if whole != log {
        return Err("an event changed between two passes over the log".to_owned());
    }
    report.events = log.len() as u64;
    report.unacknowledged = (report.events / 3).saturating_sub(report.acknowledged);
    Ok(report)
}

/// Starts the load, kills it, and gives what it had acknowledged.
fn kill(plan: &Plan<'_>, cycle: u64, random: u64) -> Result<Vec<Command>, String> {
    let when = match plan.acknowledge {
        Acknowledge::AfterCommit => "after",
        Acknowledge::BeforeCommit => "before",
    };
    let mut child = Process::new(plan.program)
        .arg(plan.file)
        .args([&cycle.to_string(), when])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", plan.program.display()))?;
    let out = child.stdout.take().ok_or("no standard output")?;
    // Mostly soon, now and then late enough for the WAL to have been copied into the database.
    let enough = if random.is_multiple_of(16) { random >> 8 & 0x3ff } else { random >> 8 & 0x3f };
    let mut acknowledged = Vec::new();
    let mut reader = BufReader::new(out);
    let mut line = String::new();
    loop {
        line.clear();
        let read = reader.read_line(&mut line).map_err(|error| error.to_string())?;
        // A line that the kill cut short acknowledges nothing.
        if read == 0 || !line.ends_with('\n') {
            break;
        }
        acknowledged.push(Command::parse(line.trim_end()).ok_or_else(|| format!("'{line}'"))?);
        if acknowledged.len() as u64 == enough + 1 {
            child.kill().map_err(|error| error.to_string())?;
        }
    }
    let ended = child.wait_with_output().map_err(|error| error.to_string())?;
    if acknowledged.len() as u64 <= enough {
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        return Err(format!("the load ended by itself ({}): {said}", ended.status));
    }
    Ok(acknowledged)
}

/// Checks a store against what was acknowledged. `log` holds the events that are known already, and
/// gets the new ones.
///
/// # Errors
/// The first broken promise.
pub fn verify(
    file: &Path,
    log: &mut Vec<RecordedEvent>,
    acknowledged: &[Command],
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let store = SqliteStore::open(file, OpenOptions::default()).map_err(|e| e.to_string())?;
        let known = log.len();
        read_on(&store, log).await.map_err(|error| error.to_string())?;
        whole_and_dense(&store, log).await?;
        let places: HashMap<_, _> =
            log[known..].iter().map(|event| (event.event.id, event)).collect();
        if places.len() != log.len() - known {
            return Err("an event is in the log twice".to_owned());
        }
        for command in acknowledged {
            kept(&store, *command, &places).await?;
        }
        for event in &log[known..] {
            all_or_nothing(&store, event).await?;
        }
        projected(&store, log).await
    })
}

async fn read_on(store: &SqliteStore, log: &mut Vec<RecordedEvent>) -> Result<(), StoreError> {
    loop {
        let after = log.last().map(|event| event.position).unwrap_or_default();
        let query = LogQuery { after, limit: 1000, ..LogQuery::default() };
        let page = store.read_log(query).await?;
        if page.is_empty() {
            return Ok(());
        }
        log.extend(page);
    }
}

/// Positions and the versions of each stream are 1..n.
async fn whole_and_dense(store: &SqliteStore, log: &[RecordedEvent]) -> Result<(), String> {
    let head = store.head().await.map_err(|error| error.to_string())?;
    if head.0 != log.len() as u64 {
        return Err(format!("the head is {}, and {} events were read", head.0, log.len()));
    }
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    for (event, position) in log.iter().zip(1..) {
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        if event.position != Position(position) || event.version.0 != *version {
            let RecordedEvent { stream, version: is, position: at, .. } = event;
            return Err(format!(
                "position {} holds {stream} {} where {position} and {version} were due",
                at.0, is.0
            ));
        }
    }
    Ok(())
}

/// An acknowledged command's events are there, unchanged, and so is its outcome.
async fn kept(
    store: &SqliteStore,
    command: Command,
    places: &HashMap<uuid::Uuid, &RecordedEvent>,
) -> Result<(), String> {
    for append in command.appends() {
        for event in &append.events {
            match places.get(&event.id) {
                Some(found) if found.event == *event && found.stream == append.stream => {}
                Some(found) => return Err(format!("{command:?} was changed: {found:?}")),
                None => return Err(format!("{command:?} was acknowledged, and is lost")),
            }
        }
    }
    let outcome = store.outcome(&command.stream(), command.id()).await;
    match outcome.map_err(|error| error.to_string())? {
        Some(outcome) if outcome == command.outcome() => Ok(()),
        other => Err(format!("{command:?} has the outcome {other:?}")),
    }
}

/// A command is there whole: where its first event is, the others and the outcome are.
async fn all_or_nothing(store: &SqliteStore, event: &RecordedEvent) -> Result<(), String> {
    let (high, low) = event.event.id.as_u64_pair();
    let command = Command { run: high >> 16, writer: high & 0xffff, number: low >> 8 };
    let streams = command.appends().into_iter().map(|append| append.stream);
    if event.stream == command.stream() {
        let outcome = store.outcome(&command.stream(), command.id()).await;
        let found = outcome.map_err(|error| error.to_string())?;
        if found != Some(command.outcome()) {
            return Err(format!("{command:?} is there without its outcome"));
        }
    }
    let known = streams.into_iter().any(|stream| stream == event.stream);
    known.then_some(()).ok_or_else(|| format!("{event:?} is nobody's"))
}

/// The projection's rows are the fold of the log up to its checkpoint.
async fn projected(store: &SqliteStore, log: &[RecordedEvent]) -> Result<(), String> {
    let fail = |error: StoreError| error.to_string();
    store.prepare("faults", vec![table()]).await.map_err(fail)?;
    let at = store.checkpoint(COUNTS).await.map_err(fail)?.map(|at| at.position);
    let mut wanted: HashMap<String, i64> = HashMap::new();
    for event in log.iter().filter(|event| event.position <= at.unwrap_or_default()) {
        *wanted.entry(event.stream.to_string()).or_default() += 1;
    }
    let mut found = HashMap::new();
    let mut after = None;
    loop {
        let page = store.rows(COUNTS, after, 1000).await.map_err(fail)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last[0].clone());
        for (row, _) in page {
            if let [Cell::Text(stream), Cell::Int(count)] = row.as_slice() {
                found.insert(stream.to_string(), *count);
            }
        }
    }
    let same = wanted == found;
    same.then_some(()).ok_or_else(|| format!("at {at:?} the rows are not the fold of the log"))
}

/// splitmix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
fn next(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
