//! Failing at each place that the sources mark with `failpoint!`, in each way: a process that runs
//! a whole system fails there once, is started again where it ended, and its store is checked
//! behind each end.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::laws::Stores;
use crate::place;
use crate::random::Random;
use check::{Said, check};
use load::Manner;
use sites::Site;

mod check;
pub mod kills;
pub mod load;
pub mod sites;
mod stop;
mod system;
mod transfer;

/// Names what the swept process fails with.
pub const VARIABLE: &str = "ANNALS_FAILPOINT";
/// What is done at a place: as in `annals_runtime::failpoint`, which most builds have not. The last
/// only where other processes may use the store.
pub const ACTIONS: [&str; 5] = [ERROR, "panic", "delay", "abort", "stop"];
const ERROR: &str = "error";
/// A process that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Starts behind the first that a supervisor may need.
const STARTS: u64 = 3;

/// What to sweep.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The program that is swept (`annals-faults-load`).
    pub program: &'a Path,
    /// Where its stores are made. So many processes are swept at once: one waits until a server
    /// has noticed that the last one is dead, and sees no others there.
    pub stores: &'a [Stores],
    /// The places.
    pub sites: &'a [Site],
    /// The ways: those of [`ACTIONS`] that are tried.
    pub actions: &'a [&'static str],
    /// How often each is made to fail in each way.
    pub seeds: u64,
    /// The number of the first store.
    pub first: u64,
    /// Decides at which passing.
    pub seed: u64,
    /// What the process does.
    pub manner: Manner,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Places.
    pub sites: u64,
    /// Processes that were made to fail.
    pub failures: u64,
    /// Those that were started again.
    pub restarts: u64,
    /// Commands acknowledged.
    pub acknowledged: u64,
    /// The longest commit of another process beside one that stood still, its start included.
    pub longest: Duration,
}

/// One failure.
#[derive(Clone, Debug)]
struct Failure<'a> {
    number: u64,
    site: &'a Site,
    action: &'static str,
    at: u64,
}

/// Makes the process fail at each place in each way.
///
/// # Errors
/// A place that is never passed, and the first broken promise.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let passes = passes(plan)?;
    let mut random = Random::new(plan.seed);
    let mut failures = Vec::new();
    for site in plan.sites {
        let passes = passes.get(&site.name).copied().unwrap_or(0);
        if passes == 0 {
            return Err(format!("{} is never passed", site.name));
        }
        let can = |action: &&&str| site.fails || **action != ERROR;
        for action in plan.actions.iter().filter(can) {
            for _ in 0..plan.seeds {
                let at = 1 + random.number() % (passes / 2).max(1);
                let number = plan.first + failures.len() as u64 + 1;
                failures.push(Failure { number, site, action, at });
            }
        }
    }
    let mut report = Report { sites: plan.sites.len() as u64, ..Report::default() };
    failures.reverse();
    let (rest, reports) = (Mutex::new(failures), Mutex::new(Vec::new()));
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).pop();
    std::thread::scope(|scope| {
        for stores in plan.stores {
            scope.spawn(|| {
                while let Some(failure) = next() {
                    let done = fail(plan, stores, &failure);
                    if done.is_err() {
                        // Nobody begins another one.
                        rest.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    }
                    reports.lock().unwrap_or_else(PoisonError::into_inner).push(done);
                }
            });
        }
    });
    for done in reports.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let (restarts, acknowledged, beside) = done?;
        report.failures += 1;
        report.longest = report.longest.max(beside);
        report.restarts += restarts;
        report.acknowledged += acknowledged;
    }
    Ok(report)
}

/// How often each place is passed where nothing fails.
fn passes(plan: &Plan<'_>) -> Result<BTreeMap<String, u64>, String> {
    let stores = plan.stores.first().ok_or("nowhere to make stores")?;
    let place = stores.place(plan.first);
    let ended = run(plan.program, &place, plan.manner, None)?;
    if !ended.well {
        return Err(format!("without a failure it ends: {}", ended.told));
    }
    let mut said = Said::default();
    said.add(&ended.said)?;
    if plan.manner == Manner::First {
        check(&place, &said, true)?;
    }
    Ok(said.passes)
}

/// What came of a failure: starts, commands that were acknowledged, the commit beside it.
type Failed = (u64, u64, Duration);

/// One failure, up to a process that ends well.
fn fail(plan: &Plan<'_>, stores: &Stores, failure: &Failure<'_>) -> Result<Failed, String> {
    let Failure { number, action, .. } = failure;
    let place = stores.place(*number);
    let (armed, mut ended) = failed(plan, stores, &place, failure)?;
    let told = |why: String| format!("{armed} on {place}: {why}");
    let mut said = Said::default();
    match *action {
        // One that stood still in a transaction may end: the server has let others by.
        "delay" if !ended.well => return Err(told(format!("it ended: {}", ended.told))),
        "abort" if ended.well => return Err(told("it went on".to_owned())),
        _ => {}
    }
    let (mut restarts, beside) = (0, ended.beside);
    loop {
        said.add(&ended.said).and_then(|()| check(&place, &said, ended.well)).map_err(told)?;
        if ended.well {
            place::alone(stores.remove(&place)).map_err(told)?;
            return Ok((restarts, said.acknowledged.len() as u64, beside));
        }
        if restarts == STARTS {
            return Err(told(format!("it doesn't start again: {}", ended.told)));
        }
        restarts += 1;
        ended = run(plan.program, &place, Manner::Again, None).map_err(told)?;
    }
}

/// The process that fails: what was armed, and how it ended. How often a place is passed differs
/// from one process to the next: where it was too seldom, another one, on a new store, fails
/// earlier.
fn failed(
    plan: &Plan<'_>,
    stores: &Stores,
    place: &str,
    failure: &Failure<'_>,
) -> Result<(String, Ended), String> {
    let Failure { site, action, mut at, .. } = *failure;
    loop {
        let armed = format!("{}={action}@{at}", site.name);
        let ended = run(plan.program, place, plan.manner, Some(&armed))
            .map_err(|why| format!("{armed} on {place}: {why}"))?;
        if ended.told.contains(&format!("failpoint {}: {action}", site.name)) {
            return Ok((armed, ended));
        }
        if at == 1 || !ended.well {
            return Err(format!("{armed} on {place}: it isn't passed so often: {}", ended.told));
        }
        at = at.div_ceil(2);
        place::alone(stores.remove(place))?;
    }
}

/// How a process ended.
struct Ended {
    well: bool,
    said: String,
    told: String,
    /// How long a commit beside it took, where it stood still.
    beside: Duration,
}

/// Runs the process to its end.
fn run(program: &Path, place: &str, how: Manner, armed: Option<&str>) -> Result<Ended, String> {
    let mut running = Running::start(program, place, how, armed)?;
    let halts = armed.is_some_and(|armed| armed.contains("=stop@"));
    let Running { child, stops, .. } = &running;
    let beside = if halts { stop::commit_beside(child, place, stops) } else { Ok(None) };
    if beside.is_err() {
        // It may stand still.
        let _ = running.child.kill();
    }
    let ended = running.end()?;
    Ok(Ended { beside: beside?.unwrap_or_default(), ..ended })
}

/// A process that runs.
struct Running {
    child: Child,
    said: Receiver<String>,
    /// One for each acknowledgement.
    acks: Receiver<()>,
    stops: Receiver<()>,
    told: JoinHandle<String>,
}

impl Running {
    fn start(
        program: &Path,
        place: &str,
        how: Manner,
        armed: Option<&str>,
    ) -> Result<Self, String> {
        let mut process = Process::new(program);
        process.args([place, "1", how.word()]).stdout(Stdio::piped()).stderr(Stdio::piped());
        process.env_remove(VARIABLE).envs(armed.map(|armed| (VARIABLE, armed)));
        let spawned = process.spawn();
        let mut child = spawned.map_err(|error| format!("{}: {error}", program.display()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stop, stops) = channel();
        let told = std::thread::spawn(move || listen(stderr, &stop));
        let ((send, said), (ack, acks)) = (channel(), channel());
        std::thread::spawn(move || send.send(read(stdout, &ack)));
        Ok(Self { child, said, acks, stops, told })
    }

    /// Waits for its end.
    fn end(mut self) -> Result<Ended, String> {
        let said = self.said.recv_timeout(PATIENCE);
        if said.is_err() {
            let _ = self.child.kill();
        }
        let status = self.child.wait().map_err(|error| error.to_string())?;
        let told = self.told.join().unwrap_or_default();
        let said = said.map_err(|_| format!("it hangs; it told: {told}"))?;
        Ok(Ended { well: status.success(), said, told, beside: Duration::ZERO })
    }
}

/// All that is said on a pipe, and that the process stops as soon as it is said.
fn listen(pipe: Option<impl Read>, stop: &Sender<()>) -> String {
    let mut all = String::new();
    for line in pipe.into_iter().flat_map(|pipe| BufReader::new(pipe).lines()).map_while(Result::ok)
    {
        if line.starts_with("failpoint ") && line.ends_with(": stop") {
            let _ = stop.send(());
        }
        all += &line;
        all.push('\n');
    }
    all
}

/// All of a pipe, as text, and at once that something is acknowledged.
fn read(pipe: Option<impl Read>, ack: &Sender<()>) -> String {
    let (mut all, mut read) = (Vec::new(), 0);
    let Some(mut pipe) = pipe.map(BufReader::new) else { return String::new() };
    // What can't be read any more was not said.
    while pipe.read_until(b'\n', &mut all).is_ok_and(|count| count > 0) {
        if all[read..].starts_with(b"ack ") {
            let _ = ack.send(());
        }
        read = all.len();
    }
    String::from_utf8_lossy(&all).into_owned()
}
