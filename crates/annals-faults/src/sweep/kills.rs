//! Killing the process that runs a whole system (commands, projections, reactions, a saga) at any
//! moment, again and again on the store that it left, until one is let live to the end.

use std::path::Path;
use std::time::Duration;

use super::check::{Said, check};
use super::load::Manner;
use super::{Ended, PATIENCE, Running};
use crate::laws::Stores;
use crate::place;
use crate::random::Random;

/// The latest moment of a kill: after so long, or behind so many acknowledgements.
const LATEST_MS: u64 = 200;
const LATEST_ACK: u64 = 30;
/// Kills on one store.
const OF_A_STORE: u64 = 10;

/// How to kill.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The program that is killed (`annals-faults-load`).
    pub program: &'a Path,
    /// Where its stores are made.
    pub stores: &'a Stores,
    /// Processes killed.
    pub kills: u64,
    /// Decides at which moments.
    pub seed: u64,
    /// What the first process on a store does.
    pub manner: Manner,
}

/// What a campaign saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Processes killed.
    pub kills: u64,
    /// Stores, on each of which the last process ended well.
    pub stores: u64,
    /// Commands acknowledged.
    pub acknowledged: u64,
}

/// Kills, and checks the store behind each kill and behind its last process.
///
/// # Errors
/// The first broken promise.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let (mut random, mut report) = (Random::new(plan.seed), Report::default());
    while report.kills < plan.kills {
        let (number, place) = (report.stores, plan.stores.place(report.stores));
        let told = |why: String| format!("store {number}, seed {}: {why}", plan.seed);
        let (mut said, mut manner) = (Said::default(), plan.manner);
        for round in 0..=OF_A_STORE {
            let lives = round == OF_A_STORE || report.kills == plan.kills;
            let moment = (!lives).then(|| Moment::of(random.number()));
            let (ended, killed) = run(plan, &place, manner, moment).map_err(told)?;
            said.add(&ended.said).and_then(|()| check(&place, &said, ended.well)).map_err(told)?;
            report.kills += u64::from(killed);
            if ended.well {
                break;
            }
            if !killed {
                return Err(told(format!("it ended by itself: {}", ended.told)));
            }
            manner = Manner::Again;
        }
        report.stores += 1;
        report.acknowledged += said.acknowledged.len() as u64;
        place::alone(plan.stores.remove(&place)).map_err(told)?;
    }
    Ok(report)
}

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    After(Duration),
    Acknowledged(u64),
}

impl Moment {
    fn of(random: u64) -> Self {
        if random.is_multiple_of(2) {
            Self::After(Duration::from_millis((random >> 8) % LATEST_MS))
        } else {
            Self::Acknowledged(1 + (random >> 8) % LATEST_ACK)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a moment that nothing marks")]
fn pass(time: Duration) {
    std::thread::sleep(time);
}

/// Runs a process, and kills it at a moment where it hasn't ended before; whether it was killed.
fn run(
    plan: &Plan<'_>,
    place: &str,
    manner: Manner,
    moment: Option<Moment>,
) -> Result<(Ended, bool), String> {
    let mut running = Running::start(plan.program, place, manner, None)?;
    match moment {
        Some(Moment::After(time)) => pass(time),
        // Where it ends or hangs before, nothing more comes.
        Some(Moment::Acknowledged(count)) => {
            (0..count).all(|_| running.acks.recv_timeout(PATIENCE).is_ok());
        }
        None => {}
    }
    if moment.is_some() {
        running.child.kill().map_err(|error| error.to_string())?;
    }
    let ended = running.end()?;
    let killed = moment.is_some() && !ended.well;
    Ok((ended, killed))
}
