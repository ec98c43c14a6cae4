//! The decider's seam: erased, so that interpreted and typed deciders plug into it alike.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::{EventType, Failure, Metadata, StreamId, Timestamp, Version};

/// The state of one aggregate instance, known only to its decider.
#[derive(Clone)]
pub struct State(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

/// A command as it is decided.
#[derive(Clone, Debug)]
pub struct Command {
    /// Whom it is for.
    pub stream: StreamId,
    /// Its name.
    pub name: Arc<str>,
    /// JSON of the input's fields; an empty slice means `{}`.
    pub input: Arc<[u8]>,
    /// What makes it idempotent.
    pub command_id: Uuid,
    /// When it is decided; the time of its events.
    pub time: Timestamp,
    /// Its causes; `command_id` in here is that of this command.
    pub metadata: Metadata,
}

/// A command that a saga or a reaction wants sent: the part of it that logic knows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CommandSpec {
    /// Whom it is for.
    pub stream: StreamId,
    /// Its name.
    pub name: Arc<str>,
    /// The input's fields.
    pub input: serde_json::Value,
}

/// What an aggregate says to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These happen, in order, together.
    Events(Vec<DecidedEvent>),
    /// Nothing happens, and that is a success.
    Ignored,
    /// A business "no".
    Rejected(Rejected),
}

/// An event without its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedEvent {
    /// Name and latest version.
    pub type_: EventType,
    /// JSON of its fields.
    pub data: Arc<[u8]>,
}

/// A business "no", by name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rejected {
    /// The rejection's name; `NotAllowed` where `when` was false.
    pub name: Arc<str>,
    /// The condition that spoke.
    pub condition: Arc<str>,
}

/// One aggregate's behaviour: pure, and total over what the store may hold.
pub trait Decider: Send + Sync {
    /// The aggregate's name.
    fn aggregate(&self) -> &str;

    /// The id in canonical form (uuid lower case, text NFC, at most 256 bytes).
    ///
    /// # Errors
    /// [`Failure::Invalid`] where it is no id of this aggregate.
    fn canonical_id(&self, id: &str) -> Result<Arc<str>, Failure>;

    /// The state before the first event.
    fn initial(&self, id: &str) -> State;

    /// The input read against the command's type and written in canonical form, for comparing
    /// requests under one command id: what its sender said and nothing more, so that a request is
    /// the same one after its type got another optional field.
    ///
    /// # Errors
    /// [`Failure::Unknown`] for the command, [`Failure::Invalid`] for its input.
    fn canonical_input(&self, command: &str, input: &[u8]) -> Result<Arc<[u8]>, Failure>;

    /// Judges a command.
    ///
    /// # Errors
    /// As [`Decider::canonical_input`], and [`Failure::Evaluation`].
    fn decide(&self, state: &State, command: &Command) -> Result<Decision, Failure>;

    /// The state after an event of any stored version; upcasts it first.
    ///
    /// # Errors
    /// [`Failure::Evaluation`] and [`Failure::Decoding`].
    fn evolve(&self, state: &State, event: &EventView<'_>) -> Result<State, Failure>;

    /// JSON of the state, for snapshots and for people.
    fn encode(&self, state: &State) -> Vec<u8>;

    /// Reads what [`Decider::encode`] wrote under the same fingerprint.
    ///
    /// # Errors
    /// [`Failure::Decoding`].
    fn decode(&self, id: &str, bytes: &[u8]) -> Result<State, Failure>;

    /// A hash of the definition: a snapshot with another one is stale.
    fn fingerprint(&self) -> &str;

    /// Events between snapshots; `None`: no snapshots.
    fn snapshot_every(&self) -> Option<u64>;

    /// Whether the command is on the outside API; `Err` names who sends it instead.
    ///
    /// # Errors
    /// The sagas and reactions that send it, sorted.
    fn public(&self, command: &str) -> Result<(), Vec<Arc<str>>>;
}

/// An event as pure logic sees it: recorded already, or about to be (then without a position).
#[derive(Clone, Copy, Debug)]
pub struct EventView<'a> {
    /// The event's id.
    pub id: Uuid,
    /// Whose stream.
    pub stream: &'a StreamId,
    /// The place in the stream.
    pub version: Version,
    /// The place in the log, once it has one.
    pub position: Option<crate::Position>,
    /// Name and stored version.
    pub type_: &'a EventType,
    /// When its command was decided.
    pub time: Timestamp,
    /// JSON as stored.
    pub data: &'a [u8],
    /// Its causes.
    pub metadata: &'a Metadata,
}

impl<'a> From<&'a crate::RecordedEvent> for EventView<'a> {
    fn from(e: &'a crate::RecordedEvent) -> Self {
        let position = Some(e.position);
        Self::of(&e.event, &e.stream, e.version, position)
    }
}

impl<'a> EventView<'a> {
    /// The view of an event that is about to take that version of that stream.
    pub fn of(
        event: &'a crate::NewEvent,
        stream: &'a StreamId,
        version: Version,
        position: Option<crate::Position>,
    ) -> Self {
        Self {
            id: event.id,
            stream,
            version,
            position,
            type_: &event.type_,
            time: event.time,
            data: &event.data,
            metadata: &event.metadata,
        }
    }
}
