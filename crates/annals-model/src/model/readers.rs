//! Who reads which event. Nothing about topics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Projection, Reaction, Saga};

/// For each event the services that read it, sorted.
pub type Readers = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// For each event the services that read it with a projection, a saga or a reaction, its own among
/// them.
pub fn readers<'m>(
    projections: impl IntoIterator<Item = &'m Projection>,
    sagas: impl IntoIterator<Item = &'m Saga>,
    reactions: impl IntoIterator<Item = &'m Reaction>,
) -> Readers {
    let mut readers = Readers::new();
    let mut reads = |event: &Arc<str>, service: &Arc<str>| {
        readers.entry(event.clone()).or_default().insert(service.clone());
    };
    for projection in projections {
        projection.on.iter().for_each(|handler| reads(&handler.event, &projection.service));
    }
    for saga in sagas {
        saga_reads(saga).into_iter().for_each(|event| reads(event, &saga.service));
    }
    for reaction in reactions {
        let on = reaction.on.iter().map(|handler| &handler.event);
        on.chain(&reaction.unless).for_each(|event| reads(event, &reaction.service));
    }
    readers
}

/// The events that a saga reads: its start, what cancels it, and the answers to its steps.
fn saga_reads(saga: &Saga) -> Vec<&Arc<str>> {
    let cancels = saga.cancel.iter().map(|(event, _)| event);
    let answers = saga.steps.iter().flat_map(|step| step.done.iter().chain(&step.failed));
    std::iter::once(&saga.start).chain(cancels).chain(answers).collect()
}
