//! Sagas: the commands of their steps, from the event that started them and those that finished
//! steps.

use std::sync::Arc;

use annals_core::{
    CommandSpec, EventView, Failure, Reply, SagaContext, SagaDefinition, SagaLogic, StepDefinition,
};
use annals_expression::{Record, Value};
use annals_model::{ForEach, Model, Reply as DeclaredReply, Saga, Send, Step};

use crate::events::Events;
use crate::{id, terms};

/// One saga, interpreted.
pub(crate) struct InterpretedSaga {
    model: Arc<Model>,
    index: usize,
    events: Arc<Events>,
    definition: SagaDefinition,
}

impl InterpretedSaga {
    pub(crate) fn new(
        model: &Arc<Model>,
        index: usize,
        events: &Arc<Events>,
        fingerprint: String,
    ) -> Self {
        let saga = &model.sagas[index];
        let definition = SagaDefinition {
            name: saga.named.name.clone(),
            start: saga.start.clone(),
            cancel: saga.cancel.iter().map(|(event, _)| event.clone()).collect(),
            steps: saga.steps.iter().map(step).collect(),
            completes: saga.complete.is_some(),
            fails: saga.fail.is_some(),
            fingerprint: fingerprint.into(),
        };
        Self { model: model.clone(), index, events: events.clone(), definition }
    }

    fn declared(&self) -> &Saga {
        &self.model.sagas[self.index]
    }

    /// `start`, `steps` and `saga`.
    fn slots(&self, at: &SagaContext<'_>) -> Result<Vec<Value>, Failure> {
        let saga = self.declared();
        let start = self.events.in_scope(&EventView::from(at.start))?;
        let mut steps = Vec::new();
        for (index, step) in saga.steps.iter().enumerate() {
            if step.for_each.is_none() {
                let finished = at.finished.get(index).and_then(Option::as_ref);
                let value = finished.map(|event| self.events.in_scope(&EventView::from(event)));
                steps.push((step.named.name.clone(), value.transpose()?.unwrap_or(Value::Null)));
            }
        }
        let about = vec![
            ("key".into(), id::value(&saga.key_type, at.key)),
            ("failure".into(), Value::text(at.failure)),
        ];
        let record = |fields| Value::Record(Arc::new(Record::new(fields)));
        Ok(vec![start, record(steps), record(about)])
    }

    /// The slots of one branch of a step.
    fn branch_slots(
        &self,
        step: &Step,
        branch: usize,
        at: &SagaContext<'_>,
    ) -> Result<Vec<Value>, Failure> {
        let mut slots = self.slots(at)?;
        if let Some(for_each) = &step.for_each {
            let items = terms::items(for_each, &slots)?;
            let item = items.get(branch).cloned();
            slots.push(item.ok_or_else(|| Failure::Evaluation {
                place: for_each.list.place.clone(),
                reason: format!("the list has no item {branch} any more: it has {}", items.len()),
            })?);
        }
        Ok(slots)
    }

    fn missing(&self, what: &str) -> Failure {
        Failure::Unknown { kind: "command", name: format!("{what} of {}", self.definition.name) }
    }
}

fn step(step: &Step) -> StepDefinition {
    StepDefinition {
        name: step.named.name.clone(),
        fan_out: step.for_each.is_some(),
        aggregate: step.send.aggregate.clone(),
        done: step.done.clone(),
        failed: step.failed.clone(),
        reply: match step.reply {
            DeclaredReply::Caused => Reply::Caused,
            DeclaredReply::Stream => Reply::Stream,
        },
        compensates: step.compensate.is_some(),
        then: step.then.is_some(),
        timeout_us: step.timeout_us,
    }
}

/// A command as a saga or a reaction sends it.
pub(crate) fn command(send: &Send, slots: &[Value]) -> Result<CommandSpec, Failure> {
    let to = id::computed(&send.to_type, &send.to, slots)?;
    let input = terms::record(&send.with, slots)?;
    Ok(CommandSpec {
        stream: annals_core::StreamId::new(send.aggregate.clone(), to),
        name: send.command.clone(),
        input: input.to_json(),
    })
}

/// The commands that a saga or a reaction sends side by side, one an item.
pub(crate) fn commands(
    for_each: &ForEach,
    send: &Send,
    mut slots: Vec<Value>,
) -> Result<Vec<CommandSpec>, Failure> {
    let items = terms::items(for_each, &slots)?;
    let mut commands = Vec::with_capacity(items.len());
    for item in items.iter() {
        slots.push(item.clone());
        commands.push(command(send, &slots)?);
        slots.pop();
    }
    Ok(commands)
}

impl SagaLogic for InterpretedSaga {
    fn definition(&self) -> &SagaDefinition {
        &self.definition
    }

    fn key(&self, event: &EventView<'_>) -> Result<Arc<str>, Failure> {
        let saga = self.declared();
        let name = &event.type_.name;
        let cancels = saga.cancel.iter().find(|(cancel, _)| cancel == name);
        let term = match cancels {
            Some((_, term)) if saga.start != *name => term,
            _ => &saga.start_key,
        };
        let slots = self.events.slots(event)?;
        id::computed(&saga.key_type, term, &slots)
    }

    fn canonical_key(&self, text: &str) -> Result<Arc<str>, Failure> {
        id::canonical(&self.declared().key_type, text, "/key")
    }

    fn branches(&self, step: usize, at: &SagaContext<'_>) -> Result<Vec<CommandSpec>, Failure> {
        let declared = &self.declared().steps[step];
        let slots = self.slots(at)?;
        let Some(for_each) = &declared.for_each else {
            return Ok(vec![command(&declared.send, &slots)?]);
        };
        commands(for_each, &declared.send, slots)
    }

    fn compensation(
        &self,
        step: usize,
        branch: usize,
        at: &SagaContext<'_>,
    ) -> Result<CommandSpec, Failure> {
        let declared = &self.declared().steps[step];
        let send = declared.compensate.as_ref();
        let send = send.ok_or_else(|| self.missing("compensation"))?;
        command(send, &self.branch_slots(declared, branch, at)?)
    }

    fn then(&self, step: usize, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        let send = self.declared().steps[step].then.as_ref();
        command(send.ok_or_else(|| self.missing("then"))?, &self.slots(at)?)
    }

    fn complete(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        let send = self.declared().complete.as_ref();
        command(send.ok_or_else(|| self.missing("complete"))?, &self.slots(at)?)
    }

    fn fail(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        let send = self.declared().fail.as_ref();
        command(send.ok_or_else(|| self.missing("fail"))?, &self.slots(at)?)
    }
}
