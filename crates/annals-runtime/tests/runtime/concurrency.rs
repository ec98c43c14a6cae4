//! Many clients at once: order, batches, bounds, ambiguous commits, other processes.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use annals_conformance::{Broken, Fault};
use annals_core::{StreamId, Version};
use annals_runtime::ports::{Append, Expected, Store, StoreError, Unit};
use annals_runtime::{Bounds, CommandError, MemoryStore, Options, Outcome, Runtime};
use tokio::task::JoinSet;

use crate::toy::{
    self, UNFOLDABLE, UNSTORABLE, head, immediate, insist, named, open, request, rows_and_fold,
    try_open,
};

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

fn with(fault: Fault) -> Arc<dyn Store> {
    Arc::new(Broken::new(memory(), fault))
}

/// Clients that each deposit 1 so many times, one after the other; `account` names each one's.
async fn deposit(
    runtime: &Runtime,
    clients: u64,
    times: u64,
    account: impl Fn(u64) -> String,
) -> Vec<annals_runtime::Answer> {
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let (commands, account) = (runtime.commands(), account(client));
        tasks.spawn(async move {
            let mut answers = Vec::new();
            for time in 0..times {
                let number = u128::from(client * 1_000 + time);
                let request = named(&account, "Deposit", 1, number);
                answers.push(insist(&commands, request).await.unwrap());
            }
            answers
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn rows_equal_fold(store: &dyn Store) {
    for projection in immediate() {
        let (rows, folded) = rows_and_fold(store, &projection).await;
        assert!(!rows.is_empty());
        assert_eq!(rows, folded);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_one_aggregate_take_turns_and_lose_nothing() {
    let store = memory();
    let runtime = open(immediate(), store.clone()).await;
    let answers = deposit(&runtime, 64, 20, |_| "a".to_owned()).await;
    let versions: BTreeSet<u64> = answers.iter().map(|answer| answer.version.0).collect();
    assert_eq!(versions, (1..=1_280).collect());
    // Nobody's decision was wasted on a conflict: each unit was committed the first time.
    assert_eq!(runtime.committer().counts().units(), 1_280);
    let log = store.read_stream(&StreamId::new("Account", "a"), Version(0), 9_999).await.unwrap();
    let ids: BTreeSet<_> = log.iter().map(|event| event.event.id).collect();
    assert_eq!(ids.len(), 1_280);
    assert!(log.is_sorted_by_key(|event| event.event.id));
    rows_equal_fold(&*store).await;
}

#[tokio::test]
async fn commands_of_one_aggregate_are_handled_in_the_order_of_their_arrival() {
    let runtime = open(vec![], with(Fault::Slow(3))).await;
    let tasks: Vec<_> = (1..=50)
        .map(|amount| {
            let commands = runtime.commands();
            tokio::spawn(async move { commands.handle(request("a", "Deposit", amount)).await })
        })
        .collect();
    for (version, task) in (1..).zip(tasks) {
        assert_eq!(task.await.unwrap().unwrap().version, Version(version));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_commands_share_commits() {
    let store = with(Fault::Slow(200));
    let runtime = open(immediate(), store.clone()).await;
    deposit(&runtime, 64, 10, |client| format!("a{client}")).await;
    let counts = runtime.committer().counts();
    assert_eq!(counts.units(), 640);
    assert!(counts.batches() <= 160, "{} batches of 640 units", counts.batches());
    rows_equal_fold(&*store).await;
}

#[tokio::test]
async fn rows_are_read_together_and_once() {
    let store = Arc::new(Broken::new(memory(), Fault::Slow(0)));
    let runtime = open(immediate(), store.clone()).await;
    let before = store.row_reads();
    deposit(&runtime, 64, 10, |client| format!("a{client}")).await;
    assert!(runtime.committer().counts().batches() >= 10);
    // Of two projections; of the clients one may be alone in the first batch.
    let reads = store.row_reads() - before;
    assert!((2..=4).contains(&reads), "{reads} reads");
    rows_equal_fold(&*store).await;
}

/// An event that nobody folds, as another process may append it.
async fn beside(store: &dyn Store) {
    let event = annals_conformance::event("Noted.v1", 1);
    let stream = annals_conformance::stream("beside");
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    let unit = Unit { appends: vec![append], ..Unit::default() };
    store.commit(vec![unit]).await.unwrap().pop().unwrap().unwrap();
}

#[tokio::test]
async fn rows_that_are_not_where_they_were_predicted_are_read_again() {
    let store = Arc::new(Broken::new(memory(), Fault::Slow(0)));
    let runtime = open(immediate(), store.clone()).await;
    deposit(&runtime, 4, 1, |client| format!("a{client}")).await;
    let before = store.row_reads();
    for round in 0..5 {
        beside(&*store).await;
        // The first is committed, behind the other's event: its rows aren't where it was thought.
        for _ in 0..2 {
            runtime.commands().handle(request("a0", "Deposit", 1)).await.unwrap();
        }
        assert_eq!(store.row_reads() - before, 2 * (round + 1));
        rows_equal_fold(&*store).await;
    }
    // Of many that change one row the first is committed where the second was predicted, and all
    // where they were: nobody is asked again.
    let units = runtime.committer().counts().units();
    for round in 0..5 {
        for _ in 0..round {
            beside(&*store).await;
        }
        let mut tasks = JoinSet::new();
        for client in 0..8 {
            let commands = runtime.commands();
            let request = request(&format!("b{client}"), "Deposit", 1 << client);
            tasks.spawn(async move { commands.handle(request).await.unwrap() });
        }
        tasks.join_all().await;
        rows_equal_fold(&*store).await;
    }
    assert_eq!(runtime.committer().counts().units() - units, 40);
    // One that can't be stored lets go of what was kept.
    let _ = runtime.commands().handle(request("a0", "Deposit", UNSTORABLE)).await;
    deposit(&runtime, 8, 5, |client| format!("a{}", client % 4)).await;
    rows_equal_fold(&*store).await;
}

#[tokio::test]
async fn what_comes_while_a_batch_is_written_goes_with_it() {
    let store = with(Fault::Slow(200));
    let runtime = open(immediate(), store.clone()).await;
    // As many are expected back.
    deposit(&runtime, 8, 1, |client| format!("a{client}")).await;
    let before = runtime.committer().counts().batches();
    let mut late = JoinSet::new();
    for client in 0..8 {
        let commands = runtime.commands();
        late.spawn(async move {
            for _ in 0..client * 20 {
                tokio::task::yield_now().await;
            }
            // The third one's row can't be folded: it is refused alone.
            let amount = if client == 2 { UNFOLDABLE } else { 1 };
            commands.handle(request(&format!("b{client}"), "Deposit", amount)).await.is_ok()
        });
    }
    let taken = late.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!((taken, runtime.committer().counts().batches() - before), (7, 1));
    rows_equal_fold(&*store).await;
}

#[tokio::test]
async fn units_that_are_refused_before_their_batch_cost_none() {
    let store = memory();
    let runtime = open(immediate(), store.clone()).await;
    deposit(&runtime, 8, 1, |client| format!("a{client}")).await;
    let before = runtime.committer().counts().batches();
    for _ in 0..20 {
        let refused = runtime.commands().handle(request("a1", "Deposit", UNFOLDABLE)).await;
        assert!(refused.is_err());
    }
    assert_eq!(runtime.committer().counts().batches(), before);
    rows_equal_fold(&*store).await;
}

#[tokio::test]
async fn the_end_comes_behind_what_was_queued_and_before_what_comes_later() {
    let store = with(Fault::Slow(50));
    let runtime = open(vec![], store.clone()).await;
    deposit(&runtime, 8, 1, |client| format!("a{client}")).await;
    let committer = runtime.committer().clone();
    // More than a batch holds.
    let units = (0..1_000).map(|_| committer.commit(Unit::default()));
    let mut queued: Vec<_> = units.map(Box::pin).collect();
    // All of them are sent before anyone else has a turn.
    let send = poll_fn(|context| {
        assert!(queued.iter_mut().all(|unit| unit.as_mut().poll(context).is_pending()));
        Poll::Ready(())
    });
    tokio::task::unconstrained(send).await;
    let end = committer.end();
    let later = async {
        tokio::task::yield_now().await;
        committer.commit(Unit::default()).await
    };
    let (_, later) = tokio::join!(biased; end, later);
    assert!(matches!(later, Err(StoreError::Closed(_))), "{later:?}");
    for unit in queued {
        assert!(unit.await.is_ok());
    }
}

#[tokio::test]
async fn a_lone_client_has_each_commit_to_itself() {
    let runtime = open(vec![], memory()).await;
    deposit(&runtime, 1, 30, |_| "a".to_owned()).await;
    let counts = runtime.committer().counts();
    assert_eq!((counts.batches(), counts.units()), (30, 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_answers_double_nothing() {
    for every in [2, 3, 7] {
        let store = with(Fault::LosesAnswers(every));
        // Not from the first commit on: opening isn't what is tried here.
        let runtime = loop {
            match try_open(toy::system(immediate()), store.clone(), Options::default()).await {
                Ok(runtime) => break runtime,
                Err(error) => assert!(error.to_string().contains("the answer was lost")),
            }
        };
        let answers = deposit(&runtime, 16, 20, |client| format!("a{}", client % 4)).await;
        assert!(answers.iter().any(|answer| answer.repeated));
        assert!(answers.iter().all(|answer| answer.outcome == Outcome::Accepted));
        assert_eq!(head(&*store).await.0, 320);
        for account in 0..4 {
            let stream = StreamId::new("Account", format!("a{account}"));
            assert_eq!(store.read_stream(&stream, Version(0), 999).await.unwrap().len(), 80);
        }
        rows_equal_fold(&*store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_forgets_outcomes_is_noticed_by_the_same_proof() {
    let forgets: Arc<dyn Store> = Arc::new(Broken::new(memory(), Fault::ForgetsOutcomes));
    let store: Arc<dyn Store> = Arc::new(Broken::new(forgets, Fault::LosesAnswers(3)));
    let runtime = open(vec![], store.clone()).await;
    deposit(&runtime, 16, 20, |client| format!("a{}", client % 4)).await;
    assert!(head(&*store).await.0 > 320);
}

#[tokio::test]
async fn what_is_too_much_is_refused_at_once() {
    let bounds = Bounds { waiting: 8, waiting_per_stream: 3, ..Bounds::default() };
    let options = Options { bounds, ..Options::default() };
    let runtime = try_open(toy::system(vec![]), memory(), options).await.unwrap();
    let mut tasks = JoinSet::new();
    for client in 0..20 {
        let commands = runtime.commands();
        let account = if client < 10 { "a".to_owned() } else { format!("b{client}") };
        tasks.spawn(async move { commands.handle(request(&account, "Deposit", 1)).await });
    }
    let answers = tasks.join_all().await;
    let busy = answers.iter().filter(|it| **it == Err(CommandError::Busy)).count();
    let done = answers.iter().filter(|it| it.is_ok()).count();
    assert_eq!((done, busy), (8, 12));
    assert_eq!(runtime.commands().waiting(), 0);
    runtime.commands().handle(request("a", "Deposit", 1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_stream_retry_and_agree() {
    let store = memory();
    let runtimes = [open(vec![], store.clone()).await, open(vec![], store.clone()).await];
    let mut tasks = JoinSet::new();
    for (process, runtime) in runtimes.iter().enumerate() {
        for client in 0..4 {
            let commands = runtime.commands();
            tasks.spawn(async move {
                let mut accepted = 0;
                for time in 0..50 {
                    let number = (process * 1_000 + client * 100 + time) as u128;
                    match commands.handle(named("a", "Deposit", 1, number)).await {
                        Ok(_) => accepted += 1,
                        Err(error) => assert_eq!(error, CommandError::Conflict),
                    }
                }
                accepted
            });
        }
    }
    let accepted: u64 = tasks.join_all().await.into_iter().sum();
    assert_eq!(head(&*store).await.0, accepted);
    // What one decides rests on what the other wrote, a rejection too.
    let [one, other] = &runtimes;
    one.commands().handle(request("b", "Deposit", 5)).await.unwrap();
    other.commands().handle(request("b", "Withdraw", 5)).await.unwrap();
    let late = one.commands().handle(request("b", "Withdraw", 5)).await.unwrap();
    assert!(matches!(late.outcome, Outcome::Rejected(_)));
    assert_eq!(late.version, Version(2));
    other.commands().handle(request("b", "Deposit", 70)).await.unwrap();
    let covered = one.commands().handle(request("b", "Withdraw", 70)).await.unwrap();
    assert_eq!((covered.outcome, covered.version), (Outcome::Accepted, Version(4)));
}
