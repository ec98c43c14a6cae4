//! Commands that come first to their streams: what isn't read, and what becomes of a wrong guess.

use std::sync::Arc;
use std::time::Duration;

use annals_conformance::{Broken, Fault, event};
use annals_core::{NewEvent, StreamId, Version};
use annals_runtime::ports::{Append, Expected, Store, Unit};
use annals_runtime::{
    Bounds, CommandError, CommandRequest, MemoryStore, Options, Outcome, Runtime,
};

use crate::toy::{
    self, Sums, UNEVOLVABLE, UNFOLDABLE, UNSTORABLE, immediate, named, open, request,
    rows_and_fold, try_open,
};

/// Commands that must have found nothing before one is trusted.
const LEARNT: i64 = 32;

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

/// Has a command come to as many new accounts as it takes.
async fn learn(runtime: &Runtime, command: &str) {
    for number in 0..LEARNT {
        let request = request(&format!("{command}{number}"), command, 1);
        runtime.commands().handle(request).await.unwrap();
    }
}

async fn answered(runtime: &Runtime, request: CommandRequest) -> (Outcome, Version) {
    let commands = runtime.commands();
    let answer = tokio::time::timeout(Duration::from_secs(10), commands.handle(request)).await;
    let answer = answer.expect("nothing is read that stalls").unwrap();
    (answer.outcome, answer.version)
}

#[tokio::test]
async fn a_command_that_has_only_met_new_streams_reads_none() {
    let stalls = Fault::StallsRead(LEARNT.unsigned_abs() + 1);
    let runtime = open(vec![], Arc::new(Broken::new(memory(), stalls))).await;
    learn(&runtime, "Deposit").await;
    for number in 0..5 {
        let request = request(&format!("unread{number}"), "Deposit", 1);
        assert_eq!(answered(&runtime, request).await, (Outcome::Accepted, Version(1)));
    }
    // Another one hasn't been learnt, and runs into the read that stalls.
    let commands = runtime.commands();
    let touch = commands.handle(request("unread9", "Touch", 1));
    assert!(tokio::time::timeout(Duration::from_millis(100), touch).await.is_err());
}

#[tokio::test]
async fn who_guessed_wrong_decides_again_on_what_is_there() {
    let store = memory();
    let other = open(vec![], store.clone()).await;
    let runtime = open(vec![], store).await;
    learn(&runtime, "Deposit").await;
    learn(&runtime, "Withdraw").await;
    for account in ["a", "b"] {
        other.commands().handle(request(account, "Deposit", 5)).await.unwrap();
    }
    // An event that is appended as the first is refused.
    let deposit = request("a", "Deposit", 2);
    assert_eq!(answered(&runtime, deposit).await, (Outcome::Accepted, Version(2)));
    // What isn't accepted on nothing is compared with the store.
    let withdraw = request("b", "Withdraw", 5);
    assert_eq!(answered(&runtime, withdraw).await, (Outcome::Accepted, Version(2)));
    let withdraw = request("b", "Withdraw", 5);
    assert!(matches!(answered(&runtime, withdraw).await, (Outcome::Rejected(_), Version(2))));
}

#[tokio::test]
async fn a_refusal_rests_on_what_is_there_not_on_what_was_kept() {
    let store = memory();
    let runtime = open(vec![Sums::new("bank", false, true)], store.clone()).await;
    runtime.commands().handle(request("a", "Deposit", 20)).await.unwrap();
    // Another process leaves less than that.
    let event =
        NewEvent { data: br#"{"amount":15}"#.as_slice().into(), ..event("Withdrawn.v1", 9) };
    let (stream, expected) = (StreamId::new("Account", "a"), Expected::Exactly(Version(1)));
    let appends = vec![Append { stream, expected, events: vec![event] }];
    let verdicts = store.commit(vec![Unit { appends, ..Unit::default() }]).await.unwrap();
    assert!(verdicts[0].is_ok());
    // On what is kept it would be accepted, and its event is one that can't be folded.
    let withdraw = request("a", "Withdraw", UNFOLDABLE);
    assert!(matches!(answered(&runtime, withdraw).await, (Outcome::Rejected(_), Version(2))));
}

#[tokio::test]
async fn a_wrong_guess_shows_nowhere() {
    let bounds = Bounds { cached_states: 0, ..Bounds::default() };
    let options = Options { bounds, ..Options::default() };
    let store = memory();
    let system = toy::system(immediate());
    let runtime = try_open(system, store.clone(), options).await.unwrap();
    let first = runtime.commands().handle(named("a", "Deposit", 7, 1)).await.unwrap();
    // Nothing is kept, and most accounts are new.
    learn(&runtime, "Deposit").await;
    let again = runtime.commands().handle(named("a", "Deposit", 7, 1)).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.version, again.events), (first.version, first.events));
    let more = named("a", "Deposit", 2, 2);
    assert_eq!(answered(&runtime, more).await, (Outcome::Accepted, Version(2)));
    for projection in immediate() {
        let (rows, folded) = rows_and_fold(&*store, &projection).await;
        assert_eq!(rows, folded);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_command_is_said_of_a_guess_too() {
    let runtime = open(immediate(), memory()).await;
    learn(&runtime, "Deposit").await;
    for amount in [UNEVOLVABLE, UNFOLDABLE, UNSTORABLE] {
        let refused = runtime.commands().handle(request("new", "Deposit", amount)).await;
        assert!(matches!(refused, Err(CommandError::Failure(_))), "{amount}: {refused:?}");
    }
    assert_eq!(
        answered(&runtime, request("new", "Deposit", 1)).await,
        (Outcome::Accepted, Version(1))
    );
}
