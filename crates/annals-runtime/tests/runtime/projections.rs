//! Eventual projections: what no store takes is parked, and rows are served once they are built,
//! wherever a process dies.

use std::sync::Arc;

use annals_conformance::{Broken, Fault};
use annals_core::{Cell, Column, ColumnType, Position, Row};
use annals_runtime::ports::{LetterQuery, LetterStatus, Request, Store};
use annals_runtime::{MemoryStore, Options, Runtime, StartError};

use crate::toy::{Sums, UNSTORABLE, immediate, open, request, rows_and_fold, system, try_open};

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

fn eventual() -> Vec<Sums> {
    vec![Sums::new("accounts", true, false)]
}

async fn deposit(runtime: &Runtime, amounts: &[(&str, i64)]) {
    for (account, amount) in amounts {
        runtime.commands().handle(request(account, "Deposit", *amount)).await.unwrap();
    }
}

fn row(account: &str, events: i64, cents: i64) -> Row {
    vec![Cell::Text(account.into()), Cell::Int(events), Cell::Int(cents)]
}

async fn rows(store: &dyn Store) -> Vec<Row> {
    let rows = store.rows("accounts", None, usize::MAX).await.unwrap();
    rows.into_iter().map(|(row, _)| row).collect()
}

/// Position, status and attempts of each letter.
async fn letters(store: &dyn Store) -> Vec<(u64, LetterStatus, u32)> {
    let letters = store.letters(LetterQuery::default()).await.unwrap();
    let mut all: Vec<_> =
        letters.iter().map(|it| (it.position.0, it.status, it.attempts)).collect();
    all.sort_by_key(|(position, ..)| *position);
    all
}

/// The deposits of two accounts, of which one has two that can't be stored.
const DEPOSITS: [(&str, i64); 7] = [
    ("a", 1),
    ("b", 1),
    ("a", UNSTORABLE), // position 3
    ("a", 5),
    ("b", 2),
    ("a", UNSTORABLE), // position 6
    ("a", 6),
];

#[tokio::test]
async fn an_event_whose_row_no_store_takes_is_parked_and_others_go_on() {
    use LetterStatus::{Blocked, Failed};
    let store = memory();
    let runtime = open(eventual(), store.clone()).await;
    deposit(&runtime, &DEPOSITS).await;
    runtime.settle().await.unwrap();
    assert_eq!(rows(&*store).await, [row("a", 1, 1), row("b", 2, 3)]);
    let wanted = [(3, Failed, 1), (4, Blocked, 0), (6, Blocked, 0), (7, Blocked, 0)];
    assert_eq!(letters(&*store).await, wanted);
    let said = store.letters(LetterQuery::default()).await.unwrap()[0].reason.clone();
    assert!(said.contains("can't hold"), "{said}");
    assert_eq!(store.checkpoint("accounts").await.unwrap().unwrap().position, Position(7));
    // And it goes on with what comes.
    deposit(&runtime, &[("b", 3), ("a", 1)]).await;
    runtime.settle().await.unwrap();
    assert_eq!(rows(&*store).await, [row("a", 1, 1), row("b", 3, 6)]);
}

/// Asks for something to be done with the failed letter.
async fn ask(runtime: &Runtime, store: &dyn Store, discard: bool) {
    let statuses = vec![LetterStatus::Failed];
    let failed = store.letters(LetterQuery { statuses, ..LetterQuery::default() }).await.unwrap();
    let letter = failed[0].id;
    let request = match discard {
        true => Request::Discard { letter, reason: "a test".into(), at: failed[0].parked_at },
        false => Request::Redrive(letter),
    };
    store.request(request).await.unwrap();
    runtime.settle().await.unwrap();
    assert_eq!(store.requests().await.unwrap(), []);
}

#[tokio::test]
async fn a_redrive_parks_again_what_no_store_takes_and_keeps_what_came_before() {
    use LetterStatus::{Blocked, Discarded, Failed, Redriven};
    let store = memory();
    let runtime = open(eventual(), store.clone()).await;
    deposit(&runtime, &DEPOSITS).await;
    runtime.settle().await.unwrap();
    ask(&runtime, &*store, false).await;
    let wanted = [(3, Failed, 2), (4, Blocked, 0), (6, Blocked, 0), (7, Blocked, 0)];
    assert_eq!(letters(&*store).await, wanted);
    ask(&runtime, &*store, true).await;
    let wanted = [(3, Discarded, 2), (4, Redriven, 1), (6, Failed, 1), (7, Blocked, 0)];
    assert_eq!(letters(&*store).await, wanted);
    assert_eq!(rows(&*store).await, [row("a", 2, 6), row("b", 2, 3)]);
    ask(&runtime, &*store, true).await;
    let wanted = [(3, Discarded, 2), (4, Redriven, 1), (6, Discarded, 1), (7, Redriven, 1)];
    assert_eq!(letters(&*store).await, wanted);
    assert_eq!(rows(&*store).await, [row("a", 3, 12), row("b", 2, 3)]);
}

#[tokio::test]
async fn wherever_a_process_dies_while_it_parks_or_redrives_no_letter_is_left_behind() {
    let mut deaths = 0;
    for death in [Fault::DiesBefore as fn(u64) -> Fault, Fault::DiesBehind] {
        for commit in 1.. {
            let beneath = memory();
            let runtime = open(vec![], beneath.clone()).await;
            deposit(&runtime, &DEPOSITS).await;
            drop(runtime);
            let mortal: Arc<dyn Store> = Arc::new(Broken::new(beneath.clone(), death(commit)));
            let died = match try_open(system(eventual()), mortal, Options::default()).await {
                Err(_) => true,
                Ok(runtime) => {
                    let failed = letters(&*beneath).await[0].0;
                    assert_eq!(failed, 3);
                    let letter = beneath.letters(LetterQuery::default()).await.unwrap()[0].clone();
                    let (letter, at) = (letter.id, letter.parked_at);
                    let discard = Request::Discard { letter, reason: "a test".into(), at };
                    beneath.request(discard).await.unwrap();
                    runtime.settle().await.is_err()
                }
            };
            let runtime = open(eventual(), beneath.clone()).await;
            runtime.settle().await.unwrap();
            while letters(&*beneath).await.iter().any(|it| it.1 == LetterStatus::Failed) {
                ask(&runtime, &*beneath, true).await;
            }
            let blocked = |it: &(u64, LetterStatus, u32)| it.1 == LetterStatus::Blocked;
            let left = letters(&*beneath).await;
            assert!(!left.iter().any(blocked), "{:?}: {left:?}", death(commit));
            assert_eq!(rows(&*beneath).await[1], row("b", 2, 3));
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 12, "{deaths}");
}

#[tokio::test]
async fn an_immediate_projection_names_the_event_whose_row_no_store_takes() {
    let store = memory();
    let runtime = open(vec![], store.clone()).await;
    deposit(&runtime, &DEPOSITS).await;
    drop(runtime);
    let opened = try_open(system(immediate()), store, Options::default()).await;
    let Err(error) = opened else { panic!("it opened") };
    assert!(matches!(error, StartError::Unfoldable { position: Position(3), .. }), "{error}");
    assert!(error.to_string().contains("can't hold Null"), "{error}");
}

/// The same rows under another definition.
fn second() -> Sums {
    Sums { fingerprint: "sums 2", ..Sums::new("accounts", true, false) }
}

/// The same rows with another column.
fn wider() -> Sums {
    let mut wider = second();
    let note = Column { name: "note".into(), type_: ColumnType::Text, optional: true };
    wider.table.columns.push(note);
    wider
}

/// More events than are read at once, folded by the first definition.
async fn lived(projection: Sums) -> Arc<dyn Store> {
    let store = memory();
    let runtime = open(vec![projection], store.clone()).await;
    for number in 0..1_300 {
        deposit(&runtime, &[(["a", "b", "c"][number % 3], 1)]).await;
    }
    runtime.settle().await.unwrap();
    store
}

/// What is served from the start on is the fold of the log.
async fn is_built(store: &dyn Store) {
    let (rows, folded) = rows_and_fold(store, &eventual()[0]).await;
    assert_eq!(rows, folded);
}

#[tokio::test]
async fn a_rebuild_that_is_killed_is_ended_before_it_serves() {
    let mut deaths = 0;
    for death in [Fault::DiesBefore as fn(u64) -> Fault, Fault::DiesBehind] {
        for commit in 1.. {
            let beneath = lived(Sums::new("accounts", true, false)).await;
            let mortal: Arc<dyn Store> = Arc::new(Broken::new(beneath.clone(), death(commit)));
            let died = try_open(system(vec![second()]), mortal, Options::default()).await.is_err();
            let runtime = open(vec![second()], beneath.clone()).await;
            is_built(&*beneath).await;
            assert_eq!(runtime.rebuilt().contains("accounts"), died && !built_by(commit, death));
            drop(runtime);
            // And once it is built, it is built.
            assert!(open(vec![second()], beneath).await.rebuilt().is_empty());
            if !died {
                break;
            }
            deaths += 1;
        }
    }
    assert_eq!(deaths, 8, "a reset and three pages, before and behind");
}

/// Whether the rebuild had ended when the process died: behind its fourth commit.
fn built_by(commit: u64, death: fn(u64) -> Fault) -> bool {
    death(commit) == Fault::DiesBehind(4)
}

#[tokio::test]
async fn a_new_projection_is_built_before_it_serves() {
    let store = memory();
    let runtime = open(vec![], store.clone()).await;
    deposit(&runtime, &[("a", 1), ("b", 2), ("a", 3)]).await;
    drop(runtime);
    let runtime = open(eventual(), store.clone()).await;
    is_built(&*store).await;
    assert!(runtime.rebuilt().is_empty(), "it was not there before");
}

#[tokio::test]
async fn a_start_that_failed_leaves_nothing_that_the_former_model_takes_for_built() {
    for (immediate, commit) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
        let former = || Sums::new("accounts", true, immediate);
        let store = lived(former()).await;
        let runtime = open(vec![former()], store.clone()).await;
        runtime.close().await.unwrap();
        let latter = Sums { immediate, ..wider() };
        // Its table is made; then the process dies.
        let mortal: Arc<dyn Store> =
            Arc::new(Broken::new(store.clone(), Fault::DiesBefore(commit)));
        assert!(try_open(system(vec![latter]), mortal, Options::default()).await.is_err());
        drop(open(vec![former()], store.clone()).await);
        is_built(&*store).await;
        assert_eq!(rows(&*store).await[0], row("a", 434, 434));
    }
}
