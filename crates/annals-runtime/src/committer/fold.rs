//! Folding immediate projections for one batch: rows are read from the store unless an earlier unit
//! of the batch writes them.
//!
//! A chained row expects the position that its predecessor is about to get. This rests on one
//! engine writing rows: then the prediction is wrong only where an earlier unit of the batch is
//! refused or another process has appended in between, and no row can be at the predicted position
//! by another's hand. So a wrong prediction refuses the unit as stale, and it is folded again.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, Row, Version};

use crate::failpoint;
use crate::ports::{Expected, Refusal, RowWrite, Store, StoreError, Unit};

/// The immediate projections.
pub(super) struct Folder(Vec<Arc<dyn Projection>>);

/// Why a unit has no rows.
pub(super) enum Unfolded {
    /// It is refused, alone.
    Refused(Refusal),
    /// It can't be folded on a row as an earlier unit of the batch is about to leave it. Whether
    /// that unit is committed is the store's to say: it is folded again behind it.
    Predicted(Failure),
    /// A row can't be read.
    Store(StoreError),
}

impl From<Failure> for Unfolded {
    fn from(failure: Failure) -> Self {
        Self::Refused(Refusal::Unfoldable(failure))
    }
}

/// What a failed fold on a row means that was read at a position.
fn failed_on(read: Position, head: Position, failure: Failure) -> Unfolded {
    if read > head { Unfolded::Predicted(failure) } else { failure.into() }
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

    /// Whether nothing is folded here.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a projection is folded here.
    pub(super) fn folds(&self, projection: &str) -> bool {
        self.0.iter().any(|it| *it.table().name == *projection)
    }

    /// The rows that a unit writes, if its last event gets the position `last`; `head` is where the
    /// log ends before the batch.
    pub(super) async fn fold(
        &self,
        store: &dyn Store,
        chain: &mut Chain,
        unit: &Unit,
        (head, last): (Position, Position),
    ) -> Result<Vec<RowWrite>, Unfolded> {
        let mut written: Vec<Written> = Vec::new();
        for append in unit.appends.iter().filter(|append| !append.stream.is_history()) {
            for (index, event) in append.events.iter().enumerate() {
                for (number, projection) in self.0.iter().enumerate() {
                    if !projection.reads().contains(&event.type_.name) {
                        continue;
                    }
                    let version = next_version(append.expected, index)?;
                    let view = EventView::of(event, &append.stream, version, None);
                    let key = projection.key(&view)?;
                    let one = One { slot: (number, format!("{key:?}")), projection, key };
                    one.fold(store, chain, &mut written, head, &view).await?;
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

/// One row that a unit changes.
struct One<'p> {
    slot: (usize, String),
    projection: &'p Arc<dyn Projection>,
    key: Cell,
}

impl One<'_> {
    async fn fold(
        self,
        store: &dyn Store,
        chain: &mut Chain,
        written: &mut Vec<Written>,
        head: Position,
        view: &EventView<'_>,
    ) -> Result<(), Unfolded> {
        let Self { slot, projection, key } = self;
        if let Some(own) = written.iter_mut().find(|own| own.slot == slot) {
            let row = projection.fold(&key, Some(&own.row), view);
            own.row = row.map_err(|failure| failed_on(own.read, head, failure))?;
            return Ok(());
        }
        if !chain.0.contains_key(&slot) {
            failpoint!("fold.before-row", |error| return Err(Unfolded::Store(error)));
            let name = &projection.table().name;
            let found = store.row(name, &key).await.map_err(Unfolded::Store)?;
            let (row, position) = found.map_or((None, Position(0)), |(row, at)| (Some(row), at));
            chain.0.insert(slot.clone(), At { row, position });
        }
        let At { row, position: read } = &chain.0[&slot];
        let row = projection.fold(&key, row.as_ref(), view);
        let row = row.map_err(|failure| failed_on(*read, head, failure))?;
        written.push(Written { slot, key, read: *read, row });
        Ok(())
    }
}
