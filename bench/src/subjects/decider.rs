//! The aggregate that commands go to: it counts its events, and adds one.

use std::sync::Arc;

use annals_core::{Command, DecidedEvent, Decider, Decision, EventType, EventView, Failure, State};

/// The aggregate's name.
pub(super) const AGGREGATE: &str = "Order";
/// Its command, whose input is the data of its event.
pub(super) const COMMAND: &str = "PlaceOrder";

/// The decider; all it keeps is a number.
#[derive(Default)]
pub(crate) struct Orders {
    /// Events from one snapshot to the next.
    pub(crate) snapshot_every: Option<u64>,
}

/// Events, and the bytes in them: whoever decides has read them.
#[derive(Clone, Copy, Default)]
struct Count {
    events: u64,
    bytes: u64,
}

fn count(state: &State) -> Count {
    state.0.downcast_ref().copied().unwrap_or_default()
}

impl Decider for Orders {
    fn aggregate(&self) -> &str {
        AGGREGATE
    }

    fn canonical_id(&self, id: &str) -> Result<Arc<str>, Failure> {
        Ok(id.into())
    }

    fn initial(&self, _id: &str) -> State {
        State(Arc::new(Count::default()))
    }

    fn canonical_input(&self, _command: &str, input: &[u8]) -> Result<Arc<[u8]>, Failure> {
        Ok(input.into())
    }

    fn decide(&self, state: &State, command: &Command) -> Result<Decision, Failure> {
        if count(state).events == u64::MAX {
            return Ok(Decision::Ignored);
        }
        let type_ = EventType::new("OrderPlaced", 1);
        Ok(Decision::Events(vec![DecidedEvent { type_, data: command.input.clone() }]))
    }

    fn evolve(&self, state: &State, event: &EventView<'_>) -> Result<State, Failure> {
        let Count { events, bytes } = count(state);
        let bytes = bytes + event.data.len() as u64;
        Ok(State(Arc::new(Count { events: events + 1, bytes })))
    }

    fn encode(&self, state: &State) -> Vec<u8> {
        let Count { events, bytes } = count(state);
        serde_json::to_vec(&[events, bytes]).expect("numbers are JSON")
    }

    fn decode(&self, _id: &str, bytes: &[u8]) -> Result<State, Failure> {
        let [events, bytes] = serde_json::from_slice(bytes).map_err(|error| Failure::Decoding {
            what: "a count".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(State(Arc::new(Count { events, bytes })))
    }

    fn fingerprint(&self) -> &str {
        "orders-1"
    }

    fn snapshot_every(&self) -> Option<u64> {
        self.snapshot_every
    }

    fn public(&self, _command: &str) -> Result<(), Vec<Arc<str>>> {
        Ok(())
    }
}
