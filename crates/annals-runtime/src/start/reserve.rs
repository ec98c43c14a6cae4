//! The events that only the engine may append: those that an immediate projection folds in the
//! append. A store to which other processes append refuses them these.

use std::collections::BTreeSet;

use annals_core::System;

use crate::ports::{Store, StoreError, Unit};

/// The fact that lists their names, as a JSON array.
const IMMEDIATE: &str = "immediate";

/// Tells the store, before the immediate projections are brought up to the log: whatever another
/// process appends from then on is nothing that they read.
pub(crate) async fn reserve(system: &System, store: &dyn Store) -> Result<(), StoreError> {
    let immediate = system.projections.iter().filter(|it| it.immediate());
    let names: BTreeSet<&str> = immediate.flat_map(|it| it.reads()).map(|name| &**name).collect();
    let value = serde_json::json!(names).to_string();
    let known = store.facts().await?.into_iter().find(|(name, _)| name == IMMEDIATE);
    if known.map_or(names.is_empty(), |(_, known)| known == value) {
        return Ok(());
    }
    store.remember(vec![(IMMEDIATE.to_owned(), value)]).await?;
    // Behind the log's lock: an append that was judged by the old list has ended.
    store.commit(vec![Unit::default()]).await.map(drop)
}
