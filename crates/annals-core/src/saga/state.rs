//! The state of an instance, and what is to be done about it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CommandSpec, RecordedEvent, SagaContext, Timestamp};

use super::{KeptEvent, Target};

/// Where an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SagaStatus {
    /// Its steps go on.
    Running,
    /// What was done is undone.
    Compensating,
    /// It ended: all is done.
    Completed,
    /// It ended: all is compensated.
    Failed,
    /// It can't end by itself.
    Stuck,
}

impl SagaStatus {
    /// Its name, as stores and people see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Compensating => "compensating",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
        }
    }
}

/// A command that was sent, or is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Its id, which follows from what it is for.
    pub id: Uuid,
    /// Its place in the order of sending, from 1.
    pub sequence: u64,
    /// The command.
    pub command: CommandSpec,
    /// Whether its answer is known.
    pub answered: bool,
}

/// What became of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchStatus {
    /// Nothing is known yet.
    Pending,
    /// It is done.
    Done,
    /// It failed: nothing is to be undone.
    Failed(Arc<str>),
    /// It was not answered in time, or before the instance turned: it may be done.
    Unknown,
    /// It was compensated.
    Compensated,
}

/// One branch of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// The command.
    pub forward: Sent,
    /// What became of it.
    pub status: BranchStatus,
    /// Its compensation, once sent.
    pub back: Option<Sent>,
    /// The compensation of a `done` that came too late, once sent.
    pub late: Option<Sent>,
    /// Whether the event that it waits for has come; only the first such event is a reply.
    pub replied: bool,
}

/// One step, once started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepState {
    /// Whether its commands are sent.
    pub started: bool,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// When it counts as unknown.
    pub deadline: Option<Timestamp>,
    /// The event that finished it, for a step of one branch.
    pub finished: Option<KeptEvent>,
    /// The command that follows it, once sent.
    pub then: Option<Sent>,
    /// All is done, what follows it included.
    pub done: bool,
    /// The first event or rejection that it failed with.
    pub failure: Option<Arc<str>>,
}

/// An instance. Public so that tools can show it; only [`evolve`](super::evolve) changes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SagaState {
    /// The saga.
    pub saga: Arc<str>,
    /// The instance's key.
    pub key: Arc<str>,
    /// Where it is.
    pub status: SagaStatus,
    /// The event that started it.
    pub start: KeptEvent,
    /// The steps, in order.
    pub steps: Vec<StepState>,
    /// What turned it; empty before.
    pub failure: Arc<str>,
    /// What to do about it, once it is stuck.
    pub alarm: Option<Arc<str>>,
    /// The command that ends it, once sent.
    pub ending: Option<(Target, Sent)>,
    /// Commands sent so far.
    pub sent: u64,
}

impl SagaState {
    /// Commands whose answer isn't known, in the order in which they were sent. Of those to one
    /// stream the first is to be answered before the next is sent.
    pub fn unanswered(&self) -> Vec<(Target, &Sent)> {
        let mut open: Vec<_> = self.commands().filter(|(_, sent)| !sent.answered).collect();
        open.sort_by_key(|(_, sent)| sent.sequence);
        open
    }

    /// All commands that were sent, in no order.
    pub fn commands(&self) -> impl Iterator<Item = (Target, &Sent)> {
        let steps = self.steps.iter().enumerate().flat_map(|(step, state)| {
            let branches = state.branches.iter().enumerate().flat_map(move |(branch, b)| {
                let forward = Some((Target::Forward { step, branch }, &b.forward));
                let back = b.back.as_ref().map(|sent| (Target::Back { step, branch }, sent));
                let late = b.late.as_ref().map(|sent| (Target::Late { step, branch }, sent));
                [forward, back, late].into_iter().flatten()
            });
            branches.chain(state.then.as_ref().map(|sent| (Target::Then { step }, sent)))
        });
        steps.chain(self.ending.as_ref().map(|(target, sent)| (*target, sent)))
    }

    /// The running step: the first that isn't done.
    pub fn current(&self) -> usize {
        self.steps.iter().position(|step| !step.done).unwrap_or(self.steps.len())
    }

    /// When the running step counts as unknown. What follows it (`then`) is sent once it is known.
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.status != SagaStatus::Running {
            return None;
        }
        let step = self.steps.get(self.current())?;
        if step.started && step.then.is_none() { step.deadline } else { None }
    }

    /// Whether it has something left to do: it hasn't ended, or a command is unanswered.
    pub fn open(&self) -> bool {
        let ended = matches!(self.status, SagaStatus::Completed | SagaStatus::Failed);
        let unanswered = self.commands().any(|(_, sent)| !sent.answered);
        (!ended && self.status != SagaStatus::Stuck) || unanswered
    }

    /// The events that finished the steps, for logic.
    pub(super) fn finished(&self) -> Vec<Option<RecordedEvent>> {
        self.steps.iter().map(|step| step.finished.as_ref().map(KeptEvent::recorded)).collect()
    }

    /// Asks logic something about this instance.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&SagaContext<'_>) -> T) -> T {
        let (start, finished) = (self.start.recorded(), self.finished());
        question(&SagaContext {
            key: &self.key,
            start: &start,
            finished: &finished,
            failure: &self.failure,
        })
    }
}
