//! Killing the server under a load that insists, and starting it again, on one store and with one
//! load that goes on by itself.

use std::path::Path;
use std::time::Duration;

use crate::load::{Command, Manner};
use crate::loaded::{Loaded, now};
use crate::place::{self, alone};
use crate::random::Random;
use crate::server::{Server, session};
use crate::verify::verify;

/// How to kill.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The program that makes the load (`annals-faults-load`).
    pub program: &'a Path,
    /// An empty folder for the server.
    pub folder: &'a Path,
    /// How often it is killed.
    pub cycles: u64,
    /// Decides behind how many acknowledgements.
    pub seed: u64,
    /// The server answers before its log is on disk: the canary.
    pub lies: bool,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Servers killed.
    pub cycles: u64,
    /// Commands acknowledged.
    pub acknowledged: u64,
    /// Events in the log.
    pub events: u64,
    /// From the first connection that a server took to the first acknowledgement, at most.
    pub resumed: Duration,
    /// From a kill to the first connection, at most: the server's own recovery.
    pub recovered: Duration,
}

/// What going on may take.
const SOON: Duration = Duration::from_secs(5);
/// What a load may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes each commit of the store one that doesn't wait for the disk, at the last moment, whatever
/// the store has asked for.
const LIE: &str = "
CREATE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER lie AFTER INSERT ON annals_commits
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lie();";

/// Kills the server `plan.cycles` times, and checks the store behind the last.
///
/// # Errors
/// The first broken promise.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let mut server = Server::make(plan.folder, &[])?;
    let place = server.place("faults");
    alone(async {
        drop(place::open(&place).await?);
        let lie = if plan.lies { LIE } else { "" };
        session(&place).await?.batch_execute(lie).await.map_err(|error| error.to_string())
    })?;
    let mut load = Loaded::start(plan.program, &place, 1, Manner::Steady)?;
    let (mut report, mut acknowledged) = (Report::default(), Vec::new());
    let mut random = Random::new(plan.seed);
    let mut outcome = Ok(());
    while outcome.is_ok() && report.cycles < plan.cycles {
        report.cycles += 1;
        let enough = 1 + random.below(400);
        outcome = cycle(&mut server, &mut load, enough, &mut acknowledged, &mut report);
    }
    acknowledged.extend(load.end());
    let told = |error| format!("server {}, seed {}: {error}", report.cycles, plan.seed);
    // A load that ended may have done so because of what is lost, which says more.
    let mut log = Vec::new();
    verify(&place, &mut log, &acknowledged).and(outcome).map_err(told)?;
    report.acknowledged = acknowledged.len() as u64;
    report.events = log.len() as u64;
    Ok(report)
}

fn cycle(
    server: &mut Server,
    load: &mut Loaded,
    enough: usize,
    acknowledged: &mut Vec<Command>,
    report: &mut Report,
) -> Result<(), String> {
    for _ in 0..enough {
        acknowledged.push(load.next(PATIENCE)?.1);
    }
    let killed = now();
    server.kill()?;
    let up = server.start()?;
    report.recovered = report.recovered.max(up - killed);
    loop {
        let (at, command) = load.next(SOON).map_err(|why| format!("behind a restart, {why}"))?;
        acknowledged.push(command);
        if at > up {
            report.resumed = report.resumed.max(at - up);
            break;
        }
    }
    let late = report.resumed > SOON;
    if late { Err(format!("the load went on after {:?}", report.resumed)) } else { Ok(()) }
}
