//! The events that only the engine may append: those that an immediate projection folds in the
//! append. A store to which other processes append refuses them these.

use std::collections::BTreeSet;

use annals_core::System;

use crate::failpoint;
use crate::ports::{Store, StoreError, Unit};

/// The fact that lists their names, as a JSON array.
const IMMEDIATE: &str = "immediate";

/// Tells the store, before the immediate projections are brought up to the log: whatever another
/// process appends from then on is nothing that they read.
///
/// The list alone doesn't hold back an append that was judged by the list before it, and is still
/// under way. So an empty commit follows: it takes its turn behind the log's lock, and what was
/// judged before has ended by then. It follows at every start, not only where the list has changed:
/// a process that dies between the two leaves a list that looks as if nothing were left to do, and
/// its next start could read the log before such an append. An empty unit writes nothing.
pub(crate) async fn reserve(system: &System, store: &dyn Store) -> Result<(), StoreError> {
    let immediate = system.projections.iter().filter(|it| it.immediate());
    let names: BTreeSet<&str> = immediate.flat_map(|it| it.reads()).map(|name| &**name).collect();
    let value = serde_json::json!(names).to_string();
    let known = store.facts().await?.into_iter().find(|(name, _)| name == IMMEDIATE);
    if known.map_or(!names.is_empty(), |(_, known)| known != value) {
        store.remember(vec![(IMMEDIATE.to_owned(), value)]).await?;
        failpoint!("start.before-fence", |error| return Err(error));
    }
    if names.is_empty() {
        // Nobody folds what others append.
        return Ok(());
    }
    store.commit(vec![Unit::default()]).await.map(drop)
}
