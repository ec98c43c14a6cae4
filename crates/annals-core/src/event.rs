//! Events, streams and their places in the log.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// The place of an event in its log, 1..n without a hole; 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

/// The place of an event in its stream, 1..n without a hole; 0 is the empty stream.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

/// One aggregate instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    /// The aggregate's name; `saga-NAME` for a saga's history.
    pub aggregate: Arc<str>,
    /// The instance's id in canonical form (uuid lower case, text NFC).
    pub id: Arc<str>,
}

impl StreamId {
    /// The stream of `id` among those of `aggregate`.
    pub fn new(aggregate: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self { aggregate: aggregate.into(), id: id.into() }
    }

    /// The history of a saga's instance.
    pub fn history_of(saga: &str, key: impl Into<Arc<str>>) -> Self {
        Self::new(format!("saga-{saga}"), key)
    }

    /// Whether it is a saga's history. Its events are no facts of the model, whatever their names.
    pub fn is_history(&self) -> bool {
        self.aggregate.starts_with("saga-")
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.id)
    }
}

/// An event's name and schema version, written `OrderCreated.v2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType {
    /// The event's name.
    pub name: Arc<str>,
    /// The schema version, from 1.
    pub version: u32,
}

impl EventType {
    /// The type of that name and version.
    pub fn new(name: impl Into<Arc<str>>, version: u32) -> Self {
        Self { name: name.into(), version }
    }

    /// Reads `OrderCreated.v2`; `None` where it is not of that form.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = text.rsplit_once(".v")?;
        let canonical = !name.is_empty() && !version.starts_with(['0', '+']);
        canonical.then(|| version.parse().ok().map(|version| Self::new(name, version))).flatten()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.v{}", self.name, self.version)
    }
}

impl Serialize for EventType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("'{text}' is no event type such as OrderCreated.v2"))
        })
    }
}

/// Who and what caused an event or a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Shared by all that one outside request set off.
    pub correlation_id: Uuid,
    /// The command or event that caused this one.
    pub causation_id: Option<Uuid>,
    /// The command that this event answers.
    pub command_id: Option<Uuid>,
    /// Who asked for it.
    pub actor: Option<Arc<str>>,
    /// W3C trace context.
    pub traceparent: Option<Arc<str>>,
}

/// An event that is about to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// UUIDv7.
    pub id: Uuid,
    /// Name and schema version.
    pub type_: EventType,
    /// When its command was decided.
    pub time: Timestamp,
    /// JSON of the version's fields.
    pub data: Arc<[u8]>,
    /// Its causes.
    pub metadata: Metadata,
    /// What it is about beside its stream, `customer:7`: conditions and queries find it by them.
    /// In the order given, none twice.
    pub tags: Arc<[Arc<str>]>,
}

/// An event in the log. Immutable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The place in the log.
    pub position: Position,
    /// Whose stream.
    pub stream: StreamId,
    /// The place in the stream.
    pub version: Version,
    /// What was appended.
    pub event: NewEvent,
}
