//! A case, as data.

use std::sync::Arc;

use annals_core::{EventType, StreamId};
use serde_json::{Map, Value};

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: Arc<str>,
    pub(super) given: Vec<(StreamId, Vec<Fact>)>,
    pub(super) when: Vec<Step>,
    pub(super) then: Vec<Expectation>,
}

/// An event that is given or expected; of an expected one only what is written is compared.
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
    /// The last command was rejected by this name.
    Rejected { name: Arc<str>, place: String },
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
}

/// What is expected.
#[derive(Clone, Debug)]
pub(super) enum Expectation {
    /// The events of a stream.
    Stream { stream: StreamId, facts: Vec<Fact>, place: String },
    /// The status of a saga's instance; `None`: there is none.
    Saga { saga: Arc<str>, key: Arc<str>, status: Option<String>, place: String },
    /// A row of a projection; `None`: there is none.
    Row { projection: Arc<str>, key: String, row: Option<Map<String, Value>>, place: String },
}
