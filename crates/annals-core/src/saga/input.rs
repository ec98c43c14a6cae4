//! What an instance is told, and what it makes of it.

use std::sync::Arc;

use crate::{RecordedEvent, Reply, SagaDefinition, SagaLogic, Timestamp};
use uuid::Uuid;

use super::advance::{advance, stuck};
use super::{
    Answered, Branch, BranchStatus, KeptEvent, SagaEvent, SagaState, SagaStatus, Target, evolve,
    started,
};

/// What an instance is told.
#[derive(Clone, Debug)]
pub enum SagaInput<'a> {
    /// An event that its definition names in `cancel`.
    Cancel(&'a RecordedEvent),
    /// The answer to one of its commands.
    Answer(Uuid, CommandResult),
    /// An event on the stream of its key that its definition names in a step's `done` or `failed`.
    Event(&'a RecordedEvent),
    /// The clock.
    Time,
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandResult {
    /// It caused these events.
    Accepted(Vec<RecordedEvent>),
    /// It changed nothing, and that is a success.
    Ignored,
    /// It was rejected, by name.
    Rejected(Arc<str>),
}

/// Starts an instance: its first history events and its state.
pub fn start(
    logic: &dyn SagaLogic,
    key: &str,
    event: &RecordedEvent,
    now: Timestamp,
) -> (SagaState, Vec<SagaEvent>) {
    let definition = logic.definition();
    let first = SagaEvent::Started {
        start: Box::new(KeptEvent::from(event)),
        steps: definition.steps.len(),
    };
    let mut history = vec![first];
    let state = started(definition, key, &history[0]);
    let mut state = state.expect("the history that begins here begins with its start");
    advance(logic, &mut state, now, &mut history);
    (state, history)
}

/// Tells an instance something: its history events, which are applied to the state already.
/// Nothing, where it knew it or it doesn't matter any more.
pub fn decide(
    logic: &dyn SagaLogic,
    state: &mut SagaState,
    input: &SagaInput<'_>,
    now: Timestamp,
) -> Vec<SagaEvent> {
    let definition = logic.definition();
    let mut history = Vec::new();
    let mut happened = |state: &mut SagaState, event: SagaEvent| {
        evolve(definition, state, &event);
        history.push(event);
    };
    match input {
        SagaInput::Cancel(event) => {
            if let Some(step) = cancellable(state, event) {
                let failure = failure(definition, state, step, &event.event.type_.name);
                happened(state, SagaEvent::Turned { failure, event: Some(event.event.id) });
            }
        }
        SagaInput::Answer(id, result) => {
            if let Some(target) = unanswered(state, *id) {
                let answer = answer(definition, target, result);
                happened(state, SagaEvent::CommandAnswered { target, answer });
            }
        }
        SagaInput::Event(event) => {
            if let Some((step, branch, answer)) = streamed(definition, state, event) {
                let late = is_late(&state.steps[step].branches[branch], &answer);
                happened(state, SagaEvent::BranchReplied { step, branch, answer });
                if late {
                    happened(state, compensation_of_late(logic, state, step, branch));
                }
            }
        }
        SagaInput::Time => {
            if state.deadline().is_some_and(|deadline| deadline <= now) {
                let step = state.current();
                let failure = failure(definition, state, step, "timeout");
                happened(state, SagaEvent::StepTimedOut { step });
                happened(state, SagaEvent::Turned { failure, event: None });
            }
        }
    }
    if !history.is_empty() {
        advance(logic, state, now, &mut history);
    }
    history
}

/// The running step of an instance that an event can still turn round: what completes it isn't sent
/// yet, and it wasn't itself that caused the event.
fn cancellable(state: &SagaState, event: &RecordedEvent) -> Option<usize> {
    let step = state.current();
    let running = state.status == SagaStatus::Running && step < state.steps.len();
    (running && !caused_by_itself(state, event)).then_some(step)
}

/// What an instance that turns round in a step says of it: what failed first.
fn failure(definition: &SagaDefinition, state: &SagaState, step: usize, reason: &str) -> Arc<str> {
    let first = state.steps[step].failure.as_deref().unwrap_or(reason);
    format!("{}: {first}", definition.steps[step].name).into()
}

/// Whether one of the instance's own commands caused the event.
fn caused_by_itself(state: &SagaState, event: &RecordedEvent) -> bool {
    let command = event.event.metadata.command_id;
    command.is_some_and(|command| state.commands().any(|(_, sent)| sent.id == command))
}

fn unanswered(state: &SagaState, id: Uuid) -> Option<Target> {
    let mut open = state.commands().filter(|(_, sent)| !sent.answered);
    open.find(|(_, sent)| sent.id == id).map(|(target, _)| target)
}

/// What a result means for the command that it answers.
fn answer(definition: &SagaDefinition, target: Target, result: &CommandResult) -> Answered {
    let (events, step) = match (result, target) {
        (CommandResult::Ignored, _) => return Answered::Done(None),
        (CommandResult::Rejected(name), _) => return Answered::Rejected(name.clone()),
        (CommandResult::Accepted(events), Target::Forward { step, .. }) => {
            (events, &definition.steps[step])
        }
        (CommandResult::Accepted(_), _) => return Answered::Done(None),
    };
    if let Some(judged) = events.iter().find_map(|event| judge(&step.done, &step.failed, event)) {
        return judged;
    }
    match (events.first(), step.reply) {
        (first, _) if step.done.is_empty() => {
            Answered::Done(first.map(|event| Box::new(event.into())))
        }
        (_, Reply::Stream) => Answered::Accepted,
        (Some(event), Reply::Caused) => Answered::Unclear(event.event.type_.name.clone()),
        (None, Reply::Caused) => Answered::Done(None),
    }
}

fn judge(done: &[Arc<str>], failed: &[Arc<str>], event: &RecordedEvent) -> Option<Answered> {
    let name = &event.event.type_.name;
    if done.contains(name) {
        return Some(Answered::Done(Some(Box::new(KeptEvent::from(event)))));
    }
    failed.contains(name).then(|| Answered::Failed(name.clone()))
}

/// The branch that an event on its target's stream answers: the first that waits for such an event,
/// or did when it became unknown.
fn streamed(
    definition: &SagaDefinition,
    state: &SagaState,
    event: &RecordedEvent,
) -> Option<(usize, usize, Answered)> {
    for (index, step) in definition.steps.iter().enumerate() {
        if step.reply != Reply::Stream || step.aggregate != event.stream.aggregate {
            continue;
        }
        let Some(answer) = judge(&step.done, &step.failed, event) else { continue };
        let open = state.steps[index].branches.iter().position(|branch| match branch.status {
            BranchStatus::Pending | BranchStatus::Unknown | BranchStatus::Compensated => {
                !branch.replied
            }
            BranchStatus::Done | BranchStatus::Failed(_) => false,
        });
        if let Some(branch) = open {
            return Some((index, branch, answer));
        }
    }
    None
}

/// Whether a `done` comes after its branch's compensation may have been carried out. Before the
/// step's own command is answered its compensation isn't sent (one lane a target), so that whatever
/// the command itself says comes in time.
fn is_late(branch: &Branch, answer: &Answered) -> bool {
    let done = matches!(answer, Answered::Done(_));
    done && branch.back.is_some() && branch.forward.answered
}

fn compensation_of_late(
    logic: &dyn SagaLogic,
    state: &SagaState,
    step: usize,
    branch: usize,
) -> SagaEvent {
    let target = Target::Late { step, branch };
    match state.ask(|at| logic.compensation(step, branch, at)) {
        Ok(command) => SagaEvent::CommandSent { target, command },
        Err(failure) => stuck(logic.definition(), target, &failure.to_string()),
    }
}
