//! The smallest system: a tally that counts, and can refuse to.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{
    Command, DecidedEvent, Decider, Decision, EventType, EventView, Failure, Rejected, RetryPolicy,
    State, System, Upcaster,
};
use annals_runtime::ports::{BoxFuture, CallResult, Caller, OutsideCall};

/// Nobody is called.
pub(crate) struct Nowhere;

impl Caller for Nowhere {
    fn call(&self, _call: OutsideCall) -> BoxFuture<'_, CallResult> {
        Box::pin(std::future::ready(CallResult::Done))
    }
}

/// What `Undo` comes to.
pub(crate) const UNDONE: &str = "Undone";

/// The system: `Add` appends one event, `Refuse` is rejected.
pub(crate) fn system() -> System {
    let added = (EventType::new("Added", 1), Arc::from("event Added.v1\n"));
    System {
        name: "tallies".into(),
        deciders: vec![Arc::new(Tally { aggregate: "Tally", event: "Added" })],
        projections: Vec::new(),
        sagas: Vec::new(),
        reactions: Vec::new(),
        upcaster: Arc::new(AsStored),
        retries: RetryPolicy { max_retries: 3, base_us: 1_000, cap_us: 1_000, exponential: true },
        letter_retention_us: 1_000_000,
        shapes: BTreeMap::from([added]),
    }
}

/// An aggregate that counts its events.
pub(crate) struct Tally {
    pub(crate) aggregate: &'static str,
    pub(crate) event: &'static str,
}

fn count(state: &State) -> u64 {
    state.0.downcast_ref().copied().unwrap_or(0)
}

impl Decider for Tally {
    fn aggregate(&self) -> &str {
        self.aggregate
    }

    fn canonical_id(&self, id: &str) -> Result<Arc<str>, Failure> {
        Ok(id.into())
    }

    fn initial(&self, _id: &str) -> State {
        State(Arc::new(0_u64))
    }

    fn canonical_input(&self, _command: &str, input: &[u8]) -> Result<Arc<[u8]>, Failure> {
        Ok(input.into())
    }

    fn decide(&self, _state: &State, command: &Command) -> Result<Decision, Failure> {
        let event = |name: &str| {
            let (type_, data) = (EventType::new(name, 1), Arc::clone(&command.input));
            DecidedEvent { type_, data }
        };
        Ok(match &*command.name {
            "Add" => Decision::Events(vec![event(self.event)]),
            "Undo" => Decision::Events(vec![event(UNDONE)]),
            _ => Decision::Rejected(Rejected { name: "Refused".into(), condition: "true".into() }),
        })
    }

    fn evolve(&self, state: &State, _event: &EventView<'_>) -> Result<State, Failure> {
        Ok(State(Arc::new(count(state) + 1)))
    }

    fn encode(&self, state: &State) -> Vec<u8> {
        count(state).to_string().into_bytes()
    }

    fn decode(&self, _id: &str, bytes: &[u8]) -> Result<State, Failure> {
        let text = std::str::from_utf8(bytes).ok();
        let count: Option<u64> = text.and_then(|text| text.parse().ok());
        let failed =
            || Failure::Evaluation { place: "tally".into(), reason: "no number".to_owned() };
        count.map(|count| State(Arc::new(count))).ok_or_else(failed)
    }

    fn fingerprint(&self) -> &str {
        "tally 1"
    }

    fn snapshot_every(&self) -> Option<u64> {
        Some(10)
    }

    fn public(&self, _command: &str) -> Result<(), Vec<Arc<str>>> {
        Ok(())
    }
}

struct AsStored;

impl Upcaster for AsStored {
    fn upcast(&self, event: &EventView<'_>) -> Result<(EventType, Arc<[u8]>), Failure> {
        Ok((event.type_.clone(), event.data.into()))
    }
}
