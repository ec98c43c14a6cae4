//! What the handlers know of the system that they show.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{Decider, Projection, SagaLogic, Upcaster};
use annals_runtime::ports::Store;
use annals_runtime::{Commands, Statuses};

/// A running system, as the API serves it.
#[derive(Clone)]
pub struct Api {
    /// The model's name.
    pub name: Arc<str>,
    /// Where commands go.
    pub commands: Arc<Commands>,
    /// Where everything is read.
    pub store: Arc<dyn Store>,
    /// Brings stored events to their latest version.
    pub upcaster: Arc<dyn Upcaster>,
    /// The deciders, by aggregate, for ids.
    pub deciders: BTreeMap<Arc<str>, Arc<dyn Decider>>,
    /// The projections, by name.
    pub projections: BTreeMap<Arc<str>, Arc<dyn Projection>>,
    /// The sagas, by name.
    pub sagas: BTreeMap<Arc<str>, Arc<dyn SagaLogic>>,
    /// How the consumers are getting on.
    pub statuses: Statuses,
}
