//! What restarts come to. Both examples, with the process dying at every single commit of their
//! run, before it and behind it: what they come to is what they come to undisturbed. Stores that
//! break a promise must be found out by the same sweep. And projections, across changes of the
//! file.

mod life;
mod orders;
mod projections;
mod rental;

use std::sync::Arc;

use annals_conformance::{Broken, Fault};
use annals_core::Timestamp;
use annals_runtime::MemoryStore;
use annals_runtime::ports::Store;

use life::{Came, World, live};

/// Where the process dies, if it does.
type Death = Option<Fault>;

/// Puts what a store does wrong around the one beneath; an honest one puts nothing there.
type Wrong = fn(Arc<dyn Store>) -> Arc<dyn Store>;

/// A run whose process dies, and is down for an hour, which is longer than any step may take: the
/// store, and that hour's end.
async fn run_with_downtime(world: &World, death: Fault) -> Option<(Arc<dyn Store>, Timestamp)> {
    const HOUR_US: i64 = 3_600_000_000;
    let beneath: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let outside = world.outside();
    let mortal: Arc<dyn Store> = Arc::new(Broken::new(beneath.clone(), death));
    if live(world, mortal, &outside, 1).await.is_ok() {
        return None;
    }
    let back = outside.down_for(HOUR_US);
    live(world, beneath.clone(), &outside, 2).await.expect("nothing fails any more");
    Some((beneath, back))
}

/// What a run comes to whose process dies once, and is started again; `None` for a death that
/// lies behind its last commit.
async fn run(world: &World, wrong: Wrong, death: Death) -> Option<Came> {
    let beneath: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let outside = world.outside();
    if let Some(death) = death {
        let mortal: Arc<dyn Store> = Arc::new(Broken::new(beneath.clone(), death));
        if live(world, wrong(mortal), &outside, 1).await.is_ok() {
            return None;
        }
    }
    let lived = live(world, wrong(beneath.clone()), &outside, 2).await;
    lived.expect("nothing fails any more");
    Some(Came::of(&*beneath, &outside).await)
}

/// Dies at every commit in turn, until `enough` is found: the number of deaths, and what differed
/// after them from the undisturbed run.
async fn sweep(
    world: &World,
    wrong: Wrong,
    enough: impl Fn(&[String]) -> bool,
) -> (u64, Vec<String>) {
    let undisturbed = run(world, |store| store, None).await.expect("it lives");
    let (mut deaths, mut found) = (0, Vec::new());
    for death in [Fault::DiesBefore as fn(u64) -> Fault, Fault::DiesBehind] {
        for commit in 1.. {
            let Some(came) = run(world, wrong, Some(death(commit))).await else { break };
            deaths += 1;
            let differs = undisturbed.differs(&came);
            found.extend(differs.map(|what| format!("{:?}: {what}", death(commit))));
            if enough(&found) {
                return (deaths, found);
            }
        }
    }
    (deaths, found)
}

#[tokio::test]
async fn orders_come_to_the_same_wherever_the_process_dies() {
    let (deaths, found) = sweep(&orders::world(), |store| store, |_| false).await;
    assert_eq!(found, [""; 0]);
    assert!(deaths > 150, "{deaths}");
}

#[tokio::test]
async fn rentals_come_to_the_same_wherever_the_process_dies() {
    let (deaths, found) = sweep(&rental::world(), |store| store, |_| false).await;
    assert_eq!(found, [""; 0]);
    assert!(deaths > 60, "{deaths}");
}

#[tokio::test]
async fn what_was_done_in_time_is_in_time_however_long_the_process_is_down() {
    let (mut timeouts, mut completed) = (0, 0);
    for death in [Fault::DiesBefore as fn(u64) -> Fault, Fault::DiesBehind] {
        for commit in 1.. {
            let death = death(commit);
            let Some((store, back)) = run_with_downtime(&orders::world(), death).await else {
                break;
            };
            let ends = orders::ends(&*store, back).await;
            assert_eq!(ends.wrong, [""; 0], "{death:?}");
            (timeouts, completed) = (timeouts + ends.timeouts, completed + ends.completed);
        }
    }
    // Both happen: a step that nobody had begun, and one whose answer nobody had taken.
    assert!(timeouts > 20 && completed > 100, "{timeouts} {completed}");
}

/// The sweep over orders finds each of these on a store that does something wrong.
async fn finds(wrong: Wrong, wanted: &[&str]) {
    let missing = |found: &[String]| -> Vec<String> {
        let is_there = |what: &&&str| found.iter().any(|found| found.contains(**what));
        wanted.iter().filter(|what| !is_there(what)).map(|what| (*what).to_owned()).collect()
    };
    let (_, found) = sweep(&orders::world(), wrong, |found| missing(found).is_empty()).await;
    assert_eq!(missing(&found), [""; 0], "{found:#?}");
}

fn broken(store: Arc<dyn Store>, fault: Fault) -> Arc<dyn Store> {
    Arc::new(Broken::new(store, fault))
}

#[tokio::test]
async fn a_store_that_forgets_checkpoints_is_found_out() {
    finds(|store| broken(store, Fault::ForgetsCheckpoints), &["placed_by_day"]).await;
}

#[tokio::test]
async fn a_store_that_forgets_outcomes_is_found_out() {
    finds(|store| broken(store, Fault::ForgetsOutcomes), &["StockItem"]).await;
}

#[tokio::test]
async fn a_store_that_commits_checkpoints_early_is_found_out() {
    // A projection's rows, a saga's start, a reaction's command.
    let wanted = ["orders_summary", "Order/", "StockItem"];
    finds(|store| broken(store, Fault::ChecksInEarly), &wanted).await;
}

#[tokio::test]
async fn a_store_that_tears_units_is_found_out() {
    finds(|store| broken(store, Fault::TearsUnits), &["orders_summary"]).await;
}
