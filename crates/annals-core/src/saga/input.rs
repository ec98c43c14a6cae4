//! What an instance is told, and what it makes of it.

use std::sync::Arc;

use crate::{RecordedEvent, Reply, SagaDefinition, SagaLogic, Timestamp};
use uuid::Uuid;

use super::advance::advance;
use super::{
    Answered, BranchStatus, KeptEvent, SagaEvent, SagaState, SagaStatus, Target, evolve, started,
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
            if state.status == SagaStatus::Running && !caused_by_itself(state, event) {
                if state.ending.is_some() {
                    return history;
                }
                let step = definition.steps.get(state.current());
                let step = step.map_or("end", |step| &*step.name);
                let failure = format!("{step}: {}", event.event.type_.name).into();
                happened(state, SagaEvent::Turned { failure, event: Some(event.event.id) });
            }
        }
        SagaInput::Answer(id, result) => {
            if let Some(target) = unanswered(state, *id) {
                let answer = answer(definition, target, result);
                let late = is_late(state, target, &answer);
                happened(state, SagaEvent::CommandAnswered { target, answer });
                if let Some((step, branch)) = late {
                    compensate_late(logic, state, (step, branch), &mut history);
                }
            }
        }
        SagaInput::Event(event) => {
            if let Some((target, answer)) = streamed(definition, state, event) {
                let late = is_late(state, target, &answer);
                happened(state, SagaEvent::CommandAnswered { target, answer });
                if let Some((step, branch)) = late {
                    compensate_late(logic, state, (step, branch), &mut history);
                }
            }
        }
        SagaInput::Time => {
            if state.deadline().is_some_and(|deadline| deadline <= now) {
                let step = state.current();
                happened(state, SagaEvent::StepTimedOut { step });
                let failure = format!("{}: timeout", definition.steps[step].name).into();
                happened(state, SagaEvent::Turned { failure, event: None });
            }
        }
    }
    if !history.is_empty() {
        advance(logic, state, now, &mut history);
    }
    history
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
    if step.done.is_empty() {
        return Answered::Done(events.first().map(|event| Box::new(KeptEvent::from(event))));
    }
    let judged = events.iter().find_map(|event| judge(&step.done, &step.failed, event));
    judged.unwrap_or(Answered::Accepted)
}

fn judge(done: &[Arc<str>], failed: &[Arc<str>], event: &RecordedEvent) -> Option<Answered> {
    let name = &event.event.type_.name;
    if done.contains(name) {
        return Some(Answered::Done(Some(Box::new(KeptEvent::from(event)))));
    }
    failed.contains(name).then(|| Answered::Failed(name.clone()))
}

/// The branch that an event on its target's stream answers: one of a step that was started, whose
/// outcome isn't known, or was unknown when it was compensated.
fn streamed(
    definition: &SagaDefinition,
    state: &SagaState,
    event: &RecordedEvent,
) -> Option<(Target, Answered)> {
    for (index, step) in definition.steps.iter().enumerate() {
        if step.reply != Reply::Stream || step.aggregate != event.stream.aggregate {
            continue;
        }
        let Some(answer) = judge(&step.done, &step.failed, event) else { continue };
        let open = state.steps[index].branches.iter().position(|branch| match branch.status {
            BranchStatus::Pending => true,
            BranchStatus::Unknown | BranchStatus::Compensated => branch.late.is_none(),
            BranchStatus::Done | BranchStatus::Failed(_) => false,
        });
        if let Some(branch) = open {
            return Some((Target::Forward { step: index, branch }, answer));
        }
    }
    None
}

/// Whether a `done` comes after its branch's compensation may have been carried out. The answer to
/// a command always comes before its compensation is sent on (one lane a target), so that only
/// events of a stream can be late.
fn is_late(state: &SagaState, target: Target, answer: &Answered) -> Option<(usize, usize)> {
    let Target::Forward { step, branch } = target else { return None };
    let one = state.steps.get(step)?.branches.get(branch)?;
    let done = matches!(answer, Answered::Done(Some(_)));
    let sent = one.back.is_some() && one.forward.answered;
    (done && sent && one.late.is_none()).then_some((step, branch))
}

fn compensate_late(
    logic: &dyn SagaLogic,
    state: &mut SagaState,
    (step, branch): (usize, usize),
    history: &mut Vec<SagaEvent>,
) {
    let target = Target::Late { step, branch };
    let event = match state.ask(|at| logic.compensation(step, branch, at)) {
        Ok(command) => SagaEvent::CommandSent { target, command },
        Err(failure) => super::advance::stuck(logic.definition(), target, &failure.to_string()),
    };
    evolve(logic.definition(), state, &event);
    history.push(event);
}
