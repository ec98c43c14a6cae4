//! One command at a time: answers, idempotency, expected versions, snapshots, refusals.

use std::fmt::Write as _;
use std::sync::Arc;

use annals_core::{StreamId, Version};
use annals_runtime::ports::{Snapshot, Store};
use annals_runtime::{Answer, CommandError, CommandRequest, IfVersion, MemoryStore, Outcome};
use uuid::Uuid;

use crate::toy::{self, UNEVOLVABLE, UNFOLDABLE, head, immediate, named, open, request};

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

fn first(answer: &Answer) -> Answer {
    assert!(answer.repeated);
    Answer { repeated: false, ..answer.clone() }
}

#[tokio::test]
async fn the_same_id_gives_the_first_answer_whatever_has_happened_since() {
    let store = memory();
    let runtime = open(immediate(), store.clone()).await;
    let commands = runtime.commands();
    let accepted = named("A", "Deposit", 5, 1);
    let rejected = named("a", "Withdraw", 9, 2);
    let ignored = named("a", "Touch", 0, 3);
    let drained = named("a", "Withdraw", 5, 4);
    let mut firsts = Vec::new();
    for request in [&accepted, &rejected, &ignored, &drained] {
        firsts.push(commands.handle(request.clone()).await.unwrap());
    }
    commands.handle(request("a", "Deposit", 100)).await.unwrap();
    let before = head(&*store).await;
    // By a process that remembers nothing, too.
    let other = open(immediate(), store.clone()).await.commands();
    for again in [commands, other] {
        for (request, answer) in
            [accepted.clone(), rejected.clone(), ignored.clone(), drained.clone()]
                .into_iter()
                .zip(&firsts)
        {
            assert_eq!(first(&again.handle(request).await.unwrap()), *answer);
        }
    }
    assert_eq!(head(&*store).await, before);
    let [accepted, rejected, ignored, _] = &firsts[..] else { panic!("four answers") };
    assert_eq!((&*accepted.stream.id, accepted.version), ("a", Version(1)));
    assert_eq!(accepted.position, accepted.events[0].position);
    assert!(matches!(&rejected.outcome, Outcome::Rejected(why) if &*why.name == "Overdrawn"));
    assert_eq!((&ignored.outcome, ignored.position.0), (&Outcome::Ignored, 1));
}

#[tokio::test]
async fn another_request_under_the_same_id_is_refused() {
    let runtime = open(vec![], memory()).await;
    let commands = runtime.commands();
    commands.handle(named("a", "Deposit", 5, 1)).await.unwrap();
    for other in [named("a", "Deposit", 6, 1), named("a", "Withdraw", 5, 1)] {
        assert_eq!(commands.handle(other).await, Err(CommandError::IdReused { rejected: false }));
    }
    // Another form of the same input is the same request, and another stream another command.
    let mut spaced = named("a", "Deposit", 5, 1);
    spaced.input = b"{ \"amount\" : 5 }".as_slice().into();
    assert!(commands.handle(spaced).await.unwrap().repeated);
    assert!(!commands.handle(named("b", "Deposit", 6, 1)).await.unwrap().repeated);
}

#[tokio::test]
async fn an_expected_version_is_met_or_refused_but_not_when_asked_again() {
    let runtime = open(vec![], memory()).await;
    let commands = runtime.commands();
    let asked = |if_version, number| CommandRequest {
        if_version: Some(if_version),
        ..named("a", "Deposit", 1, number)
    };
    let at = |version| IfVersion::OneOf(vec![Version(version)]);
    let refused =
        |expected, actual| Err(CommandError::VersionMismatch { expected, actual: Version(actual) });
    assert_eq!(commands.handle(asked(IfVersion::Exists, 0)).await, refused(IfVersion::Exists, 0));
    let one = commands.handle(asked(at(0), 1)).await.unwrap();
    assert_eq!(commands.handle(asked(at(0), 2)).await, refused(at(0), 1));
    assert_eq!(first(&commands.handle(asked(at(0), 1)).await.unwrap()), one);
    assert_eq!(commands.handle(asked(at(1), 3)).await.unwrap().version, Version(2));
    assert_eq!(commands.handle(asked(IfVersion::Exists, 4)).await.unwrap().version, Version(3));
    let either = IfVersion::OneOf(vec![Version(7), Version(3)]);
    assert_eq!(commands.handle(asked(either, 5)).await.unwrap().version, Version(4));
    let none = IfVersion::OneOf(vec![]);
    assert_eq!(commands.handle(asked(none.clone(), 6)).await, refused(none, 4));
}

#[tokio::test]
async fn what_fails_is_refused_and_leaves_nothing() {
    let store = memory();
    let runtime = open(immediate(), store.clone()).await;
    let commands = runtime.commands();
    let mut unread = request("a", "Deposit", 1);
    unread.input = b"{}".as_slice().into();
    let mut unknown = request("a", "Deposit", 1);
    unknown.aggregate = "Ledger".into();
    let mut said = String::new();
    for request in [
        unread,
        unknown,
        request("a", "Close", 1),
        request("a", "Seize", 1),
        request("a", "Deposit", UNEVOLVABLE),
        request("a", "Deposit", UNFOLDABLE),
    ] {
        let error = commands.handle(request).await.unwrap_err();
        writeln!(said, "{error}").unwrap();
    }
    assert_eq!(head(&*store).await.0, 0);
    runtime.commands().close();
    writeln!(said, "{}", commands.handle(request("a", "Deposit", 1)).await.unwrap_err()).unwrap();
    let inside = CommandRequest { outside: false, ..request("a", "Deposit", 1) };
    commands.handle(inside).await.unwrap();
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn causes_are_carried_over() {
    let runtime = open(vec![], memory()).await;
    let commands = runtime.commands();
    let outside = commands.handle(named("a", "Deposit", 1, 7)).await.unwrap();
    let about = &outside.events[0].event.metadata;
    assert_eq!(about.command_id, Some(Uuid::from_u128(7)));
    assert_eq!(about.causation_id, about.command_id);
    let caused = CommandRequest {
        correlation_id: Some(about.correlation_id),
        causation_id: Some(outside.events[0].event.id),
        actor: Some("ann".into()),
        ..request("b", "Deposit", 1)
    };
    let caused = commands.handle(caused).await.unwrap();
    let by = &caused.events[0].event.metadata;
    assert_eq!(by.correlation_id, about.correlation_id);
    assert_eq!(by.causation_id, Some(outside.events[0].event.id));
    assert_eq!(by.command_id, Some(caused.command_id));
    assert!(caused.events[0].event.id > outside.events[0].event.id);
    assert_eq!(caused.command_id.get_version_num(), 7);
}

#[tokio::test]
async fn snapshots_are_kept_and_used_and_a_stale_one_is_ignored() {
    let store = memory();
    let runtime = open(vec![], store.clone()).await;
    for _ in 0..25 {
        runtime.commands().handle(request("a", "Deposit", 1)).await.unwrap();
    }
    runtime.close().await.unwrap();
    let stream = StreamId::new("Account", "a");
    let kept = store.snapshot(&stream).await.unwrap().unwrap();
    assert_eq!((kept.version, &*kept.state), (Version(20), &b"20"[..]));
    // One that lies is believed, which shows that it is read; and one of another definition isn't.
    let lie = Snapshot { state: b"1000".as_slice().into(), ..kept.clone() };
    for (snapshot, outcome) in
        [(lie.clone(), true), (Snapshot { fingerprint: "account 0".into(), ..lie }, false)]
    {
        store.keep_snapshots(vec![snapshot]).await.unwrap();
        let runtime = open(vec![], store.clone()).await;
        let answer = runtime.commands().handle(request("a", "Withdraw", 900)).await.unwrap();
        assert_eq!(answer.outcome == Outcome::Accepted, outcome);
    }
}

#[tokio::test]
async fn who_lets_go_of_a_command_breaks_nothing() {
    let store = memory();
    let runtime = open(immediate(), store.clone()).await;
    for number in 0..50 {
        let commands = runtime.commands();
        let mut handling =
            Box::pin(async move { commands.handle(named("a", "Deposit", 1, number)).await });
        // As far as it gets at once, and no further.
        let waker = std::task::Waker::noop();
        let _ = handling.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    assert_eq!(runtime.commands().waiting(), 0);
    for number in 0..50 {
        runtime.commands().handle(named("a", "Deposit", 1, number)).await.unwrap();
    }
    assert_eq!(head(&*store).await.0, 50);
    for projection in immediate() {
        let (rows, folded) = toy::rows_and_fold(&*store, &projection).await;
        assert_eq!(rows, folded);
    }
}
