//! Comparing a store with the system that is to run on it, before anything runs. What is stored
//! never changes, so the system has to understand all of it; additions just work.

mod aggregates;
mod begin;
mod block;
mod mismatch;
mod reserve;
mod shape;

use std::collections::BTreeMap;

use annals_core::{EventType, Position, RecordedEvent, System};

use crate::failpoint;
use crate::ports::{LogQuery, SagaQuery, Store, StoreError};
use aggregates::{AGGREGATE, aggregates};
pub(crate) use begin::begin;
pub use mismatch::{Mismatch, StartError};
pub(crate) use reserve::reserve;

/// The fact that holds the model's name.
const SYSTEM: &str = "system";

/// Before the name of an event version, the fact that holds its shape.
const SHAPE: &str = "shape ";

/// Before the name of a saga, the fact that holds its fingerprint.
const SAGA: &str = "saga ";

/// Instances that a message names.
const NAMED: usize = 5;

/// Compares, makes the tables, and remembers what the system is now.
///
/// # Errors
/// [`StartError::Refused`] with everything that doesn't fit, [`StartError::Store`].
pub(crate) async fn check(system: &System, store: &dyn Store) -> Result<(), StartError> {
    let facts: BTreeMap<String, String> = store.facts().await?.into_iter().collect();
    if let Some(stored) = facts.get(SYSTEM).filter(|stored| **stored != *system.name) {
        let (stored, given) = (stored.clone(), system.name.to_string());
        return Err(StartError::Refused(vec![Mismatch::OtherSystem { stored, given }]));
    }
    let mut found = events(system, store, &facts).await?;
    found.extend(aggregates(system, store, &facts).await?);
    found.extend(sagas(system, store, &facts).await?);
    if !found.is_empty() {
        return Err(StartError::Refused(found));
    }
    let tables = system.projections.iter().map(|it| it.table().clone()).collect();
    store.prepare(&system.name, tables).await?;
    failpoint!("start.behind-prepare", |error| return Err(error.into()));
    let current = current_facts(system);
    let new: Vec<_> =
        current.into_iter().filter(|(name, value)| facts.get(name) != Some(value)).collect();
    if !new.is_empty() {
        store.remember(new).await?;
    }
    Ok(())
}

fn current_facts(system: &System) -> Vec<(String, String)> {
    let shapes =
        system.shapes.iter().map(|(type_, shape)| (format!("{SHAPE}{type_}"), shape.to_string()));
    let sagas = system.sagas.iter().map(|saga| {
        let definition = saga.definition();
        (format!("{SAGA}{}", definition.name), definition.fingerprint.to_string())
    });
    let aggregates =
        system.deciders.iter().map(|it| (format!("{AGGREGATE}{}", it.aggregate()), String::new()));
    let name = (SYSTEM.to_owned(), system.name.to_string());
    std::iter::once(name).chain(shapes).chain(aggregates).chain(sagas).collect()
}

async fn events(
    system: &System,
    store: &dyn Store,
    facts: &BTreeMap<String, String>,
) -> Result<Vec<Mismatch>, StoreError> {
    let mut found = Vec::new();
    for (stored, position) in store.stored_types().await? {
        let type_ = EventType::parse(&stored)
            .ok_or_else(|| StoreError::Corrupt(format!("'{stored}' is no event type")))?;
        match (system.shapes.get(&type_), facts.get(&format!("{SHAPE}{stored}"))) {
            (Some(now), Some(then)) if **now != **then => {
                let block = block::next_version(system, &type_, then, now);
                let (stored, given) = (block::written(then), block::written(now));
                found.push(Mismatch::ChangedEvent { type_, position, stored, given, block });
            }
            (Some(_), _) => {}
            (None, then) => found.extend(unknown(store, type_, position, then.is_some()).await?),
        }
    }
    Ok(found)
}

/// What is wrong with a type that the model hasn't got, whose first event is there. Histories of
/// sagas are the runtime's own: a type that begins with one is theirs, unless a model once had it.
async fn unknown(
    store: &dyn Store,
    type_: EventType,
    first: Position,
    was_ours: bool,
) -> Result<Option<Mismatch>, StoreError> {
    let mut events = store.read_at(vec![first]).await?;
    loop {
        let is_it = |it: &RecordedEvent| it.event.type_ == type_ && !it.stream.is_history();
        let last = events.last().map(|last| last.position);
        if let Some(RecordedEvent { position, stream, .. }) = events.into_iter().find(is_it) {
            return Ok(Some(Mismatch::UnknownEvent { type_, position, stream }));
        }
        let Some(last) = last.filter(|_| was_ours) else { return Ok(None) };
        let names = vec![type_.name.clone()];
        let query = LogQuery { after: last, limit: 100, names, ..LogQuery::default() };
        events = store.read_log(LogQuery { without_sagas: true, ..query }).await?;
    }
}

/// Instances under way go on by the definition that they began with.
async fn sagas(
    system: &System,
    store: &dyn Store,
    facts: &BTreeMap<String, String>,
) -> Result<Vec<Mismatch>, StoreError> {
    let mut found = Vec::new();
    let known = facts.keys().filter_map(|fact| fact.strip_prefix(SAGA));
    for name in known {
        let query = SagaQuery { saga: name.into(), open: true, ..SagaQuery::default() };
        let open = store.sagas(query).await?;
        let definition =
            system.sagas.iter().map(|saga| saga.definition()).find(|it| *it.name == *name);
        let other = open.iter().filter(|row| {
            definition.is_none_or(|definition| definition.fingerprint != row.fingerprint)
        });
        let keys: Vec<_> = other.map(|row| row.key.clone()).collect();
        if !keys.is_empty() {
            let (open, removed) = (keys.len(), definition.is_none());
            let keys = keys.into_iter().take(NAMED).collect();
            found.push(Mismatch::OpenSagas { saga: name.into(), removed, open, keys });
        }
    }
    Ok(found)
}
