//! A whole system as the runtime takes it: everything that the model or the user's own code plugs
//! in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    Decider, EventType, EventView, Failure, Projection, ReactionLogic, RetryPolicy, SagaLogic,
};

/// What runs. Names are unique in each list.
pub struct System {
    /// The model's name; a store remembers it.
    pub name: Arc<str>,
    /// One decider an aggregate.
    pub deciders: Vec<Arc<dyn Decider>>,
    /// The projections.
    pub projections: Vec<Arc<dyn Projection>>,
    /// The sagas.
    pub sagas: Vec<Arc<dyn SagaLogic>>,
    /// The reactions.
    pub reactions: Vec<Arc<dyn ReactionLogic>>,
    /// Brings stored events to their latest version.
    pub upcaster: Arc<dyn Upcaster>,
    /// Retries before an event is parked.
    pub retries: RetryPolicy,
    /// How long resolved dead letters are kept, in microseconds.
    pub letter_retention_us: i64,
    /// The canonical shape of every event version, compared with the store's at start.
    pub shapes: BTreeMap<EventType, Arc<str>>,
}

/// Brings stored events to their latest version.
pub trait Upcaster: Send + Sync {
    /// The latest type and its JSON.
    ///
    /// # Errors
    /// [`Failure::Unknown`] for an event that the model hasn't, [`Failure::Evaluation`] and
    /// [`Failure::Decoding`].
    fn upcast(&self, event: &EventView<'_>) -> Result<(EventType, Arc<[u8]>), Failure>;
}
