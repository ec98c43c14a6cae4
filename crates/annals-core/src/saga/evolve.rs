//! How a history event changes the state. Total: a history that was stored is always readable.

use std::sync::Arc;

use crate::{CommandSpec, SagaDefinition, ids};

use super::{
    Answered, Branch, BranchStatus, KeptEvent, SagaEvent, SagaState, SagaStatus, Sent, StepState,
    Target,
};

/// The state after the first event of a history; `None` where that isn't [`SagaEvent::Started`].
pub fn started(definition: &SagaDefinition, key: &str, event: &SagaEvent) -> Option<SagaState> {
    let SagaEvent::Started { start, steps } = event else { return None };
    Some(SagaState {
        saga: definition.name.clone(),
        key: key.into(),
        status: SagaStatus::Running,
        start: KeptEvent::clone(start),
        steps: vec![StepState::default(); *steps],
        failure: Arc::from(""),
        alarm: None,
        ending: None,
        sent: 0,
    })
}

/// Applies a history event behind the first.
pub fn evolve(definition: &SagaDefinition, state: &mut SagaState, event: &SagaEvent) {
    match event {
        SagaEvent::Started { .. } => {}
        SagaEvent::StepStarted { step, commands, deadline } => {
            let branches: Vec<Branch> = commands
                .iter()
                .enumerate()
                .map(|(branch, command)| Branch {
                    forward: send(
                        definition,
                        state,
                        Target::Forward { step: *step, branch },
                        command,
                    ),
                    status: BranchStatus::Pending,
                    back: None,
                    late: None,
                    replied: false,
                })
                .collect();
            if let Some(at) = state.steps.get_mut(*step) {
                *at = StepState {
                    started: true,
                    branches,
                    deadline: *deadline,
                    ..StepState::default()
                };
                at.done = at.branches.is_empty() && !follows(definition, *step);
            }
        }
        SagaEvent::CommandSent { target, command } => sent(definition, state, *target, command),
        SagaEvent::CommandAnswered { target, answer } => {
            answered(definition, state, *target, answer);
        }
        SagaEvent::BranchReplied { step, branch, answer } => {
            if let Some(at) = branch_mut(state, *step, *branch) {
                at.replied = true;
            }
            learned(definition, state, (*step, *branch), answer);
        }
        SagaEvent::StepTimedOut { step } => {
            if let Some(at) = state.steps.get_mut(*step) {
                forget(at);
            }
        }
        SagaEvent::Turned { failure, .. } => {
            state.failure = failure.clone();
            state.status = SagaStatus::Compensating;
            state.steps.iter_mut().for_each(forget);
        }
        SagaEvent::Completed => state.status = SagaStatus::Completed,
        SagaEvent::Failed => state.status = SagaStatus::Failed,
        SagaEvent::Stuck { alarm } => {
            state.status = SagaStatus::Stuck;
            // What is to be set right by hand adds up.
            let earlier =
                state.alarm.take().map(|earlier| format!("{earlier}; and {alarm}").into());
            state.alarm = Some(earlier.unwrap_or_else(|| alarm.clone()));
        }
    }
}

/// What wasn't answered is unknown from now on.
fn forget(step: &mut StepState) {
    for branch in &mut step.branches {
        if branch.status == BranchStatus::Pending {
            branch.status = BranchStatus::Unknown;
        }
    }
}

fn follows(definition: &SagaDefinition, step: usize) -> bool {
    definition.steps.get(step).is_some_and(|step| step.then)
}

fn send(
    definition: &SagaDefinition,
    state: &mut SagaState,
    target: Target,
    command: &CommandSpec,
) -> Sent {
    state.sent += 1;
    let (step, branch, direction) = match target {
        Target::Forward { step, branch } => (Some(step), branch, "forward"),
        Target::Then { step } => (Some(step), 0, "then"),
        Target::Back { step, branch } => (Some(step), branch, "back"),
        Target::Late { step, branch } => (Some(step), branch, "late"),
        Target::Complete => (None, 0, "complete"),
        Target::Fail => (None, 0, "fail"),
    };
    let step = step.and_then(|step| definition.steps.get(step)).map_or("", |step| &*step.name);
    let id = ids::saga_command(&definition.name, &state.key, step, branch, direction);
    Sent { id, sequence: state.sent, command: command.clone(), answered: false }
}

fn sent(definition: &SagaDefinition, state: &mut SagaState, target: Target, command: &CommandSpec) {
    let command = send(definition, state, target, command);
    match target {
        Target::Forward { .. } => {}
        Target::Then { step } => {
            if let Some(at) = state.steps.get_mut(step) {
                at.then = Some(command);
            }
        }
        Target::Back { step, branch } => {
            if let Some(at) = branch_mut(state, step, branch) {
                at.back = Some(command);
            }
        }
        Target::Late { step, branch } => {
            if let Some(at) = branch_mut(state, step, branch) {
                at.late = Some(command);
            }
        }
        Target::Complete | Target::Fail => state.ending = Some((target, command)),
    }
}

fn branch_mut(state: &mut SagaState, step: usize, branch: usize) -> Option<&mut Branch> {
    state.steps.get_mut(step).and_then(|step| step.branches.get_mut(branch))
}

fn answered(definition: &SagaDefinition, state: &mut SagaState, target: Target, answer: &Answered) {
    match target {
        Target::Forward { step, branch } => {
            if let Some(at) = branch_mut(state, step, branch) {
                at.forward.answered = true;
            }
            learned(definition, state, (step, branch), answer);
        }
        Target::Then { step } => {
            if let Some(at) = state.steps.get_mut(step) {
                match answer {
                    Answered::Done(_) => at.done = true,
                    Answered::Rejected(name) => at.failure = Some(name.clone()),
                    _ => {}
                }
                at.then.iter_mut().for_each(|sent| sent.answered = true);
            }
        }
        Target::Back { step, branch } => {
            if let Some(at) = branch_mut(state, step, branch) {
                at.back.iter_mut().for_each(|sent| sent.answered = true);
                if matches!(answer, Answered::Done(_)) {
                    at.status = BranchStatus::Compensated;
                }
            }
        }
        Target::Late { step, branch } => {
            if let Some(at) = branch_mut(state, step, branch) {
                at.late.iter_mut().for_each(|sent| sent.answered = true);
            }
        }
        Target::Complete | Target::Fail => {
            state.ending.iter_mut().for_each(|(_, sent)| sent.answered = true);
        }
    }
}

/// What is learned of a branch counts while nothing is known of it. What became unknown stays so
/// until its compensation is answered: whatever comes meanwhile, it is compensated once.
fn learned(
    definition: &SagaDefinition,
    state: &mut SagaState,
    (step, branch): (usize, usize),
    answer: &Answered,
) {
    let Some(at) = state.steps.get_mut(step) else { return };
    let single = at.branches.len() == 1;
    let Some(one) = at.branches.get_mut(branch) else { return };
    if one.status != BranchStatus::Pending {
        return;
    }
    let failure = match answer {
        Answered::Accepted => return,
        Answered::Done(event) => {
            one.status = BranchStatus::Done;
            if single {
                at.finished = event.as_deref().cloned();
            }
            None
        }
        Answered::Unclear(name) => {
            one.status = BranchStatus::Unknown;
            Some(name)
        }
        Answered::Failed(name) | Answered::Rejected(name) => {
            one.status = BranchStatus::Failed(name.clone());
            Some(name)
        }
    };
    if at.failure.is_none() {
        at.failure = failure.cloned();
    }
    let all = at.branches.iter().all(|branch| branch.status == BranchStatus::Done);
    at.done = all && !follows(definition, step);
}
