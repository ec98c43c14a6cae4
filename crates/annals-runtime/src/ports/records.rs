//! What stores keep beside events and rows.

use std::sync::Arc;

use annals_core::{Position, StreamId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A consumer's progress, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Effects of all events up to here are committed or recorded as letters, retries or timers.
    pub position: Position,
    /// Hash of the consumer's definition that they were made with.
    pub fingerprint: Arc<str>,
}

/// An event that is being tried again, so that a crash forgets neither it nor its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The consumer.
    pub consumer: Arc<str>,
    /// The event.
    pub position: Position,
    /// Failed attempts so far; 0: it waits behind an earlier one of its key.
    pub attempts: u32,
    /// When to try next.
    pub due: Timestamp,
    /// What the last attempt said.
    pub reason: Arc<str>,
}

/// A durable wait of a reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The reaction.
    pub consumer: Arc<str>,
    /// The event that waits.
    pub position: Position,
    /// Its stream, by which later events call it off.
    pub stream: StreamId,
    /// When it fires.
    pub due: Timestamp,
}

/// The number of a letter: of the event's position and its consumer there is one letter at most.
pub type LetterId = u64;

/// Where a letter is in its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterStatus {
    /// Given up on: a dead letter.
    Failed,
    /// Parked behind a failed one of its key; not a dead letter.
    Blocked,
    /// Redriven with success.
    Redriven,
    /// Given up for a reason, by a person.
    Discarded,
}

/// An event that a consumer gave up on, or that is parked behind such a one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number, from 1, given by the writer (the consumer's next).
    pub id: LetterId,
    /// The consumer.
    pub consumer: Arc<str>,
    /// What is parked in order: the aggregate instance, or the saga's instance.
    pub key: Arc<str>,
    /// The event's place in the log.
    pub position: Position,
    /// The event's id.
    pub event_id: Uuid,
    /// The event's type as stored.
    pub event_type: Arc<str>,
    /// Where it is in its story.
    pub status: LetterStatus,
    /// Attempts in all.
    pub attempts: u32,
    /// What the last attempt said, or which event it is behind.
    pub reason: Arc<str>,
    /// How it was resolved: `redriven`, or why it was discarded. `None`: it isn't.
    pub resolution: Option<Arc<str>>,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// When its status changed last.
    pub changed_at: Timestamp,
}

/// The cached state of one saga instance; its truth is the history in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SagaRow {
    /// The saga.
    pub saga: Arc<str>,
    /// The instance's key.
    pub key: Arc<str>,
    /// `running`, `compensating`, `completed`, `failed`, `stuck`.
    pub status: Arc<str>,
    /// What failed or is stuck; empty otherwise.
    pub failure: Arc<str>,
    /// True while it has something left to do (a command unanswered, a timer running).
    pub open: bool,
    /// The next deadline.
    pub due: Option<Timestamp>,
    /// Version of its history stream.
    pub version: annals_core::Version,
    /// Hash of the saga's definition.
    pub fingerprint: Arc<str>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it changed last.
    pub changed_at: Timestamp,
    /// JSON of the machine's state.
    pub state: Arc<[u8]>,
}
