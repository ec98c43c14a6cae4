//! Killing a process under load with SIGKILL at a moment that nobody chose, and checking what it
//! left. A kill forgets what the process held in memory, not what the kernel holds: a store that
//! never asked for fsync would pass; that is for [`powercut`](crate::powercut).

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use crate::load::{Command, Manner};
use crate::place;
use crate::random::Random;
use crate::verify::verify;

/// How to kill.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The program that makes the load (`annals-faults-load`).
    pub program: &'a Path,
    /// The store's place, which all cycles share.
    pub place: &'a str,
    /// Processes killed, one after the other.
    pub cycles: u64,
    /// Decides the moments; the same seed kills after the same numbers of acknowledgements.
    pub seed: u64,
    /// What the load does.
    pub manner: Manner,
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
    /// How long opening took after a kill, of the slowest but one in a hundred.
    pub reopened: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cycles, acknowledged, unacknowledged, reopened, .. } = self;
        let ms = reopened.as_millis();
        write!(
            f,
            "{cycles} kills, {acknowledged} commands acknowledged, {unacknowledged} more found \
             done, open again in {ms} ms (p99)"
        )
    }
}

/// What opening may take.
const SOON: Duration = Duration::from_secs(1);

/// Kills `plan.cycles` times and checks after each.
///
/// # Errors
/// The first broken promise, with the cycle and the seed; also a load that failed by itself.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let mut log = Vec::new();
    let mut report = Report::default();
    let mut all = Vec::new();
    let mut reopened = Vec::new();
    let mut random = Random::new(plan.seed);
    for cycle in 1..=plan.cycles {
        let told = |error: String| format!("cycle {cycle}, seed {}: {error}", plan.seed);
        let acknowledged = kill(plan, cycle, random.number()).map_err(told)?;
        report.cycles += 1;
        report.acknowledged += acknowledged.len() as u64;
        let since = now();
        drop(place::alone(place::open(plan.place)).map_err(told)?);
        reopened.push(since.elapsed());
        verify(plan.place, &mut log, &acknowledged).map_err(told)?;
        all.extend(acknowledged);
    }
    // Once more from the beginning: what earlier cycles left must have outlived the later ones.
    let mut whole = Vec::new();
    verify(plan.place, &mut whole, &all)?;
    if whole != log {
        return Err("an event changed between two passes over the log".to_owned());
    }
    reopened.sort_unstable();
    report.reopened = reopened.get(reopened.len() * 99 / 100).copied().unwrap_or_default();
    if report.reopened > SOON {
        return Err(format!("opening took {:?} after a kill", report.reopened));
    }
    report.events = log.len() as u64;
    report.unacknowledged = (report.events / 3).saturating_sub(report.acknowledged);
    Ok(report)
}

/// Starts the load, kills it, and gives what it had acknowledged.
fn kill(plan: &Plan<'_>, cycle: u64, random: u64) -> Result<Vec<Command>, String> {
    let mut child = Process::new(plan.program)
        .args([plan.place, &cycle.to_string(), plan.manner.word()])
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

#[expect(clippy::disallowed_methods, reason = "how long it takes is a promise of its own")]
fn now() -> Instant {
    Instant::now()
}
