//! Aggregates that a store's model once had: the streams of one that has another name now would be
//! there, and nobody would find them.

use std::collections::BTreeMap;

use annals_core::{Position, System};

use crate::ports::{LogQuery, Store, StoreError};

use super::Mismatch;

/// Before the name of an aggregate, the fact that a model has, or had, it.
pub(super) const AGGREGATE: &str = "aggregate ";

/// The aggregates that are gone from the model and have streams.
pub(super) async fn aggregates(
    system: &System,
    store: &dyn Store,
    facts: &BTreeMap<String, String>,
) -> Result<Vec<Mismatch>, StoreError> {
    let mut found = Vec::new();
    for name in facts.keys().filter_map(|fact| fact.strip_prefix(AGGREGATE)) {
        if system.deciders.iter().any(|decider| decider.aggregate() == name) {
            continue;
        }
        if let Some(position) = first_of(name, store).await? {
            found.push(Mismatch::UnknownAggregate { name: name.into(), position });
        }
    }
    Ok(found)
}

/// Where the first event of an aggregate is.
async fn first_of(aggregate: &str, store: &dyn Store) -> Result<Option<Position>, StoreError> {
    let aggregate = Some(aggregate.into());
    let query = LogQuery { aggregate, limit: 1, without_sagas: true, ..LogQuery::default() };
    Ok(store.read_log(query).await?.first().map(|event| event.position))
}
