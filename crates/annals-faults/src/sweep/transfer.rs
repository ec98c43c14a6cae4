//! The saga: each event that clients cause is debited and then credited, and where no credit is
//! given, which its number decides, what was debited is undone.

use std::sync::Arc;

use annals_core::{
    CommandSpec, EventView, Failure, Reply, SagaContext, SagaDefinition, SagaLogic, StepDefinition,
    StreamId,
};
use serde_json::Value;

use super::system::{EVENTS, STEPS};

/// Its name.
pub(super) const TRANSFER: &str = "transfer";

/// One event in three gets no credit.
pub(super) fn is_credited(number: u64) -> bool {
    !number.is_multiple_of(3)
}

/// The key of the instance of a client's event.
pub(super) fn key(writer: u64, number: u64) -> Arc<str> {
    format!("{writer}-{number}").into()
}

pub(super) struct Transfer(SagaDefinition);

impl Transfer {
    pub(super) fn new() -> Self {
        let steps = STEPS.map(|(aggregate, _)| StepDefinition {
            name: aggregate.to_lowercase().into(),
            fan_out: false,
            aggregate: aggregate.into(),
            done: Vec::new(),
            failed: Vec::new(),
            reply: Reply::Caused,
            compensates: aggregate == STEPS[0].0,
            then: false,
            timeout_us: None,
        });
        Self(SagaDefinition {
            name: TRANSFER.into(),
            start: EVENTS[0].into(),
            cancel: Vec::new(),
            steps: steps.to_vec(),
            completes: false,
            fails: false,
            fingerprint: "1".into(),
        })
    }
}

impl SagaLogic for Transfer {
    fn definition(&self) -> &SagaDefinition {
        &self.0
    }

    fn key(&self, event: &EventView<'_>) -> Result<Arc<str>, Failure> {
        let [writer, number] = numbers(event.data)?;
        Ok(key(writer, number))
    }

    fn canonical_key(&self, text: &str) -> Result<Arc<str>, Failure> {
        Ok(text.into())
    }

    fn branches(&self, step: usize, at: &SagaContext<'_>) -> Result<Vec<CommandSpec>, Failure> {
        let [_, number] = numbers(&at.start.event.data)?;
        let is_done = step == 0 || is_credited(number);
        Ok(vec![command(step, if is_done { "Add" } else { "Refuse" }, at)?])
    }

    fn compensation(
        &self,
        step: usize,
        _branch: usize,
        at: &SagaContext<'_>,
    ) -> Result<CommandSpec, Failure> {
        command(step, "Undo", at)
    }

    fn then(&self, _step: usize, _at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        Err(failure("nothing follows a step"))
    }

    fn complete(&self, _at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        Err(failure("nothing follows the last step"))
    }

    fn fail(&self, _at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        Err(failure("nothing follows what was undone"))
    }
}

fn command(step: usize, name: &str, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
    let stream = StreamId::new(STEPS[step].0, at.key);
    Ok(CommandSpec { stream, name: name.into(), input: parsed(&at.start.event.data)? })
}

/// Who sent the command behind an event, and its number.
fn numbers(data: &[u8]) -> Result<[u64; 2], Failure> {
    let event = parsed(data)?;
    let number = |name| event[name].as_u64().ok_or_else(|| failure("no number"));
    Ok([number("writer")?, number("number")?])
}

fn parsed(data: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(data).map_err(|error| failure(&error.to_string()))
}

fn failure(reason: &str) -> Failure {
    Failure::Evaluation { place: TRANSFER.into(), reason: reason.to_owned() }
}
