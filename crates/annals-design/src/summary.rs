//! The summary of one aggregate: how much of the system hangs on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use annals_model::{Aggregate, Model, Saga};
use serde::Serialize;

use crate::topics::topics;

/// One aggregate's summary. Serialized, its keys come in exactly this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its name.
    pub aggregate: Arc<str>,
    /// Its events' names.
    pub events: Vec<Arc<str>>,
    /// How many topics carry its events.
    pub topics: usize,
    /// How many projections read them.
    pub projections: usize,
    /// The first saga that starts from it or sends to it.
    pub saga: Option<Arc<str>>,
}

/// The summaries of all aggregates, in the order of the file.
pub fn summaries(model: &Model) -> Vec<Summary> {
    let topics = topics(model);
    model
        .aggregates
        .iter()
        .map(|aggregate| {
            let events: Vec<Arc<str>> =
                aggregate.events.iter().map(|event| event.named.name.clone()).collect();
            let own: BTreeSet<&Arc<str>> = events.iter().collect();
            let carried = topics.iter().filter(|t| t.events.iter().any(|e| own.contains(e)));
            let read =
                model.projections.iter().filter(|p| p.on.iter().any(|h| own.contains(&h.event)));
            let saga = model.sagas.iter().find(|saga| touches(saga, aggregate));
            Summary {
                topics: carried.count(),
                projections: read.count(),
                saga: saga.map(|saga| saga.named.name.clone()),
                aggregate: aggregate.named.name.clone(),
                events,
            }
        })
        .collect()
}

/// Whether a saga starts from an aggregate or sends to it.
fn touches(saga: &Saga, aggregate: &Aggregate) -> bool {
    let name = &aggregate.named.name;
    let steps = saga.steps.iter().flat_map(|step| [Some(&step.send), step.then.as_ref()]);
    let ends = [saga.complete.as_ref(), saga.fail.as_ref()];
    aggregate.event(&saga.start).is_some()
        || steps.chain(ends).flatten().any(|send| send.aggregate == *name)
}
