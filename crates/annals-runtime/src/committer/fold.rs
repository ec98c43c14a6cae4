//! Folding immediate projections: rows are read from the store unless an earlier unit of the batch
//! writes them, or the batches before have left them.
//!
//! A chained row expects the position that its predecessor is about to get, counted from where the
//! log ends before the batch ([`Unit::rows_on`]): so another process may append in between. It can
//! only be wrong where earlier units are refused, and then it is higher than any unit before it can
//! get: nobody else's row is taken for the predecessor's, the unit is refused as stale and folded
//! again. This rests on one engine writing rows.
//!
//! Rows that are kept from batch to batch rest on it too: each says at which position it was
//! changed last, and the store compares. They are let go with the first batch that isn't committed
//! whole, at the positions that were predicted. A crash leaves nothing of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, Row, Version};

use crate::ports::{Expected, Refusal, RowWrite, Store, StoreError, Unit};
use crate::{failpoint, rows};

/// The immediate projections.
pub(super) struct Folder(Vec<Arc<dyn Projection>>);

/// Why a unit has no rows.
pub(super) enum Unfolded {
    /// It is refused, alone.
    Refused(Refusal),
    /// It can't be folded on a row as an earlier unit of the batch is about to leave it. Whether
    /// that unit is committed is the store's to say: it is folded again behind it.
    Predicted(Failure),
}

impl From<Failure> for Unfolded {
    fn from(failure: Failure) -> Self {
        Self::Refused(Refusal::Unfoldable(failure))
    }
}

/// Bytes of rows that are kept from batch to batch; with more of them it begins anew.
const KEPT: usize = 16 << 20;

/// A row as it will be once the units so far are committed.
struct At {
    row: Option<Row>,
    position: Position,
    /// The batch that is about to leave it so, 0 where it was read.
    batch: u64,
}

impl At {
    fn size(&self) -> usize {
        let text = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Json(text) => text.len(),
            _ => 0,
        };
        self.row.iter().flatten().map(text).sum()
    }
}

/// The rows that batches have read and written so far, by projection and key.
pub(super) struct Chain {
    /// The batch under way, from 1.
    batch: u64,
    rows: HashMap<(usize, String), At>,
    /// About how many bytes they are.
    bytes: usize,
}

impl Default for Chain {
    fn default() -> Self {
        Self { batch: 1, rows: HashMap::new(), bytes: 0 }
    }
}

impl Chain {
    fn put(&mut self, slot: (usize, String), at: At) {
        const ENTRY: usize = 200;
        self.bytes += at.size();
        match self.rows.entry(slot) {
            Entry::Occupied(mut before) => self.bytes -= before.insert(at).size(),
            Entry::Vacant(none) => {
                self.bytes += ENTRY + none.key().1.len();
                none.insert(at);
            }
        }
    }

    /// What the next batch may begin with.
    pub(super) fn kept(self) -> Self {
        if self.bytes > KEPT { Self::default() } else { Self { batch: self.batch + 1, ..self } }
    }
}

/// Rows of one unit under way: where they are in the chain, their key, what was read, whether an
/// earlier unit of the batch is about to leave that, and what is new.
struct Written {
    slot: (usize, String),
    key: Cell,
    read: Position,
    left: bool,
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

    /// Reads the rows that units change and that aren't in the chain, those of a projection in one
    /// go.
    pub(super) async fn read(
        &self,
        store: &dyn Store,
        chain: &mut Chain,
        units: &[&Unit],
    ) -> Result<(), StoreError> {
        for (number, projection) in self.0.iter().enumerate() {
            // What can't be asked for is told when it is folded.
            let views = units.iter().flat_map(|unit| views(projection.reads(), unit)).flatten();
            let keys = views.filter_map(|view| projection.key(&view).ok());
            let keys = keys.filter(|key| !chain.rows.contains_key(&(number, rows::slot(key))));
            let keys: Vec<Cell> = keys.collect();
            if keys.is_empty() {
                continue;
            }
            failpoint!("fold.before-rows", |error| return Err(error));
            let name = &projection.table().name;
            for (slot, (_, found)) in rows::stored(store, name, keys.into_iter()).await? {
                let (row, position) =
                    found.map_or((None, Position(0)), |(row, at)| (Some(row), at));
                chain.put((number, slot), At { row, position, batch: 0 });
            }
        }
        Ok(())
    }

    /// The rows that a unit writes, if its last event gets the position `last`, and whether one is
    /// folded on what an earlier unit is about to leave. The chain has read what the unit changes.
    pub(super) fn fold(
        &self,
        chain: &mut Chain,
        unit: &Unit,
        last: Position,
    ) -> Result<(Vec<RowWrite>, bool), Unfolded> {
        let mut written: Vec<Written> = Vec::new();
        for (number, projection) in self.0.iter().enumerate() {
            for view in views(projection.reads(), unit) {
                let view = view?;
                let key = projection.key(&view)?;
                let slot = (number, rows::slot(&key));
                let own = written.iter_mut().find(|own| own.slot == slot);
                let at = chain.rows.get(&slot).ok_or_else(rows::other_key)?;
                let left = at.batch == chain.batch;
                let row = own.as_ref().map_or(at.row.as_ref(), |own| Some(&own.row));
                let row = projection.fold(&key, row, &view).map_err(|failure| match left {
                    true => Unfolded::Predicted(failure),
                    false => failure.into(),
                })?;
                match own {
                    Some(own) => own.row = row,
                    None => written.push(Written { slot, key, read: at.position, left, row }),
                }
            }
        }
        let chained = written.iter().any(|it| it.left);
        let writes = written.into_iter().map(|it| {
            let at = At { row: Some(it.row.clone()), position: last, batch: chain.batch };
            let projection = self.0[it.slot.0].table().name.clone();
            chain.put(it.slot, at);
            let read = Some(it.read);
            RowWrite { projection, key: it.key, row: it.row, read, position: None }
        });
        Ok((writes.collect(), chained))
    }
}

/// The unit's events that a projection reads, as it sees them.
fn views<'u>(
    reads: &'u [Arc<str>],
    unit: &'u Unit,
) -> impl Iterator<Item = Result<EventView<'u>, Unfolded>> {
    let appends = unit.appends.iter().filter(|append| !append.stream.is_history());
    appends.flat_map(move |append| {
        let events = append.events.iter().enumerate();
        let events = events.filter(|(_, event)| reads.contains(&event.type_.name));
        events.map(move |(index, event)| {
            let version = next_version(append.expected, index)?;
            Ok(EventView::of(event, &append.stream, version, None))
        })
    })
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
