//! A case, as data.

use std::sync::Arc;

use annals_core::{Cell, EventType, StreamId};
use serde_json::{Map, Value};

use super::names::Names;

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: Arc<str>,
    /// The short names that it writes for uuids.
    pub(super) names: Names,
    pub(super) given: Vec<(StreamId, Vec<Fact>)>,
    pub(super) when: Vec<Step>,
    pub(super) then: Vec<Expectation>,
}

/// An event that is given or expected; of an expected one only what is written is compared. Values
/// are in the form that stored events have.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) type_: EventType,
    /// Whether the version is written (`OrderCreated.v1`).
    pub(super) versioned: bool,
    pub(super) data: Map<String, Value>,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A command.
    Command(Box<Asked>),
    /// Everything settles, then time passes, and what that causes settles too.
    Advance { by_us: i64 },
    /// Everything settles, then the events of this name are delivered a second time.
    Redeliver { event: Arc<str> },
}

/// A command that is sent.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) stream: StreamId,
    pub(super) command: Arc<str>,
    pub(super) input: Value,
    pub(super) place: String,
    /// The `rejected:` behind it; `None`: it has to be accepted.
    pub(super) rejected: Option<Rejection>,
}

/// A rejection that is expected, by its name.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    pub(super) name: Arc<str>,
    pub(super) place: String,
}

/// What is expected.
#[derive(Clone, Debug)]
pub(super) enum Expectation {
    /// The events of a stream.
    Stream { stream: StreamId, facts: Vec<Fact>, place: String },
    /// The status of a saga's instance; `None`: there is none.
    Saga { saga: Arc<str>, key: Arc<str>, status: Option<String>, place: String },
    /// A row of a projection; `None`: there is none.
    Row { projection: Arc<str>, key: Cell, row: Option<Map<String, Value>>, place: String },
}
