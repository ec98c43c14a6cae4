//! A unit of work as data: all of it is committed, or none.

use std::sync::Arc;

use annals_core::{Cell, NewEvent, Position, Row, StreamId, Timestamp, Version};
use uuid::Uuid;

use super::{Letter, LetterId, Retry, SagaRow, Timer};

/// What a store commits. Empty lists cost nothing. Everything in it is committed together or
/// refused together; units of one call are judged one after the other, each alone, in the order
/// given, and a later one sees what an earlier one wrote.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Events, stream by stream.
    pub appends: Vec<Append>,
    /// What the log must not hold; else [`Refusal::Matched`].
    pub condition: Option<Condition>,
    /// The outcome of the command that caused it; refused as [`Refusal::Duplicate`] where there is
    /// one.
    pub outcome: Option<OutcomeWrite>,
    /// Rows of projections.
    pub rows: Vec<RowWrite>,
    /// Where the log ends before this call, as its caller believes: said where a row was folded on
    /// one that an earlier unit of the call is about to leave. The position beyond it that such a
    /// row was read with is counted from where the log does end.
    pub rows_on: Option<Position>,
    /// How far a consumer's effects are committed.
    pub checkpoint: Option<CheckpointWrite>,
    /// A consumer's table is emptied before the rows are written (the start of a rebuild); its
    /// letters and retries go too.
    pub reset: Option<Arc<str>>,
    /// State rows of sagas.
    pub sagas: Vec<SagaRow>,
    /// Letters written, by id.
    pub letters: Vec<Letter>,
    /// Attempts under way that a crash must not forget; written by (consumer, position).
    pub retries: Vec<Retry>,
    /// Retries that are over.
    pub retries_done: Vec<(Arc<str>, Position)>,
    /// Timers set, by (consumer, position).
    pub timers: Vec<Timer>,
    /// Timers fired or called off.
    pub timers_done: Vec<(Arc<str>, Position)>,
    /// Requests of other processes that are answered by this unit.
    pub requests_done: Vec<u64>,
}

/// Events for one stream.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// What the stream's version must be.
    pub expected: Expected,
    /// The events, in order; at least one.
    pub events: Vec<NewEvent>,
}

/// What a writer believes about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// It has no event.
    Empty,
    /// It has at least one.
    Exists,
    /// It is at exactly this version.
    Exactly(Version),
}

/// A consistency boundary over several streams (a dynamic one): whoever decided by what a query
/// gave up to a position commits only where nothing that matches it came since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// No event may match one of these;
    pub none_of: Vec<Criterion>,
    /// but those up to here, which the writer has seen.
    pub after: Position,
}

/// What an event matches that has one of the names and all of the tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criterion {
    /// One of these names, of any version; empty: any.
    pub names: Vec<Arc<str>>,
    /// All of these tags; empty: whatever it carries.
    pub tags: Vec<Arc<str>>,
}

impl Criterion {
    /// Whether an event matches.
    pub fn matches(&self, event: &NewEvent) -> bool {
        (self.names.is_empty() || self.names.contains(&event.type_.name))
            && self.tags.iter().all(|tag| event.tags.contains(tag))
    }
}

/// The record that makes a command idempotent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeWrite {
    /// Whom the command was for.
    pub stream: StreamId,
    /// Its id.
    pub command_id: Uuid,
    /// Its name.
    pub command: Arc<str>,
    /// What it belongs to.
    pub correlation_id: Uuid,
    /// When it was decided.
    pub time: Timestamp,
    /// SHA-256 of the command's name and its canonical input.
    pub request_hash: [u8; 32],
    /// JSON of the answer, less the positions, which are in the events.
    pub outcome: Arc<[u8]>,
}

/// One row of a projection, whole.
#[derive(Clone, Debug)]
pub struct RowWrite {
    /// The projection.
    pub projection: Arc<str>,
    /// The key's cell.
    pub key: Cell,
    /// All cells.
    pub row: Row,
    /// Position that last changed the row when it was read, 0 where there was none; another one at
    /// commit refuses the unit as [`Refusal::StaleRow`] (beyond [`Unit::rows_on`] see there).
    /// `None`: not checked (the projection's own consumer, whose checkpoint fences it).
    pub read: Option<Position>,
    /// The position that changes it; `None`: that of the unit's last appended event.
    pub position: Option<Position>,
}

impl Unit {
    /// The position that a row which was read with that one must have, where the log ends there
    /// before the call.
    pub fn read_at(&self, read: Position, head: Position) -> Position {
        match self.rows_on {
            Some(on) if read > on => Position(head.0.saturating_add(read.0 - on.0)),
            _ => read,
        }
    }
}

impl RowWrite {
    /// Whether another write is of the same row.
    pub fn same_row(&self, other: &Self) -> bool {
        self.projection == other.projection && self.key == other.key
    }
}

/// A consumer's progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointWrite {
    /// The consumer.
    pub consumer: Arc<str>,
    /// What it must be now (0 where there is none); else [`Refusal::StaleCheckpoint`]: another
    /// process has taken over.
    pub expected: Position,
    /// What it becomes.
    pub position: Position,
    /// Hash of the consumer's definition.
    pub fingerprint: Arc<str>,
}

/// What a store says of a unit that it committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// For each append of the unit: position and version of its first event.
    pub appends: Vec<(Position, Version)>,
}

/// Why a unit was not committed. Nothing of it is in the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A stream is not where the writer believed it.
    Conflict {
        /// The stream.
        stream: StreamId,
        /// Its version.
        actual: Version,
    },
    /// An event matches the unit's condition.
    Matched {
        /// The first such event after the condition's position.
        position: Position,
    },
    /// The command has an outcome already.
    Duplicate(Box<OutcomeWrite>),
    /// A row has changed since it was read.
    StaleRow {
        /// The projection.
        projection: Arc<str>,
        /// The key.
        key: Cell,
    },
    /// A consumer's checkpoint is elsewhere.
    StaleCheckpoint {
        /// The consumer.
        consumer: Arc<str>,
        /// Where it is.
        actual: Position,
    },
    /// The store can't take it (a value too large, text that it can't hold).
    Unstorable(String),
    /// An immediate projection can't fold its events. Said by the committer, never by a store.
    Unfoldable(annals_core::Failure),
}

/// A snapshot, written beside the log at leisure: losing one costs time, never truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream.
    pub stream: StreamId,
    /// The version that it includes.
    pub version: Version,
    /// Hash of the aggregate's definition.
    pub fingerprint: Arc<str>,
    /// JSON of the state.
    pub state: Arc<[u8]>,
}

/// A request that another process left for the running engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Try a failed letter again, and those behind it.
    Redrive(LetterId),
    /// Give a failed letter up, for a reason.
    Discard {
        /// The letter.
        letter: LetterId,
        /// Why.
        reason: Arc<str>,
        /// Since when.
        at: Timestamp,
    },
}
