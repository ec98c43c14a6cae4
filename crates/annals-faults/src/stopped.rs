//! A process that stands still (SIGSTOP: as in a debugger, a suspended container, a machine that
//! is moved) at random moments, and one that does so while it holds the log's lock. What others
//! append must not wait for it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use annals_runtime::ports::{Store, Unit};
use tokio::runtime::Runtime;

use crate::load::{Command, Manner};
use crate::loaded::{Loaded, now};
use crate::place;
use crate::random::Random;
use crate::server::{Server, signal};
use crate::verify::verify;

/// Nobody is held up for longer: what our sessions ask the server for, and half a second.
const BOUND: Duration = Duration::from_millis(2_000);
/// What a load may take to begin, or to go on.
const PATIENCE: Duration = Duration::from_secs(20);

/// How to stop.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The program that makes the load (`annals-faults-load`).
    pub program: &'a Path,
    /// An empty folder for the server.
    pub folder: &'a Path,
    /// How often the load's process is stopped.
    pub stops: u64,
    /// How often one is stopped that holds the log's lock.
    pub held: u64,
    /// What that one's session asks for: ours for 1,500 ms; 0, the server's default, is the canary.
    pub idle_ms: u64,
    /// Decides the moments.
    pub seed: u64,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Commands that the stopped process had acknowledged.
    pub acknowledged: u64,
    /// Commands of the process beside it.
    pub appended: u64,
    /// The longest of those while the load stood still.
    pub longest: Duration,
    /// And while one stood still that holds the lock.
    pub longest_held: Duration,
}

/// Stops and continues, and checks the store behind it.
///
/// # Errors
/// The first broken promise.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let server = Server::make(plan.folder, &[])?;
    let place = server.place("faults");
    let mut beside = Beside::open(&place)?;
    let mut load = Loaded::start(plan.program, &place::beside(&place), 1, Manner::Steady)?;
    let (mut report, mut random) = (Report::default(), Random::new(plan.seed));
    let mut acknowledged = Vec::new();
    for round in 1..=plan.stops {
        for _ in 0..=random.below(30) {
            acknowledged.push(load.next(PATIENCE)?.1);
        }
        signal("STOP", &[load.id()])?;
        // One in twenty stands still for longer than a session of ours may in a transaction.
        let least = if round % 20 == 1 { BOUND } else { Duration::ZERO };
        let since = now();
        while since.elapsed() < least || !beside.number.is_multiple_of(20) {
            report.longest = report.longest.max(beside.append()?);
        }
        report.longest = report.longest.max(beside.append()?);
        signal("CONT", &[load.id()])?;
    }
    for _ in 0..plan.held {
        let mut holder = Holder::start(&server, plan.idle_ms)?;
        signal("STOP", &[holder.0.id()])?;
        report.longest_held = report.longest_held.max(beside.append()?);
        signal("CONT", &[holder.0.id()])?;
        holder.0.kill().map_err(|error| error.to_string())?;
    }
    acknowledged.push(load.next(PATIENCE)?.1);
    acknowledged.extend(load.end());
    report.acknowledged = acknowledged.len() as u64;
    report.appended = beside.number;
    acknowledged.extend((1..=beside.number).map(Beside::command));
    drop(beside);
    verify(&place, &mut Vec::new(), &acknowledged)?;
    Ok(report)
}

/// The other process: this one, which is the engine, and appends one command after the other.
struct Beside {
    // Dropped before the runtime that its tasks run on.
    store: Arc<dyn Store>,
    runtime: Runtime,
    number: u64,
}

impl Beside {
    fn open(place: &str) -> Result<Self, String> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime =
            runtime.worker_threads(1).enable_all().build().map_err(|error| error.to_string())?;
        let store = runtime.block_on(place::open(place))?;
        Ok(Self { store, runtime, number: 0 })
    }

    fn command(number: u64) -> Command {
        Command { run: 2, writer: 0, number }
    }

    /// Appends the next command; how long that took.
    fn append(&mut self) -> Result<Duration, String> {
        self.number += 1;
        let command = Self::command(self.number);
        let outcome = Some(command.outcome());
        let unit = Unit { appends: command.appends(), outcome, ..Unit::default() };
        let since = now();
        let commit = self.store.commit(vec![unit]);
        let work = async { tokio::time::timeout(BOUND, commit).await };
        let verdicts = self.runtime.block_on(work);
        let late = |_| format!("behind a stopped process an append took more than {BOUND:?}");
        let mut verdicts = verdicts.map_err(late)?.map_err(|error| error.to_string())?;
        verdicts.remove(0).map_err(|refusal| format!("{command:?}: {refusal:?}"))?;
        Ok(since.elapsed())
    }
}

/// A process that holds the log's lock in a transaction. It ends with this value.
struct Holder(Child);

impl Holder {
    fn start(server: &Server, idle_ms: u64) -> Result<Self, String> {
        let place = server.place("faults");
        let url = place.split('?').next().unwrap_or(&place);
        let mut psql = server.command("psql");
        psql.args(["-X", "-q", "-A", "-t", url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = psql.stderr(Stdio::null()).spawn().map_err(|error| format!("psql: {error}"))?;
        let mut holder = Self(child);
        let sql = format!(
            "SET search_path = faults; SET idle_in_transaction_session_timeout = '{idle_ms}ms';\
             BEGIN; SELECT 'held' FROM annals_log FOR UPDATE;\n"
        );
        let stdin = holder.0.stdin.as_mut().ok_or("psql has no standard input")?;
        stdin.write_all(sql.as_bytes()).map_err(|error| error.to_string())?;
        let out = holder.0.stdout.take().ok_or("psql has no standard output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        if line.trim_end() != "held" {
            return Err(format!("psql says '{line}'"));
        }
        Ok(holder)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
