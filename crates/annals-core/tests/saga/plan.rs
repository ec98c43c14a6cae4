//! Sagas made from a few words. The command of step `pay` is `DoPay` to `Pay/ID`, its compensation
//! `UndoPay`, what follows it `AfterPay` to the saga's own aggregate, `Order/k`.

use std::sync::Arc;

use annals_core::{
    CommandSpec, EventView, Failure, Reply, SagaContext, SagaDefinition, SagaLogic, StepDefinition,
    StreamId,
};
use serde_json::json;

/// The key of every instance here.
pub(crate) const KEY: &str = "k";

/// One step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) shape: StepDefinition,
    /// Ids of its targets, one a branch.
    pub(crate) to: Vec<Arc<str>>,
}

impl Step {
    /// A step to one target, with the events `NAMEDone` and `NAMEFailed` and a compensation.
    pub(crate) fn new(name: &str) -> Self {
        let shape = StepDefinition {
            name: name.into(),
            fan_out: false,
            aggregate: title(name).into(),
            done: vec![format!("{}Done", title(name)).into()],
            failed: vec![format!("{}Failed", title(name)).into()],
            reply: Reply::Caused,
            compensates: true,
            then: false,
            timeout_us: None,
        };
        Self { shape, to: vec![KEY.into()] }
    }

    pub(crate) fn for_each(mut self, to: &[&str]) -> Self {
        self.shape.fan_out = true;
        self.to = to.iter().map(|&id| id.into()).collect();
        self
    }

    pub(crate) fn timeout(mut self, us: i64) -> Self {
        self.shape.timeout_us = Some(us);
        self
    }

    pub(crate) fn then(mut self) -> Self {
        self.shape.then = true;
        self
    }

    pub(crate) fn streamed(mut self) -> Self {
        self.shape.reply = Reply::Stream;
        self
    }

    pub(crate) fn uncompensated(mut self) -> Self {
        self.shape.compensates = false;
        self
    }
}

/// A whole saga. What `broken` names can't be evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    definition: SagaDefinition,
    steps: Vec<Step>,
    broken: Vec<String>,
}

impl Plan {
    /// A saga of these steps that neither completes nor fails with a command.
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        let definition = SagaDefinition {
            name: "Fulfil".into(),
            start: "OrderPlaced".into(),
            cancel: vec!["OrderCancelled".into()],
            steps: steps.iter().map(|step| step.shape.clone()).collect(),
            completes: false,
            fails: false,
            fingerprint: "1".into(),
        };
        Self { definition, steps, broken: Vec::new() }
    }

    pub(crate) fn completes(mut self) -> Self {
        self.definition.completes = true;
        self
    }

    pub(crate) fn fails(mut self) -> Self {
        self.definition.fails = true;
        self
    }

    pub(crate) fn broken(mut self, command: &str) -> Self {
        self.broken.push(command.into());
        self
    }

    fn command(
        &self,
        to: StreamId,
        name: String,
        input: serde_json::Value,
    ) -> Result<CommandSpec, Failure> {
        if self.broken.contains(&name) {
            return Err(Failure::Evaluation {
                place: format!("orders.yaml:7:9 ({name})").into(),
                reason: "division by zero".into(),
            });
        }
        Ok(CommandSpec { stream: to, name: name.into(), input })
    }

    fn target(&self, step: usize, branch: usize) -> StreamId {
        StreamId::new(self.steps[step].shape.aggregate.clone(), self.steps[step].to[branch].clone())
    }
}

/// `pay` as `Pay`.
pub(crate) fn title(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

impl SagaLogic for Plan {
    fn definition(&self) -> &SagaDefinition {
        &self.definition
    }

    fn key(&self, _: &EventView<'_>) -> Result<Arc<str>, Failure> {
        Ok(KEY.into())
    }

    fn canonical_key(&self, text: &str) -> Result<Arc<str>, Failure> {
        Ok(text.into())
    }

    fn branches(&self, step: usize, at: &SagaContext<'_>) -> Result<Vec<CommandSpec>, Failure> {
        let finished: Vec<String> =
            at.finished.iter().flatten().map(|event| event.event.type_.name.to_string()).collect();
        let name = format!("Do{}", title(&self.steps[step].shape.name));
        (0..self.steps[step].to.len())
            .map(|branch| {
                let input = json!({ "knows": finished });
                self.command(self.target(step, branch), name.clone(), input)
            })
            .collect()
    }

    fn compensation(
        &self,
        step: usize,
        branch: usize,
        at: &SagaContext<'_>,
    ) -> Result<CommandSpec, Failure> {
        let name = format!("Undo{}", title(&self.steps[step].shape.name));
        self.command(self.target(step, branch), name, json!({ "why": at.failure }))
    }

    fn then(&self, step: usize, _: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        let name = format!("After{}", title(&self.steps[step].shape.name));
        self.command(StreamId::new("Order", KEY), name, json!({}))
    }

    fn complete(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        self.command(StreamId::new("Order", at.key), "Complete".into(), json!({}))
    }

    fn fail(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure> {
        let input = json!({ "why": at.failure });
        self.command(StreamId::new("Order", at.key), "Fail".into(), input)
    }
}
