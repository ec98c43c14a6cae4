//! The seams of what happens because of events: saga logic and reaction logic, both pure. The saga
//! machine that uses the former is in [`crate::saga`].

use std::sync::Arc;

use crate::{CommandSpec, EventView, Failure, RecordedEvent};

/// How a saga learns that a step's command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `done` or `failed` is among the events that the command itself causes.
    Caused,
    /// It is the first such event on the target's stream, whose id is the saga's key.
    Stream,
}

/// One step of a saga, as the machine needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDefinition {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it has branches side by side.
    pub fan_out: bool,
    /// The target's aggregate.
    pub aggregate: Arc<str>,
    /// Names of the events that finish it; empty: an accepted command is done.
    pub done: Vec<Arc<str>>,
    /// Names of the events that say that it failed.
    pub failed: Vec<Arc<str>>,
    /// How the answer arrives.
    pub reply: Reply,
    /// Whether it has a compensation.
    pub compensates: bool,
    /// Whether a command follows once it is done, which it fails with.
    pub then: bool,
    /// How long the whole step may take, in microseconds.
    pub timeout_us: Option<i64>,
}

/// A saga, as the machine needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SagaDefinition {
    /// Its name.
    pub name: Arc<str>,
    /// The name of the event that starts an instance.
    pub start: Arc<str>,
    /// Names of the events that turn a running instance round.
    pub cancel: Vec<Arc<str>>,
    /// The steps, in order.
    pub steps: Vec<StepDefinition>,
    /// Whether a command follows once all steps are done.
    pub completes: bool,
    /// Whether a command follows once everything is compensated.
    pub fails: bool,
    /// A hash of the steps: while instances run, another one is refused at start.
    pub fingerprint: Arc<str>,
}

/// What an instance knows when its logic is asked.
#[derive(Clone, Copy, Debug)]
pub struct SagaContext<'a> {
    /// The instance's key, canonical.
    pub key: &'a str,
    /// The event that started it.
    pub start: &'a RecordedEvent,
    /// For each step the event that finished it, where there is one.
    pub finished: &'a [Option<RecordedEvent>],
    /// `step: Event`, `step: Rejection` or `step: timeout`; empty before anything failed.
    pub failure: &'a str,
}

/// One saga's expressions, evaluated. Every error is a [`Failure`] of evaluation or decoding.
pub trait SagaLogic: Send + Sync {
    /// Its shape.
    fn definition(&self) -> &SagaDefinition;

    /// The key of the instance that a start or cancel event is for.
    ///
    /// # Errors
    /// [`Failure`].
    fn key(&self, event: &EventView<'_>) -> Result<Arc<str>, Failure>;

    /// A key as people write it, in the form that [`SagaLogic::key`] gives.
    ///
    /// # Errors
    /// [`Failure::Invalid`] where it is no key of this saga.
    fn canonical_key(&self, text: &str) -> Result<Arc<str>, Failure>;

    /// The commands of a step, one a branch (exactly one without fan-out).
    ///
    /// # Errors
    /// [`Failure`].
    fn branches(&self, step: usize, at: &SagaContext<'_>) -> Result<Vec<CommandSpec>, Failure>;

    /// The compensation of a branch, to the branch's own target.
    ///
    /// # Errors
    /// [`Failure`].
    fn compensation(
        &self,
        step: usize,
        branch: usize,
        at: &SagaContext<'_>,
    ) -> Result<CommandSpec, Failure>;

    /// The command that follows a step.
    ///
    /// # Errors
    /// [`Failure`].
    fn then(&self, step: usize, at: &SagaContext<'_>) -> Result<CommandSpec, Failure>;

    /// The command that ends a completed instance.
    ///
    /// # Errors
    /// [`Failure`].
    fn complete(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure>;

    /// The command that ends a failed instance.
    ///
    /// # Errors
    /// [`Failure`].
    fn fail(&self, at: &SagaContext<'_>) -> Result<CommandSpec, Failure>;
}

/// What a reaction wants done about an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// Nothing (`if` was false, or the list was empty).
    Nothing,
    /// These commands, one a branch.
    Send(Vec<CommandSpec>),
    /// A call outside.
    Call(CallPlan),
}

/// A call outside: the event's latest version as CloudEvents in binary mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlan {
    /// The URL, complete.
    pub url: Arc<str>,
    /// Type of the data sent (the latest version).
    pub type_: crate::EventType,
    /// JSON of the event's fields; the aggregate's id goes beside it.
    pub data: Arc<[u8]>,
}

/// What a rejected command of a reaction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A business "no": recorded, and that is all.
    Ignore,
    /// The event becomes a dead letter.
    Park,
}

/// One reaction.
pub trait ReactionLogic: Send + Sync {
    /// Its name, which is the consumer's.
    fn name(&self) -> &str;

    /// Names of the events that cause it.
    fn on(&self) -> &[Arc<str>];

    /// Waits this long, durably, in microseconds.
    fn after_us(&self) -> Option<i64>;

    /// Names of the events that call a waiting one off.
    fn unless(&self) -> &[Arc<str>];

    /// What a rejection means.
    fn refused(&self) -> Refused;

    /// Why it can't run here (the environment's variables that are missing); then it is held.
    fn held(&self) -> Option<&str>;

    /// What to do about the event.
    ///
    /// # Errors
    /// [`Failure`] of evaluation or decoding.
    fn plan(&self, event: &EventView<'_>) -> Result<Plan, Failure>;
}
