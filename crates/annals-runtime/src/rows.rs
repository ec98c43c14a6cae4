//! Stored rows of projections, by the keys that events change.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, Failure, Position, Row};

use crate::ports::{Store, StoreError};

/// A key as it is told apart from others of its projection.
pub(crate) fn slot(key: &Cell) -> String {
    format!("{key:?}")
}

/// A key is a function of its event, so that the row of each has been read.
pub(crate) fn other_key() -> Failure {
    let reason = "the projection gives one event two keys".to_owned();
    Failure::Evaluation { place: "its key".into(), reason }
}

/// The rows of a projection by their keys, each read once and all in one go, with the position that
/// last changed each.
pub(crate) async fn stored(
    store: &dyn Store,
    projection: &Arc<str>,
    keys: impl Iterator<Item = Cell>,
) -> Result<HashMap<String, (Cell, Option<(Row, Position)>)>, StoreError> {
    let keys: HashMap<String, Cell> = keys.map(|key| (slot(&key), key)).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let (slots, keys): (Vec<String>, Vec<Cell>) = keys.into_iter().unzip();
    let rows = store.rows_of(projection, keys.clone()).await?;
    Ok(slots.into_iter().zip(keys.into_iter().zip(rows)).collect())
}
