//! Projections across restarts and changes of the file: whatever came before, rows are the fold of
//! the log, and letters are those of its events.

use std::path::PathBuf;
use std::sync::Arc;

use annals_core::{Cell, Row, Timestamp};
use annals_model::SourceFile;
use annals_runtime::ports::{
    BoxFuture, CallResult, Caller, LetterQuery, LetterStatus, OutsideCall, Store,
};
use annals_runtime::{
    CommandRequest, MemoryStore, Options, Runtime, SeededEntropy, StartError, VirtualClock,
};
use annals_sqlite::{OpenOptions, SqliteStore};
use serde_json::{Value, json};

/// Accounts, what was paid into each, and until when it was promised.
const BANK: &str = "\
annals: 1
name: bank
services: { bank: { domain: bank } }
aggregates:
  Account:
    service: bank
    id: { account: text }
    state: { balance: int }
    commands:
      Deposit: { input: { cents: int }, emit: Deposited }
      Promise: { input: { until: time, day: date }, emit: Promised }
    events:
      Deposited:
        versions: { 1: { cents: int } }
        set: { balance: =state.balance + event.cents }
      Promised: { versions: { 1: { until: time, day: date } } }
projections:
  totals:
    service: bank
    update: eventual
    key: account
    columns:
      account: text
      deposits: int
      cents: int
      share: int
      until: optional time
      day: optional date
    on:
      Deposited:
        deposits: =row.deposits + 1
        cents: =row.cents + event.cents
        share: =1000 / event.cents
      Promised: { until: =event.until, day: =event.day }
";

struct Nowhere;

impl Caller for Nowhere {
    fn call(&self, _call: OutsideCall) -> BoxFuture<'_, CallResult> {
        Box::pin(std::future::ready(CallResult::Done))
    }
}

/// A store of each kind; a file goes away with the value.
struct Stores(PathBuf);

impl Stores {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn each(&self, number: usize) -> [Arc<dyn Store>; 2] {
        let file = self.0.join(format!("{number}.db"));
        let file = SqliteStore::open(file, OpenOptions::default()).unwrap();
        [Arc::new(MemoryStore::default()), Arc::new(file)]
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Opens the bank with that kind of update.
async fn try_open(update: &str, store: &Arc<dyn Store>) -> Result<Runtime, StartError> {
    let text = BANK.replace("update: eventual", &format!("update: {update}"));
    let loaded = annals_model::load(vec![SourceFile { path: "bank.yaml".into(), text }]);
    let system = annals_interpreter::system(&Arc::new(loaded.model.unwrap()), &|_| None);
    let clock = Arc::new(VirtualClock::new(Timestamp(1_772_323_200_000_000)));
    // Each life makes other ids: as many events as there are tell them apart.
    let entropy = Arc::new(SeededEntropy::new(store.head().await.unwrap().0));
    let (caller, options) = (Arc::new(Nowhere), Options::default());
    Runtime::open(system, store.clone(), caller, clock, entropy, options).await
}

async fn ask(runtime: &Runtime, id: &str, command: &str, input: Value) {
    let input = input.to_string().into_bytes();
    let request = CommandRequest::new("Account", id, command, input);
    runtime.commands().handle(request).await.expect("it is decided");
}

async fn deposits(runtime: &Runtime) {
    for (account, cents) in [("a", 1), ("b", 2), ("a", 4)] {
        ask(runtime, account, "Deposit", json!({ "cents": cents })).await;
    }
}

/// Account, deposits and cents of each row.
async fn totals(store: &dyn Store) -> Vec<(String, i64, i64)> {
    let total = |row: Row| match &row[..3] {
        [Cell::Text(account), Cell::Int(deposits), Cell::Int(cents)] => {
            (account.to_string(), *deposits, *cents)
        }
        other => panic!("{other:?}"),
    };
    let rows = store.rows("totals", None, usize::MAX).await.unwrap();
    rows.into_iter().map(|(row, _)| total(row)).collect()
}

#[tokio::test]
async fn from_immediate_to_eventual_and_back_counts_each_event_once() {
    let stores = Stores::new("updates");
    let mut number = 0;
    for from in ["immediate", "eventual"] {
        for to in ["immediate", "eventual"] {
            for end in ["orderly", "killed", "killed early"] {
                number += 1;
                for store in stores.each(number) {
                    let runtime = try_open(from, &store).await.unwrap();
                    deposits(&runtime).await;
                    if end != "killed early" {
                        runtime.settle().await.unwrap();
                    }
                    if end == "orderly" {
                        runtime.close().await.unwrap();
                    }
                    let runtime = try_open(to, &store).await.unwrap();
                    let case = format!("{end}, from {from} to {to}");
                    let wanted = [("a".to_owned(), 2, 5), ("b".to_owned(), 1, 2)];
                    assert_eq!(totals(&*store).await, wanted, "{case}: from the start on");
                    let there = from == "immediate" || end != "killed early";
                    assert_eq!(!runtime.rebuilt().is_empty(), from != to && there, "{case}");
                    deposits(&runtime).await;
                    runtime.settle().await.unwrap();
                    let wanted = [("a".to_owned(), 4, 10), ("b".to_owned(), 2, 4)];
                    assert_eq!(totals(&*store).await, wanted, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn letters_are_those_of_the_kind_of_update_that_there_is() {
    let stores = Stores::new("updates-letters");
    for store in stores.each(1) {
        let runtime = try_open("eventual", &store).await.unwrap();
        // A share of nothing can't be computed.
        ask(&runtime, "c", "Deposit", json!({ "cents": 0 })).await;
        deposits(&runtime).await;
        runtime.settle().await.unwrap();
        drop(runtime);
        let refused = try_open("immediate", &store).await.err();
        assert!(matches!(refused, Some(StartError::Unfoldable { .. })), "{refused:?}");
        assert_eq!(store.letters(LetterQuery::default()).await.unwrap(), []);
        drop(try_open("eventual", &store).await.unwrap());
        let letters = store.letters(LetterQuery::default()).await.unwrap();
        let letters: Vec<_> = letters.iter().map(|it| (it.position.0, it.status)).collect();
        assert_eq!(letters, [(1, LetterStatus::Failed)]);
        let wanted = [("a".to_owned(), 2, 5), ("b".to_owned(), 1, 2)];
        assert_eq!(totals(&*store).await, wanted);
    }
}

#[tokio::test]
async fn what_the_language_takes_for_a_time_every_projection_keeps() {
    let stores = Stores::new("forever");
    let times = [
        ("0001-01-01T00:00:00Z", "0001-01-01"),
        ("9999-12-30T22:00:00Z", "9999-12-30"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31"),
    ];
    for (number, update) in ["immediate", "eventual"].into_iter().enumerate() {
        for store in stores.each(number) {
            let runtime = try_open(update, &store).await.unwrap();
            for (until, day) in times {
                ask(&runtime, until, "Promise", json!({ "until": until, "day": day })).await;
            }
            deposits(&runtime).await;
            runtime.settle().await.unwrap();
            assert_eq!(store.letters(LetterQuery::default()).await.unwrap(), []);
            for (until, day) in times {
                let row = store.row("totals", &Cell::Text(until.into())).await.unwrap();
                let (row, _) = row.expect("it is there");
                let time = Cell::Time(Timestamp::parse(until).expect("a time").0);
                assert_eq!(row[4], time, "{until}");
                assert_eq!(row[5], Cell::Date(annals_core::parse_date(day).expect("a day")));
            }
            assert_eq!(totals(&*store).await.len(), times.len() + 2);
        }
    }
}
