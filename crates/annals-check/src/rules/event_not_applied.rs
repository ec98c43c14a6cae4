//! # Event that nobody applies
//!
//! ## What it does
//! Finds an event that changes no state and that no projection, saga or reaction reads.
//!
//! ## Why it is bad
//! It is stored for ever and nothing follows from it: mostly a `set` or a handler was forgotten.
//!
//! ## Example
//! ```yaml
//! events:
//!   OrderPaid: { versions: { 1: {} } }
//! ```
//!
//! ## Use instead
//! ```yaml
//! events:
//!   OrderPaid: { versions: { 1: {} }, set: { status: paid } }
//! ```

use std::collections::BTreeSet;

use annals_model::{Model, Problems};

use crate::codes::EVENT_NOT_APPLIED;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    let read = read_events(model);
    for event in model.aggregates.iter().flat_map(|aggregate| &aggregate.events) {
        if event.changes.is_empty() && !read.contains(&*event.named.name) {
            problems
                .warning(
                    EVENT_NOT_APPLIED,
                    event.named.span,
                    format!("nothing follows from {}", event.named.name),
                )
                .cure(
                    "give it a `set`, `append`, `put` or `remove`, or read it in a projection, a \
                     saga or a reaction",
                );
        }
    }
}

/// Names of the events that a projection, a saga or a reaction reads.
fn read_events(model: &Model) -> BTreeSet<&str> {
    let projected = model.projections.iter().flat_map(|p| p.on.iter().map(|h| &*h.event));
    let reacted = model.reactions.iter().flat_map(|reaction| {
        let on = reaction.on.iter().map(|handler| &*handler.event);
        on.chain(reaction.unless.iter().map(|event| &**event))
    });
    let conducted = model.sagas.iter().flat_map(|saga| {
        let answers = saga.steps.iter().flat_map(|step| step.done.iter().chain(&step.failed));
        let cancels = saga.cancel.iter().map(|(event, _)| event);
        std::iter::once(&saga.start).chain(cancels).chain(answers).map(|event| &**event)
    });
    projected.chain(reacted).chain(conducted).collect()
}
