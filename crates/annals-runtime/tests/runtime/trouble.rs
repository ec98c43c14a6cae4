//! Stores that fail, that stall, and clocks that are set: what the engines do then, and who hears
//! of it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals_conformance::{Broken, Fault};
use annals_core::{
    CommandSpec, EventView, Failure, Plan, ReactionLogic, Refused, StreamId, System, Timestamp,
};
use annals_runtime::ports::{BoxFuture, Clock, Store, StoreError};
use annals_runtime::{
    CommandError, CommandRequest, MemoryStore, Options, Runtime, SeededEntropy, VirtualClock,
};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};

use crate::toy::{Nowhere, Sums, UNFOLDABLE, amount, request, system};

/// What never comes in a test that fails.
const NEVER: Duration = Duration::from_secs(20);

fn broken(inner: Arc<dyn Store>, fault: Fault) -> Arc<dyn Store> {
    Arc::new(Broken::new(inner, fault))
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

async fn open(system: System, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Arc<Runtime> {
    let (caller, entropy) = (Arc::new(Nowhere), Arc::new(SeededEntropy::new(7)));
    let opened = Runtime::open(system, store, caller, clock, entropy, Options::default()).await;
    Arc::new(opened.unwrap())
}

fn still() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::new(Timestamp(1_772_323_200_000_000)))
}

fn eventual() -> System {
    system(vec![Sums::new("accounts", true, false)])
}

/// Runs it until the sender is used.
fn run(
    runtime: &Arc<Runtime>,
) -> (oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (end, ended) = oneshot::channel::<()>();
    let runtime = runtime.clone();
    let running = tokio::spawn(async move {
        let until = async { drop(ended.await) };
        runtime.run(until).await
    });
    (end, running)
}

#[tokio::test]
async fn a_store_that_fails_closed_ends_engines_that_have_nothing_to_do() {
    let runtime = open(eventual(), broken(memory(), Fault::DiesBefore(1)), still()).await;
    let (_end, running) = run(&runtime);
    let failed = runtime.commands().handle(request("a", "Deposit", 1)).await;
    assert!(matches!(failed, Err(CommandError::Store(StoreError::Closed(_)))), "{failed:?}");
    let ended = tokio::time::timeout(NEVER, running).await.expect("it ends by itself");
    assert!(matches!(ended.unwrap(), Err(StoreError::Closed(_))));
    let refused = runtime.commands().handle(request("a", "Deposit", 1)).await;
    assert_eq!(refused, Err(CommandError::Closing));
}

#[tokio::test]
async fn what_keeps_a_consumer_from_working_is_told_until_it_is_over() {
    let clock = still();
    let store = broken(memory(), Fault::LosesAnswers(2));
    let runtime = open(eventual(), store, clock.clone()).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let (statuses, tell) = (runtime.statuses(), told.clone());
    let telling = tokio::spawn(async move {
        let tell = |name: &str, why: Option<&str>| {
            tell.lock().unwrap().push(format!("{name}: {}", why.unwrap_or("over")));
        };
        statuses.troubles(tell).await;
    });
    let (end, running) = run(&runtime);
    // The answer to the projection's own commit is lost.
    runtime.commands().handle(request("a", "Deposit", 1)).await.unwrap();
    let trouble = || runtime.statuses().of("accounts").unwrap().trouble;
    while trouble().is_none() {
        yield_now().await;
    }
    assert!(trouble().unwrap().contains("the answer was lost"));
    while trouble().is_some() {
        clock.advance(100_000);
        yield_now().await;
    }
    while told.lock().unwrap().len() < 2 {
        yield_now().await;
    }
    telling.abort();
    let told = told.lock().unwrap().clone();
    assert_eq!(told, ["accounts: the store is unavailable: the answer was lost", "accounts: over"]);
    end.send(()).unwrap();
    running.await.unwrap().unwrap();
}

/// Withdraws from p what was deposited into a; can't be told of 13.
struct Mirror([Arc<str>; 1]);

impl ReactionLogic for Mirror {
    fn name(&self) -> &str {
        "mirror"
    }

    fn on(&self) -> &[Arc<str>] {
        &self.0
    }

    fn after_us(&self) -> Option<i64> {
        None
    }

    fn unless(&self) -> &[Arc<str>] {
        &[]
    }

    fn refused(&self) -> Refused {
        Refused::Park
    }

    fn held(&self) -> Option<&str> {
        None
    }

    fn plan(&self, event: &EventView<'_>) -> Result<Plan, Failure> {
        let amount = amount(event.data);
        if amount == UNFOLDABLE {
            return Err(Failure::Evaluation { place: "toy".into(), reason: "thirteen".into() });
        }
        let stream = StreamId::new("Account", "p");
        let input = serde_json::json!({ "amount": amount });
        let command = CommandSpec { stream, name: "Withdraw".into(), input };
        Ok(Plan::Send(if &*event.stream.id == "a" { vec![command] } else { Vec::new() }))
    }
}

fn mirrored() -> System {
    let mut system = system(Vec::new());
    system.reactions = vec![Arc::new(Mirror(["Deposited".into()]))];
    system
}

/// A command from inside.
fn inside(account: &str, amount: i64) -> CommandRequest {
    CommandRequest { outside: false, ..request(account, "Deposit", amount) }
}

/// Runs the mirror, whose command to p has its turn and stalls in the second read of a stream.
async fn stalled(store: Arc<dyn Store>) -> Arc<Runtime> {
    let runtime = open(mirrored(), broken(store, Fault::StallsRead(2)), still()).await;
    runtime.commands().handle(request("a", "Deposit", 5)).await.unwrap();
    runtime
}

async fn has_its_turn(runtime: &Runtime) {
    while runtime.commands().waiting() == 0 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_consumer_that_errs_holds_no_turn_during_its_pause() {
    let runtime = stalled(broken(memory(), Fault::LosesAnswers(4))).await;
    let (_end, _running) = run(&runtime);
    has_its_turn(&runtime).await;
    // The first commit is where the mirror begins, the fourth is that of the letter.
    runtime.commands().handle(request("b", "Deposit", UNFOLDABLE)).await.unwrap();
    let behind = runtime.commands();
    let answer = tokio::time::timeout(NEVER, behind.handle(request("p", "Deposit", 1))).await;
    answer.expect("nobody is in front of it").unwrap();
}

#[tokio::test]
async fn a_consumer_that_stops_holds_no_turn_any_more() {
    let runtime = stalled(memory()).await;
    let (end, running) = run(&runtime);
    has_its_turn(&runtime).await;
    let behind = runtime.commands();
    let behind = tokio::spawn(async move { behind.handle(request("p", "Deposit", 1)).await });
    while runtime.commands().waiting() < 2 {
        yield_now().await;
    }
    end.send(()).unwrap();
    while runtime.commands().handle(request("c", "Touch", 1)).await != Err(CommandError::Closing) {
        yield_now().await;
    }
    // The head moves, and the step that waited ends.
    runtime.commands().handle(inside("c", 1)).await.unwrap();
    running.await.unwrap().unwrap();
    let answer = tokio::time::timeout(NEVER, behind).await.expect("nobody is in front of it");
    answer.unwrap().unwrap();
}

/// Each look at it takes 10 µs, and the look of that number finds it set back by an hour; or from
/// then on it stands.
struct Odd {
    now_us: AtomicI64,
    looks: AtomicU64,
    at: u64,
    stands: bool,
}

impl Clock for Odd {
    fn now(&self) -> Timestamp {
        let look = self.looks.fetch_add(1, Ordering::SeqCst);
        if self.stands && look >= self.at {
            return Timestamp(self.now_us.load(Ordering::SeqCst));
        }
        if look == self.at {
            self.now_us.fetch_sub(3_600_000_000, Ordering::SeqCst);
        }
        Timestamp(self.now_us.fetch_add(10, Ordering::SeqCst))
    }

    fn sleep_until(&self, _time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    fn sleep(&self, _us: i64) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_or_stands_stops_no_commit() {
    // Somewhere in so many looks a window is open.
    for (at, stands) in (200..240).flat_map(|at| [(at, false), (at, true)]) {
        let now_us = AtomicI64::new(1_772_323_200_000_000);
        let clock = Arc::new(Odd { now_us, looks: AtomicU64::new(0), at, stands });
        let runtime = open(system(vec![]), broken(memory(), Fault::Slow(50)), clock).await;
        let mut clients = JoinSet::new();
        for client in 0..16 {
            let commands = runtime.commands();
            clients.spawn(async move {
                // Now and then one that is expected doesn't come again.
                for _ in 0..=2 * client {
                    let account = format!("a{client}");
                    commands.handle(request(&account, "Deposit", 1)).await.unwrap();
                }
            });
        }
        let done = tokio::time::timeout(NEVER, clients.join_all()).await;
        assert!(done.is_ok(), "at look {at} it stopped all commits; it stands: {stands}");
    }
}
