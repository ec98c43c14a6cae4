//! Why a system doesn't start on a store: what, where, why, and what to do.

use std::fmt;
use std::sync::Arc;

use annals_core::{EventType, Failure, Position, StreamId};

use crate::ports::StoreError;

/// Why a runtime didn't open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The store failed, or belongs to another model or process.
    Store(StoreError),
    /// The store holds what the system doesn't fit. All that was found.
    Refused(Vec<Mismatch>),
    /// An immediate projection can't be brought up to the log.
    Unfoldable {
        /// The projection.
        projection: Arc<str>,
        /// The event that it can't fold.
        position: Position,
        /// What its logic said.
        failure: Failure,
    },
}

/// Something in a store that a system doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The store is another model's.
    OtherSystem {
        /// The model that it belongs to.
        stored: String,
        /// The model that was to run.
        given: String,
    },
    /// Events of a version are stored whose fields the model has changed.
    ChangedEvent {
        /// The event version.
        type_: EventType,
        /// Where the first one is.
        position: Position,
        /// Their fields.
        stored: String,
        /// What the model says now.
        given: String,
        /// The next version with its upcaster, to paste.
        block: String,
    },
    /// Events are stored that the model hasn't.
    UnknownEvent {
        /// The event version.
        type_: EventType,
        /// Where the first one is.
        position: Position,
        /// Whose it is.
        stream: StreamId,
    },
    /// Streams of an aggregate are stored that the model hasn't, or calls something else now.
    UnknownAggregate {
        /// The aggregate.
        name: Arc<str>,
        /// Where the first of its events is.
        position: Position,
    },
    /// Instances of a saga are under way that began with another definition.
    OpenSagas {
        /// The saga.
        saga: Arc<str>,
        /// Whether the model has it no more.
        removed: bool,
        /// How many.
        open: usize,
        /// The keys of the first few.
        keys: Vec<Arc<str>>,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Refused(found) => {
                for (index, mismatch) in found.iter().enumerate() {
                    let gap = if index == 0 { "" } else { "\n\n" };
                    write!(f, "{gap}{mismatch}")?;
                }
                Ok(())
            }
            Self::Unfoldable { projection, position, failure } => write!(
                f,
                "the immediate projection {projection} can't fold the event at position {}: \
                 {failure}. Its rows must equal the whole log before commands are taken: let its \
                 expressions cover this event, or make it `update: eventual`, which parks what it \
                 can't fold.",
                position.0
            ),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSystem { stored, given } => write!(
                f,
                "the store belongs to the system {stored}, and this is {given}: its events mean \
                 something else. Name another store, or set the model's name back to {stored}."
            ),
            Self::ChangedEvent { type_, position, stored, given, block } => write!(
                f,
                "{type_} is stored (the first is at position {} of the log) with the fields\n  \
                 {stored}\nand the model says\n  {given}\nWhat is stored never changes: leave \
                 this version as it was, and write what is new as the next one:\n\n{block}",
                position.0
            ),
            Self::UnknownEvent { type_, position, stream } => write!(
                f,
                "{type_} is stored (the first is at position {} of the log, of {stream}), and the \
                 model hasn't got it: the stream can't be read without. Bring the event or its \
                 version back; what nobody emits any more may stay in the model.",
                position.0
            ),
            Self::UnknownAggregate { name, position } => write!(
                f,
                "streams of the aggregate {name} are stored (the first event is at position {} of \
                 the log), and the model hasn't got it: under another name they would begin anew. \
                 Give it its name back; one that nobody commands any more may stay in the model.",
                position.0
            ),
            Self::OpenSagas { saga, removed, open, keys } => {
                let how = if *removed { "is not in the model any more" } else { "has changed" };
                let more = if *open > keys.len() { ", …" } else { "" };
                write!(
                    f,
                    "the saga {saga} {how}, and instances that began with its former steps are \
                     under way ({open}: {}{more}). Run the former model until they have ended: \
                     `annals sagas list --status running` shows which are left.",
                    keys.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
