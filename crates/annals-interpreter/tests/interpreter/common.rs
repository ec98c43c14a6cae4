//! A system to ask, with every id and time fixed, and answers as text.

use std::path::Path;
use std::sync::Arc;

use annals_core::{
    Command, Decider, Decision, EventType, EventView, Failure, Metadata, NewEvent, Position,
    Projection, ReactionLogic, RecordedEvent, SagaLogic, State, StreamId, System, Timestamp,
    Version,
};
use annals_model::{Model, SourceFile, load};
use serde_json::Value as Json;
use uuid::Uuid;

/// The id of an order.
pub(crate) const ORDER: &str = "00000000-0000-4000-8000-00000000000a";

/// 2026-01-31T08:30:00Z.
const TIME_US: i64 = 1_769_848_200_000_000;

/// A model and its system.
pub(crate) struct World {
    pub(crate) model: Arc<Model>,
    pub(crate) system: System,
}

/// The order system, in an environment without variables.
pub(crate) fn orders() -> World {
    world("../../examples/orders/architecture.yaml", &|_| None)
}

/// The fixture, in an environment without variables.
pub(crate) fn lab() -> World {
    world("tests/fixtures/lab.yaml", &|_| None)
}

/// A system of a file, in that environment.
pub(crate) fn world(path: &str, variables: &dyn Fn(&str) -> Option<String>) -> World {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("the file is there");
    let path = path.file_name().expect("it has a name").to_string_lossy().into_owned();
    world_of(path, text, variables)
}

/// A system of a text, in that environment.
pub(crate) fn world_of(
    path: String,
    text: String,
    variables: &dyn Fn(&str) -> Option<String>,
) -> World {
    let loaded = load(vec![SourceFile { path, text }]);
    let problems: Vec<&str> = loaded.diagnostics.iter().map(|d| &*d.message).collect();
    let Some(model) = loaded.model else { panic!("{}", problems.join("\n")) };
    let model = Arc::new(model);
    World { system: annals_interpreter::system(&model, variables), model }
}

impl World {
    pub(crate) fn decider(&self, name: &str) -> &dyn Decider {
        let mut deciders = self.system.deciders.iter();
        &**deciders.find(|decider| decider.aggregate() == name).expect("it is declared")
    }

    pub(crate) fn projection(&self, name: &str) -> &dyn Projection {
        let mut projections = self.system.projections.iter();
        &**projections.find(|p| &*p.table().name == name).expect("it is declared")
    }

    pub(crate) fn saga(&self, name: &str) -> &dyn SagaLogic {
        let mut sagas = self.system.sagas.iter();
        &**sagas.find(|saga| &*saga.definition().name == name).expect("it is declared")
    }

    pub(crate) fn reaction(&self, name: &str) -> &dyn ReactionLogic {
        let mut reactions = self.system.reactions.iter();
        &**reactions.find(|reaction| reaction.name() == name).expect("it is declared")
    }

    /// The state after stored events.
    pub(crate) fn state(&self, stream: &StreamId, events: &[(&str, Json)]) -> State {
        let decider = self.decider(&stream.aggregate);
        let mut state = decider.initial(&stream.id);
        for (index, (type_, data)) in events.iter().enumerate() {
            let event = recorded(stream, type_, data, index as u64 + 1);
            state = decider.evolve(&state, &EventView::from(&event)).expect("the event evolves");
        }
        state
    }

    pub(crate) fn decide(
        &self,
        stream: &StreamId,
        state: &State,
        (name, input): (&str, &Json),
    ) -> Result<Decision, Failure> {
        self.decider(&stream.aggregate).decide(state, &command(stream, name, input))
    }
}

pub(crate) fn stream(aggregate: &str, id: &str) -> StreamId {
    StreamId::new(aggregate, id)
}

fn metadata() -> Metadata {
    Metadata {
        correlation_id: Uuid::from_u128(0xC0),
        causation_id: Some(Uuid::from_u128(0xCA)),
        command_id: Some(Uuid::from_u128(0xCD)),
        actor: Some("ada".into()),
        traceparent: None,
    }
}

pub(crate) fn command(stream: &StreamId, name: &str, input: &Json) -> Command {
    Command {
        stream: stream.clone(),
        name: name.into(),
        input: input.to_string().into_bytes().into(),
        command_id: Uuid::from_u128(0xCD),
        time: Timestamp(TIME_US),
        metadata: metadata(),
    }
}

/// An event as it lies in the log; its version is its position too.
pub(crate) fn recorded(stream: &StreamId, type_: &str, data: &Json, version: u64) -> RecordedEvent {
    RecordedEvent {
        position: Position(version),
        stream: stream.clone(),
        version: Version(version),
        event: NewEvent {
            id: Uuid::from_u128(u128::from(0xE0 + version)),
            type_: EventType::parse(type_).expect("a type such as OrderCreated.v2"),
            time: Timestamp(TIME_US + version as i64 * 1_000_000),
            data: data.to_string().into_bytes().into(),
            metadata: metadata(),
            tags: Arc::default(),
        },
    }
}

/// What was decided, one line an event.
pub(crate) fn told(decision: &Result<Decision, Failure>) -> String {
    match decision {
        Ok(Decision::Ignored) => "ignored".into(),
        Ok(Decision::Rejected(rejected)) => {
            format!("rejected: {} ({})", rejected.name, rejected.condition)
        }
        Ok(Decision::Events(events)) => {
            let told = events
                .iter()
                .map(|event| format!("{} {}", event.type_, String::from_utf8_lossy(&event.data)));
            told.collect::<Vec<_>>().join("\n    ")
        }
        Err(failure) => format!("{failure}"),
    }
}
