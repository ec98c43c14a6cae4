//! Immediate rows equal the fold of the log: under failing folds, restarts, additions and changes.

use std::sync::Arc;

use annals_conformance::{Broken, Fault};
use annals_core::{
    Cell, EventType, EventView, Failure, Metadata, NewEvent, Position, Projection, Row, StreamId,
    Table, Timestamp,
};
use annals_runtime::ports::{Append, Entropy, EventStore, Expected, Store, Unit};
use annals_runtime::{MemoryStore, Options, Runtime, SeededEntropy, StartError};
use tokio::task::JoinSet;

use crate::toy::{self, Sums, UNFOLDABLE, head, immediate, insist, named, open, rows_and_fold};

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

async fn rows_equal_fold(store: &dyn Store, projections: &[Sums]) {
    for projection in projections {
        let (rows, folded) = rows_and_fold(store, projection).await;
        assert!(!rows.is_empty());
        assert_eq!(rows, folded, "{}", projection.table.name);
    }
}

/// Random deposits and withdrawals of 24 clients; one in eight can't be folded.
async fn traffic(runtime: &Runtime, seed: u64) {
    let mut tasks = JoinSet::new();
    for client in 0..24_u64 {
        let commands = runtime.commands();
        tasks.spawn(async move {
            let dice = SeededEntropy::new(seed * 100 + client);
            for time in 0..20_u64 {
                let account = format!("a{}", dice.next_u64() % 5);
                let command =
                    if dice.next_u64().is_multiple_of(3) { "Withdraw" } else { "Deposit" };
                let amount = i64::try_from(dice.next_u64() % 40).unwrap();
                let amount = if dice.next_u64().is_multiple_of(8) { UNFOLDABLE } else { amount };
                let number = u128::from(seed * 1_000_000 + client * 1_000 + time);
                let answer = insist(&commands, named(&account, command, amount, number)).await;
                assert_eq!(
                    answer.is_err(),
                    amount == UNFOLDABLE && command == "Deposit"
                        || answer
                            .as_ref()
                            .is_err_and(|error| error.to_string().contains("thirteen"))
                );
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_with_events_that_cannot_be_folded() {
    for (seed, fault) in
        [Fault::Slow(20), Fault::LosesAnswers(5), Fault::Slow(0)].iter().enumerate()
    {
        let store: Arc<dyn Store> = Arc::new(Broken::new(memory(), *fault));
        let runtime = open(immediate(), store.clone()).await;
        traffic(&runtime, seed as u64).await;
        assert!(head(&*store).await.0 > 100);
        rows_equal_fold(&*store, &immediate()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proof_notices_a_store_that_tears_units() {
    let store: Arc<dyn Store> = Arc::new(Broken::new(memory(), Fault::TearsUnits));
    let runtime = open(immediate(), store.clone()).await;
    traffic(&runtime, 1).await;
    let (rows, folded) = rows_and_fold(&*store, &immediate()[1]).await;
    assert_ne!(rows, folded);
}

#[tokio::test]
async fn after_restarts_additions_removals_and_changes() {
    let store = memory();
    // One of two projections; a crash, which leaves its checkpoint behind its rows.
    let runtime = open(vec![Sums::new("accounts", true, true)], store.clone()).await;
    traffic(&runtime, 1).await;
    assert_eq!(store.checkpoint("accounts").await.unwrap().unwrap().position, Position(0));
    drop(runtime);
    // The other one comes, and nothing is counted twice.
    let runtime = open(immediate(), store.clone()).await;
    rows_equal_fold(&*store, &immediate()).await;
    traffic(&runtime, 2).await;
    rows_equal_fold(&*store, &immediate()).await;
    drop(runtime);
    // Without one for a while, and back: its rows hold more than its checkpoint says, and less than
    // the log.
    let runtime = open(vec![Sums::new("bank", false, true)], store.clone()).await;
    traffic(&runtime, 3).await;
    drop(runtime);
    let runtime = open(immediate(), store.clone()).await;
    rows_equal_fold(&*store, &immediate()).await;
    // An orderly end leaves nothing to catch up with.
    traffic(&runtime, 4).await;
    runtime.close().await.unwrap();
    let at = store.checkpoint("accounts").await.unwrap().unwrap().position;
    assert_eq!(at, head(&*store).await);
    // Another definition of the same table: the sum of all, row by row of each.
    let mut changed = Sums::new("bank", true, true);
    changed.fingerprint = "sums 2";
    drop(open(vec![changed], store.clone()).await);
    let mut changed = Sums::new("bank", true, true);
    changed.fingerprint = "sums 2";
    rows_equal_fold(&*store, &[changed]).await;
}

/// What another process appends.
fn foreign_append() -> Unit {
    let event = NewEvent {
        id: uuid::Uuid::from_u128(77),
        type_: EventType::new("Deposited", 1),
        time: Timestamp(1),
        data: b"{\"amount\":5}".as_slice().into(),
        metadata: Metadata::default(),
        tags: Arc::default(),
    };
    let stream = StreamId::new("Account", "a");
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    Unit { appends: vec![append], ..Unit::default() }
}

#[tokio::test]
async fn an_append_judged_by_the_old_list_is_folded_also_where_the_start_before_died() {
    let store = memory();
    let accounts = || vec![Sums::new("accounts", true, true)];
    let runtime = open(accounts(), store.clone()).await;
    runtime.commands().handle(named("a", "Deposit", 1, 1)).await.unwrap();
    runtime.close().await.unwrap();
    // Nothing is immediate for a while: another process may append what it likes, and one append is
    // judged, and not yet committed.
    open(vec![], store.clone()).await.close().await.unwrap();
    let under_way = Arc::new(Broken::new(store.clone(), Fault::AnswersEarly(1)));
    assert!(under_way.commit(vec![foreign_append()]).await.unwrap()[0].is_ok());
    // A start dies between the new list and its fence, and leaves the list.
    let dies = Arc::new(Broken::new(store.clone(), Fault::DiesBefore(1)));
    assert!(toy::try_open(toy::system(accounts()), dies, Options::default()).await.is_err());
    let list = ("immediate".to_owned(), "[\"Deposited\",\"Withdrawn\"]".to_owned());
    assert!(store.facts().await.unwrap().contains(&list));
    // The next one waits for the append all the same, before it reads the log.
    let runtime = open(accounts(), under_way).await;
    assert_eq!(head(&*store).await, Position(2));
    rows_equal_fold(&*store, &accounts()).await;
    runtime.commands().handle(named("a", "Deposit", 1, 2)).await.unwrap();
    rows_equal_fold(&*store, &accounts()).await;
}

#[tokio::test]
async fn a_new_projection_that_cannot_fold_the_log_is_named() {
    let store = memory();
    let runtime = open(vec![], store.clone()).await;
    for (number, amount) in [1, UNFOLDABLE].into_iter().enumerate() {
        let request = named("a", "Deposit", amount, number as u128);
        runtime.commands().handle(request).await.unwrap();
    }
    let opened = toy::try_open(toy::system(immediate()), store, Options::default()).await;
    let Err(error) = opened else { panic!("it opened") };
    assert!(matches!(error, StartError::Unfoldable { position: Position(2), .. }));
    insta::assert_snapshot!(error);
}

/// A sum of all that can't be above a hundred.
struct Limited(Sums);

impl Projection for Limited {
    fn table(&self) -> &Table {
        self.0.table()
    }

    fn immediate(&self) -> bool {
        true
    }

    fn reads(&self) -> &[Arc<str>] {
        self.0.reads()
    }

    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure> {
        self.0.key(event)
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, event: &EventView<'_>) -> Result<Row, Failure> {
        let row = self.0.fold(key, row, event)?;
        if matches!(row[2], Cell::Int(cents) if cents > 100) {
            let reason = "above a hundred".to_owned();
            return Err(Failure::Evaluation { place: "toy.yaml:1:1".into(), reason });
        }
        Ok(row)
    }

    fn parse_key(&self, text: &str) -> Result<Cell, Failure> {
        self.0.parse_key(text)
    }

    fn fingerprint(&self) -> &str {
        "limited"
    }
}

#[tokio::test]
async fn a_unit_that_is_refused_makes_no_neighbour_unfoldable() {
    let store: Arc<dyn Store> = Arc::new(Broken::new(memory(), Fault::Slow(20)));
    let mut system = toy::system(Vec::new());
    system.projections = vec![Arc::new(Limited(Sums::new("bank", false, true)))];
    let runtime = toy::try_open(system, store, Options::default()).await.unwrap();
    runtime.commands().handle(named("a", "Deposit", 40, 1)).await.unwrap();
    let ask = |account: &'static str, amount, number| {
        let commands = runtime.commands();
        tokio::spawn(
            async move { commands.handle(named(account, "Deposit", amount, number)).await },
        )
    };
    // The first one keeps the committer busy, so that the others share a batch.
    let busy = ask("c", 0, 3);
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let (again, other) = (ask("a", 40, 1), ask("b", 30, 2));
    busy.await.unwrap().unwrap();
    assert!(again.await.unwrap().unwrap().repeated);
    other.await.unwrap().expect("40 + 30 is below a hundred");
    // What can't be folded on what is committed is refused as before.
    let refused = ask("d", 31, 4).await.unwrap();
    assert!(refused.is_err_and(|error| error.to_string().contains("above a hundred")));
}
