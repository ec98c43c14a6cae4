//! Folding immediate projections for one batch: rows are read from the store unless an earlier unit
//! of the batch writes them.
//!
//! A chained row expects the position that its predecessor is about to get. This rests on one
//! process writing to the log: then the prediction is wrong only where an earlier unit of the batch
//! is refused, later units come to lie before it, and no row can be at the predicted position by
//! another's hand. So a wrong prediction refuses the unit as stale, and it is folded again.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, Row, Version};

use crate::ports::{Expected, Refusal, RowWrite, Store, StoreError, Unit};

/// The immediate projections.
pub(super) struct Folder(Vec<Arc<dyn Projection>>);

/// Why a unit has no rows.
pub(super) enum Unfolded {
    /// It is refused, alone.
    Refused(Refusal),
    /// A row can't be read.
    Store(StoreError),
}

impl From<Failure> for Unfolded {
    fn from(failure: Failure) -> Self {
        Self::Refused(Refusal::Unfoldable(failure))
    }
}

/// A row as it will be once the units so far are committed.
#[derive(Clone)]
struct At {
    row: Option<Row>,
    position: Position,
}

/// The rows that a batch has read and written so far, by projection and key.
#[derive(Default)]
pub(super) struct Chain(HashMap<(usize, String), At>);

/// Rows of one unit under way: where they are in the chain, their key, what was read and what is
/// new.
struct Written {
    slot: (usize, String),
    key: Cell,
    read: Position,
    row: Row,
}

impl Folder {
    pub(super) fn new(projections: Vec<Arc<dyn Projection>>) -> Self {
        Self(projections)
    }

    /// Whether a projection is folded here.
    pub(super) fn folds(&self, projection: &str) -> bool {
        self.0.iter().any(|it| *it.table().name == *projection)
    }

    /// The rows that a unit writes, if its last event gets the position `last`.
    pub(super) async fn fold(
        &self,
        store: &dyn Store,
        chain: &mut Chain,
        unit: &Unit,
        last: Position,
    ) -> Result<Vec<RowWrite>, Unfolded> {
        let mut written: Vec<Written> = Vec::new();
        for append in &unit.appends {
            for (index, event) in append.events.iter().enumerate() {
                for (number, projection) in self.0.iter().enumerate() {
                    if !projection.reads().contains(&event.type_.name) {
                        continue;
                    }
                    let version = next_version(append.expected, index)?;
                    let view = EventView::of(event, &append.stream, version, None);
                    let key = projection.key(&view)?;
                    fold_one(store, chain, &mut written, (number, &**projection), key, &view)
                        .await?;
                }
            }
        }
        let writes = written.into_iter().map(|it| {
            let at = At { row: Some(it.row.clone()), position: last };
            let projection = self.0[it.slot.0].table().name.clone();
            chain.0.insert(it.slot, at);
            let read = Some(it.read);
            RowWrite { projection, key: it.key, row: it.row, read, position: None }
        });
        Ok(writes.collect())
    }
}

/// The version that the append's event at `index` is about to get.
fn next_version(expected: Expected, index: usize) -> Result<Version, Unfolded> {
    let before = match expected {
        Expected::Exactly(version) => version.0,
        Expected::Empty => 0,
        Expected::Any | Expected::Exists => {
            let why = "an immediate projection reads the event, so the append must say which \
                       version it expects";
            return Err(Unfolded::Refused(Refusal::Unstorable(why.to_owned())));
        }
    };
    Ok(Version(before + 1 + index as u64))
}

async fn fold_one(
    store: &dyn Store,
    chain: &mut Chain,
    written: &mut Vec<Written>,
    (number, projection): (usize, &dyn Projection),
    key: Cell,
    view: &EventView<'_>,
) -> Result<(), Unfolded> {
    let slot = (number, format!("{key:?}"));
    if let Some(own) = written.iter_mut().find(|own| own.slot == slot) {
        own.row = projection.fold(&key, Some(&own.row), view)?;
        return Ok(());
    }
    if !chain.0.contains_key(&slot) {
        let name = &projection.table().name;
        let found = store.row(name, &key).await.map_err(Unfolded::Store)?;
        let (row, position) = found.map_or((None, Position(0)), |(row, at)| (Some(row), at));
        chain.0.insert(slot.clone(), At { row, position });
    }
    let at = &chain.0[&slot];
    let row = projection.fold(&key, at.row.as_ref(), view)?;
    let read = at.position;
    written.push(Written { slot, key, read, row });
    Ok(())
}
