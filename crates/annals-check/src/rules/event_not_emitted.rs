//! # Event that nobody emits
//!
//! ## What it does
//! Finds an event that no command of its aggregate emits.
//!
//! ## Why it is bad
//! It never happens: whatever reads it waits in vain. Mostly it is a command that was forgotten, or
//! an event that is left over.
//!
//! ## Example
//! ```yaml
//! commands:
//!   CreateOrder: { emit: OrderCreated }
//! events:
//!   OrderCreated: { versions: { 1: {} } }
//!   OrderArchived: { versions: { 1: {} } }
//! ```
//!
//! ## Use instead
//! A command that emits it; or, where the event is history that must stay readable, a command that
//! can no longer be reached by anybody is no cure: say so in `describe:` and accept the warning.

use std::collections::BTreeSet;

use annals_model::{Model, Problems};

use crate::codes::EVENT_NOT_EMITTED;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    for aggregate in &model.aggregates {
        let emissions = aggregate.commands.iter().flat_map(|c| c.emit.emissions());
        let emitted: BTreeSet<&str> = emissions.map(|emission| &*emission.event).collect();
        let silent = aggregate.events.iter().filter(|e| !emitted.contains(&*e.named.name));
        for event in silent {
            problems
                .warning(
                    EVENT_NOT_EMITTED,
                    event.named.span,
                    format!("no command of {} emits {}", aggregate.named.name, event.named.name),
                )
                .cure(format!("add it to the `emit` of a command of {}", aggregate.named.name));
        }
    }
}
