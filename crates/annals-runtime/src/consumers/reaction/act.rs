//! One attempt: the plan, and what carrying it out came to.

use std::sync::Arc;

use annals_core::{
    CallPlan, CommandSpec, EventView, Plan, ReactionLogic, RecordedEvent, Refused, ids,
};

use uuid::Uuid;

use crate::consumers::Engine;
use crate::ports::{CallResult, OutsideCall, StoreError};
use crate::{Answer, CommandError, CommandRequest, Outcome, failpoint};

/// How long a command that found the queue full or its stream contended waits before it comes
/// again.
const CROWDED_US: i64 = 20_000;

/// What an attempt came to.
pub(super) enum Acted {
    Done,
    Transient {
        reason: String,
        at_least_us: i64,
    },
    Permanent {
        reason: String,
    },
    /// The store failed: nothing can be said of the attempt.
    Store(StoreError),
}

/// Carries a reaction to an event out. Each branch is sent, whatever became of those before it.
pub(super) async fn act(
    engine: Engine,
    logic: Arc<dyn ReactionLogic>,
    event: RecordedEvent,
    redriven: bool,
) -> Acted {
    match logic.plan(&EventView::from(&event)) {
        Ok(Plan::Nothing) => Acted::Done,
        Ok(Plan::Send(commands)) => {
            let sender = Sender { engine: &engine, logic: &*logic, event: &event, redriven };
            let mut acted = Acted::Done;
            for (branch, command) in commands.into_iter().enumerate() {
                match sender.send(branch, command).await {
                    Acted::Done => {}
                    failed @ Acted::Store(_) => return failed,
                    failed if matches!(acted, Acted::Done) => acted = failed,
                    _ => {}
                }
            }
            acted
        }
        Ok(Plan::Call(plan)) => {
            let call = outside(logic.name(), &event, plan);
            let said = engine.caller.call(call).await;
            failpoint!("reaction.behind-call", |error| return Acted::Store(error));
            match said {
                CallResult::Done => Acted::Done,
                CallResult::Transient { reason, retry_after_us } => {
                    Acted::Transient { reason, at_least_us: retry_after_us.unwrap_or(0) }
                }
                CallResult::Permanent { reason } => Acted::Permanent { reason },
            }
        }
        Err(failure) => Acted::Permanent { reason: failure.to_string() },
    }
}

/// Who sends the commands of one attempt.
struct Sender<'a> {
    engine: &'a Engine,
    logic: &'a dyn ReactionLogic,
    event: &'a RecordedEvent,
    redriven: bool,
}

impl Sender<'_> {
    /// Sends one command until there is an answer. The answer to an id stands for ever, so where
    /// somebody redrives it, what was rejected before, perhaps in other words, is asked again under
    /// the next id. A crash in between asks once more; what was accepted is recognised.
    async fn send(&self, branch: usize, command: CommandSpec) -> Acted {
        let (reaction, event) = (self.logic.name(), self.event.event.id);
        let mut request = self.request(ids::reaction_command(reaction, event, branch), command);
        let mut rejected = 0;
        loop {
            return match self.engine.commands.handle(request.clone()).await {
                Ok(Answer { outcome: Outcome::Rejected(_), repeated: true, .. })
                | Err(CommandError::IdReused { rejected: true })
                    if self.redriven && self.parks() =>
                {
                    rejected += 1;
                    let id = ids::reaction_command_again(reaction, event, branch, rejected);
                    request.command_id = Some(id);
                    continue;
                }
                Ok(Answer { outcome: Outcome::Rejected(why), stream, .. }) if self.parks() => {
                    Acted::Permanent { reason: format!("{stream} rejected it: {}", why.name) }
                }
                Ok(_) => Acted::Done,
                Err(CommandError::Busy | CommandError::Conflict) => {
                    self.engine.clock.sleep(CROWDED_US).await;
                    continue;
                }
                Err(CommandError::Store(error)) => Acted::Store(error),
                Err(CommandError::Closing) => {
                    Acted::Store(StoreError::Closed("the runtime is shutting down".into()))
                }
                Err(other) => Acted::Permanent { reason: other.to_string() },
            };
        }
    }

    fn parks(&self) -> bool {
        self.logic.refused() == Refused::Park
    }

    fn request(&self, id: Uuid, command: CommandSpec) -> CommandRequest {
        let causes = &self.event.event.metadata;
        let CommandSpec { stream, name, input } = command;
        CommandRequest {
            command_id: Some(id),
            correlation_id: Some(causes.correlation_id),
            causation_id: Some(self.event.event.id),
            traceparent: causes.traceparent.clone(),
            ..CommandRequest::new(stream.aggregate, stream.id, name, input.to_string().into_bytes())
        }
    }
}

/// The event's latest version as a CloudEvent 1.0 in binary mode.
fn outside(reaction: &str, event: &RecordedEvent, plan: CallPlan) -> OutsideCall {
    let (stream, causes) = (&event.stream, &event.event.metadata);
    let id = event.event.id.to_string();
    let mut headers: Vec<(&'static str, Arc<str>)> = vec![
        ("content-type", "application/json".into()),
        ("ce-specversion", "1.0".into()),
        ("ce-id", id.as_str().into()),
        ("ce-source", format!("/{}", percent(&stream.aggregate)).into()),
        ("ce-type", plan.type_.to_string().into()),
        ("ce-subject", percent(&stream.id).into()),
        ("ce-time", event.event.time.to_string().into()),
        ("ce-partitionkey", percent(&stream.id).into()),
        ("ce-sequence", event.position.0.to_string().into()),
        ("ce-correlationid", causes.correlation_id.to_string().into()),
        ("idempotency-key", format!("{id}/{reaction}").into()),
    ];
    if let Some(causation) = causes.causation_id {
        headers.push(("ce-causationid", causation.to_string().into()));
    }
    if let Some(traceparent) = &causes.traceparent {
        headers.push(("traceparent", traceparent.clone()));
    }
    OutsideCall { plan, headers }
}

/// Percent-encodes what a CloudEvents header can't hold (its HTTP binding, 3.1.3.2).
fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' && byte != b'"' {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
