//! What goes into the command path and what comes out of it.

use std::fmt;
use std::sync::Arc;

use annals_core::{Failure, Position, RecordedEvent, Rejected, StreamId, Version};
use uuid::Uuid;

use crate::ports::StoreError;

/// A command as it arrives.
#[derive(Clone, Debug)]
pub struct CommandRequest {
    /// The aggregate's name.
    pub aggregate: Arc<str>,
    /// The instance's id, in any form that the aggregate reads.
    pub id: Arc<str>,
    /// The command's name.
    pub command: Arc<str>,
    /// JSON of its input; empty: `{}`.
    pub input: Arc<[u8]>,
    /// What makes it idempotent; one is made where there is none.
    pub command_id: Option<Uuid>,
    /// What the stream's version must be.
    pub if_version: Option<IfVersion>,
    /// What it belongs to; one is made where there is none.
    pub correlation_id: Option<Uuid>,
    /// The event that caused it.
    pub causation_id: Option<Uuid>,
    /// Who asks.
    pub actor: Option<Arc<str>>,
    /// W3C trace context.
    pub traceparent: Option<Arc<str>>,
    /// Whether it comes from outside: then it must be public.
    pub outside: bool,
}

impl CommandRequest {
    /// A command from inside with neither id nor causes.
    pub fn new(
        aggregate: impl Into<Arc<str>>,
        id: impl Into<Arc<str>>,
        command: impl Into<Arc<str>>,
        input: impl Into<Arc<[u8]>>,
    ) -> Self {
        Self {
            aggregate: aggregate.into(),
            id: id.into(),
            command: command.into(),
            input: input.into(),
            command_id: None,
            if_version: None,
            correlation_id: None,
            causation_id: None,
            actor: None,
            traceparent: None,
            outside: false,
        }
    }
}

/// What a caller asks of the stream's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfVersion {
    /// There is an event.
    Exists,
    /// It is one of these; of none it never is.
    OneOf(Vec<Version>),
}

impl IfVersion {
    /// Whether a stream at this version is as asked.
    pub fn is_met(&self, actual: Version) -> bool {
        match self {
            Self::Exists => actual > Version(0),
            Self::OneOf(versions) => versions.contains(&actual),
        }
    }
}

impl fmt::Display for IfVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("1 or above"),
            Self::OneOf(versions) if versions.is_empty() => f.write_str("one that was named"),
            Self::OneOf(versions) => {
                let all: Vec<String> = versions.iter().map(|it| it.0.to_string()).collect();
                f.write_str(&all.join(" or "))
            }
        }
    }
}

/// The answer to a command, the same however often it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the aggregate said.
    pub outcome: Outcome,
    /// What happened; empty unless accepted.
    pub events: Vec<RecordedEvent>,
    /// The stream's version after it.
    pub version: Version,
    /// Whoever has seen the log up to here has seen all that the answer rests on.
    pub position: Position,
    /// The command's id, given or made.
    pub command_id: Uuid,
    /// What the command, and all that follows from it, belongs to.
    pub correlation_id: Uuid,
    /// Whom it was for, canonical.
    pub stream: StreamId,
    /// Whether this is the first answer again.
    pub repeated: bool,
}

/// What an aggregate said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Events happened.
    Accepted,
    /// Nothing had to happen.
    Ignored,
    /// A business "no".
    Rejected(Rejected),
}

/// Why a command has no answer. Nothing is recorded, but for [`CommandError::Store`], where it may
/// have been: ask again under the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// Unknown, invalid, or its evaluation failed.
    Failure(Failure),
    /// It isn't on the outside API.
    NotPublic {
        /// The sagas and reactions that send it.
        sent_by: Vec<Arc<str>>,
    },
    /// The stream is not at a version that the caller named.
    VersionMismatch {
        /// What the caller named.
        expected: IfVersion,
        /// Where it is.
        actual: Version,
    },
    /// Another request has this id.
    IdReused {
        /// Whether that one was rejected: then nothing happened under the id.
        rejected: bool,
    },
    /// Other writers were faster, eight times.
    Conflict,
    /// Too many commands wait already.
    Busy,
    /// The store failed.
    Store(StoreError),
    /// The runtime is shutting down.
    Closing,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => failure.fmt(f),
            Self::NotPublic { sent_by } => {
                write!(f, "it is not public; it is sent by {}", sent_by.join(", "))
            }
            Self::VersionMismatch { expected, actual } => {
                write!(f, "the stream is at version {}, not at {expected}", actual.0)
            }
            Self::IdReused { .. } => {
                f.write_str("another request has this command id; take a new one")
            }
            Self::Conflict => f.write_str("other writers were faster, 8 times; try again"),
            Self::Busy => f.write_str("too many commands wait already; try again in a moment"),
            Self::Store(error) => error.fmt(f),
            Self::Closing => f.write_str("the runtime is shutting down"),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
