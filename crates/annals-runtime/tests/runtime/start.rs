//! What a system is told that doesn't fit its store.

use std::sync::Arc;

use annals_core::{EventType, StreamId, System, Timestamp, Version};
use annals_runtime::ports::{Append, Expected, SagaRow, Store, Unit};
use annals_runtime::{MemoryStore, Options};

use crate::toy::{open, request, system, try_open};

/// A store on which the toy system has run: one deposit of `a`.
async fn lived() -> Arc<dyn Store> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let runtime = open(vec![], store.clone()).await;
    runtime.commands().handle(request("a", "Deposit", 1)).await.unwrap();
    store
}

async fn refusal(system: System, store: Arc<dyn Store>) -> String {
    match try_open(system, store, Options::default()).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    }
}

fn shaped(name: &str, version: u32, fields: &str) -> (EventType, Arc<str>) {
    let type_ = EventType::new(name, version);
    let shape = format!("event {type_}\n  {fields}\n");
    (type_, shape.into())
}

#[tokio::test]
async fn a_changed_event_version_gets_the_block_to_paste() {
    let mut changed = system(vec![]);
    let fields = "{amount: int, currency: enum [eur, usd] initial eur, at: optional time, \
                  by: {id: uuid, tags: list of text max 9 max 3}, \
                  note: text max 5 pattern \"a, b\", parts: optional map of text to int min 1}";
    changed.shapes.extend([shaped("Deposited", 1, fields)]);
    insta::assert_snapshot!(refusal(changed, lived().await).await);
}

#[tokio::test]
async fn the_block_goes_on_behind_the_latest_version() {
    let mut changed = system(vec![]);
    changed.shapes.extend([
        shaped("Deposited", 1, "{cents: int}"),
        shaped("Deposited", 2, "{amount: int, currency: text}"),
    ]);
    insta::assert_snapshot!(refusal(changed, lived().await).await);
}

#[tokio::test]
async fn everything_that_does_not_fit_is_said_at_once() {
    let store = lived().await;
    let event = annals_conformance::event("Frozen.v1", 9);
    let stream = StreamId::new("Account", "z");
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    let saga = |key: String| SagaRow {
        saga: "Closing".into(),
        key: key.into(),
        status: "running".into(),
        failure: "".into(),
        open: true,
        due: None,
        version: Version(1),
        fingerprint: "f".into(),
        started_at: Timestamp(0),
        changed_at: Timestamp(0),
        state: b"{}".as_slice().into(),
    };
    let sagas = (0..7).map(|number| saga(format!("account-{number}"))).collect();
    let unit = Unit { appends: vec![append], sagas, ..Unit::default() };
    store.commit(vec![unit]).await.unwrap().remove(0).unwrap();
    store.remember(vec![("saga Closing".into(), "f".into())]).await.unwrap();
    insta::assert_snapshot!(refusal(system(vec![]), store).await);
}

#[tokio::test]
async fn another_model_is_refused() {
    let mut other = system(vec![]);
    other.name = "shop".into();
    insta::assert_snapshot!(refusal(other, lived().await).await);
}

#[tokio::test]
async fn additions_and_changes_of_what_is_not_stored_just_work() {
    let store = lived().await;
    let mut grown = system(vec![]);
    grown.shapes.extend([
        shaped("Deposited", 2, "{amount: int, note: text}"),
        shaped("Closed", 1, "{}"),
        shaped("Withdrawn", 1, "{amount: int, note: text}"),
    ]);
    try_open(grown, store.clone(), Options::default()).await.unwrap();
    // Histories of sagas are nobody's model.
    let event = annals_conformance::event("StepStarted.v1", 9);
    let stream = StreamId::new("saga-Closing", "z");
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    let unit = Unit { appends: vec![append], ..Unit::default() };
    store.commit(vec![unit]).await.unwrap().remove(0).unwrap();
    open(vec![], store).await;
}
