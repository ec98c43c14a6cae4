//! The history of an instance: what is stored in its stream.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CommandSpec, Timestamp};

use super::KeptEvent;

/// Which of an instance's commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A branch of a step.
    Forward {
        /// Index of the step.
        step: usize,
        /// Index of the branch.
        branch: usize,
    },
    /// The command that follows a step.
    Then {
        /// Index of the step.
        step: usize,
    },
    /// The compensation of a branch.
    Back {
        /// Index of the step.
        step: usize,
        /// Index of the branch.
        branch: usize,
    },
    /// The compensation of a branch that was done after it had been compensated.
    Late {
        /// Index of the step.
        step: usize,
        /// Index of the branch.
        branch: usize,
    },
    /// The command that ends a completed instance.
    Complete,
    /// The command that ends a failed instance.
    Fail,
}

/// How a command was answered, as far as the saga minds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// It did what it was sent for; the event that says so, where there is one.
    Done(Option<Box<KeptEvent>>),
    /// It was accepted; whether it did what it was sent for is not known yet.
    Accepted,
    /// It was accepted, and its own events say neither that it is done nor that it failed, so that
    /// nothing ever will: unknown, as after a timeout. The name of its first event.
    Unclear(Arc<str>),
    /// It failed: the name of the event.
    Failed(Arc<str>),
    /// It was rejected: the name.
    Rejected(Arc<str>),
}

/// One event of the history. Names and fields are stored: they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SagaEvent {
    /// An instance began.
    Started {
        /// The event that started it.
        start: Box<KeptEvent>,
        /// How many steps it has.
        steps: usize,
    },
    /// A step's commands are to be sent.
    StepStarted {
        /// Index of the step.
        step: usize,
        /// One command a branch.
        commands: Vec<CommandSpec>,
        /// When the step counts as unknown.
        deadline: Option<Timestamp>,
    },
    /// A command other than a step's is to be sent.
    CommandSent {
        /// Which.
        target: Target,
        /// The command.
        command: CommandSpec,
    },
    /// A command was answered.
    CommandAnswered {
        /// Which.
        target: Target,
        /// How.
        answer: Answered,
    },
    /// The event that a branch waited for came on its target's stream. Its command's own answer is
    /// another matter: it may still be under way.
    BranchReplied {
        /// Index of the step.
        step: usize,
        /// Index of the branch.
        branch: usize,
        /// What the event says.
        answer: Answered,
    },
    /// A step was not done in time: what it did is unknown.
    StepTimedOut {
        /// Index of the step.
        step: usize,
    },
    /// The instance turns round: what is done or unknown is compensated.
    Turned {
        /// `step: Event`, `step: Rejection` or `step: timeout`.
        failure: Arc<str>,
        /// The event that turned it, where it was one from outside.
        event: Option<Uuid>,
    },
    /// All is done.
    Completed,
    /// All is compensated.
    Failed,
    /// It can't end by itself.
    Stuck {
        /// What it is about, why, and what to do.
        alarm: Arc<str>,
    },
}

impl SagaEvent {
    /// The name under which it is stored; the version is 1.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "SagaStarted",
            Self::StepStarted { .. } => "StepStarted",
            Self::CommandSent { .. } => "CommandSent",
            Self::CommandAnswered { .. } => "CommandAnswered",
            Self::BranchReplied { .. } => "BranchReplied",
            Self::StepTimedOut { .. } => "StepTimedOut",
            Self::Turned { .. } => "SagaTurned",
            Self::Completed => "SagaCompleted",
            Self::Failed => "SagaFailed",
            Self::Stuck { .. } => "SagaStuck",
        }
    }
}
