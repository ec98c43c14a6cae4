//! Who sends which command, and so which commands are on the outside API.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::{Action, Aggregate, Reaction, Saga};

/// Fills `sent_by` and `public`: a command that a saga or a reaction sends is public only where it
/// says so.
pub(crate) fn mark(
    aggregates: Vec<(Aggregate, Vec<Option<bool>>)>,
    sagas: &[Saga],
    reactions: &[Reaction],
) -> Vec<Aggregate> {
    let mut senders: HashMap<Arc<str>, BTreeSet<Arc<str>>> = HashMap::new();
    let mut sends = |command: &Arc<str>, by: &Arc<str>| {
        senders.entry(command.clone()).or_default().insert(by.clone());
    };
    for saga in sagas {
        let steps = saga
            .steps
            .iter()
            .flat_map(|step| [Some(&step.send), step.compensate.as_ref(), step.then.as_ref()]);
        for send in steps.chain([saga.complete.as_ref(), saga.fail.as_ref()]).flatten() {
            sends(&send.command, &saga.named.name);
        }
    }
    for reaction in reactions {
        for handler in &reaction.on {
            if let Action::Send(send) = &handler.action {
                sends(&send.command, &reaction.named.name);
            }
        }
    }
    let marked = |(mut aggregate, public): (Aggregate, Vec<Option<bool>>)| {
        for (command, written) in aggregate.commands.iter_mut().zip(public) {
            let by = senders.get(&command.named.name);
            command.sent_by = by.into_iter().flatten().cloned().collect();
            command.public = written.unwrap_or(command.sent_by.is_empty());
        }
        aggregate
    };
    aggregates.into_iter().map(marked).collect()
}
