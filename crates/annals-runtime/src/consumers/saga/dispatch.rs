//! Sending the commands of instances, one lane for each instance and target.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use annals_core::StreamId;
use annals_core::saga::{CommandResult, SagaState, Sent};
use futures_util::stream::FuturesUnordered;
use uuid::Uuid;

use crate::consumers::Engine;
use crate::ports::{BoxFuture, StoreError};
use crate::{CommandError, CommandRequest, Outcome};

use super::instances::Instances;

/// How long a command that found the queue full or its stream contended waits before it comes
/// again.
const CROWDED_US: i64 = 20_000;

/// Commands under way beyond which the log isn't read on: their answers are taken first.
const CROWD: usize = 512;

/// An answer that has come.
pub(super) struct Ended {
    pub(super) key: Arc<str>,
    pub(super) command_id: Uuid,
    pub(super) result: Result<CommandResult, StoreError>,
}

/// Commands under way.
#[derive(Default)]
pub(super) struct Flight {
    pub(super) futures: FuturesUnordered<BoxFuture<'static, Ended>>,
    /// Answers that have come and aren't taken yet.
    pub(super) ended: Vec<Ended>,
    under_way: HashMap<Arc<str>, HashSet<Uuid>>,
}

impl Flight {
    pub(super) fn len(&self) -> usize {
        self.futures.len() + self.ended.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.futures.is_empty() && self.ended.is_empty()
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.len() >= CROWD
    }

    /// Sends what an instance may send now: of each target the first command that isn't answered.
    pub(super) fn send(&mut self, engine: &Engine, instances: &Instances, key: &Arc<str>) {
        let Some(instance) = instances.get(key) else { return };
        let mut lanes: HashSet<&StreamId> = HashSet::new();
        for (_, sent) in instance.state.unanswered() {
            if !lanes.insert(&sent.command.stream) {
                continue;
            }
            let under_way = self.under_way.entry(key.clone()).or_default();
            if under_way.insert(sent.id) {
                let request = request(&instance.state, sent);
                self.futures.push(Box::pin(deliver(engine.clone(), key.clone(), request)));
            }
        }
    }

    /// Whether a command of an instance is under way.
    pub(super) fn is_under_way(&self, key: &str) -> bool {
        self.under_way.contains_key(key)
    }

    /// Takes note that an answer was taken.
    pub(super) fn landed(&mut self, key: &Arc<str>, command_id: Uuid) {
        if let Some(under_way) = self.under_way.get_mut(key) {
            under_way.remove(&command_id);
            if under_way.is_empty() {
                self.under_way.remove(key);
            }
        }
    }
}

fn request(state: &SagaState, sent: &Sent) -> (Uuid, CommandRequest) {
    let causes = state.start.metadata();
    let stream = &sent.command.stream;
    let request = CommandRequest {
        command_id: Some(sent.id),
        correlation_id: Some(causes.correlation_id),
        causation_id: Some(state.start.id()),
        traceparent: causes.traceparent.clone(),
        ..CommandRequest::new(
            stream.aggregate.clone(),
            stream.id.clone(),
            sent.command.name.clone(),
            sent.command.input.to_string().into_bytes(),
        )
    };
    (sent.id, request)
}

/// Delivers a command until there is an answer. What can't be evaluated is an answer too: it fails
/// the step, or leaves the instance stuck where it was to undo one.
async fn deliver(engine: Engine, key: Arc<str>, (id, request): (Uuid, CommandRequest)) -> Ended {
    let result = loop {
        match engine.commands.handle(request.clone()).await {
            Ok(answer) => {
                break Ok(match answer.outcome {
                    Outcome::Accepted => CommandResult::Accepted(answer.events),
                    Outcome::Ignored => CommandResult::Ignored,
                    Outcome::Rejected(rejected) => CommandResult::Rejected(rejected.name),
                });
            }
            Err(CommandError::Busy | CommandError::Conflict) => {
                engine.clock.sleep(CROWDED_US).await;
            }
            Err(CommandError::Store(error)) => break Err(error),
            Err(CommandError::Closing) => {
                break Err(StoreError::Closed("the runtime is shutting down".into()));
            }
            Err(other) => {
                let name = match other {
                    CommandError::Failure(annals_core::Failure::Evaluation { .. }) => {
                        "EvaluationFailed".to_owned()
                    }
                    other => other.to_string(),
                };
                break Ok(CommandResult::Rejected(name.into()));
            }
        }
    };
    Ended { key, command_id: id, result }
}
