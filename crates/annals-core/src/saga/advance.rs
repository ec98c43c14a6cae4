//! What an instance does next by itself, until it has to wait.

use crate::{Failure, SagaDefinition, SagaLogic, Timestamp};

use super::{Answered, BranchStatus, SagaEvent, SagaState, SagaStatus, Target, evolve};

/// Goes on until something must be awaited; each event is applied and added to the history.
pub(super) fn advance(
    logic: &dyn SagaLogic,
    state: &mut SagaState,
    now: Timestamp,
    history: &mut Vec<SagaEvent>,
) {
    loop {
        let rejected = history.last().and_then(|last| refused(logic.definition(), state, last));
        let events = match rejected {
            Some(stuck) => vec![stuck],
            None => next(logic, state, now),
        };
        if events.is_empty() {
            return;
        }
        for event in events {
            evolve(logic.definition(), state, &event);
            history.push(event);
        }
    }
}

fn next(logic: &dyn SagaLogic, state: &SagaState, now: Timestamp) -> Vec<SagaEvent> {
    match state.status {
        SagaStatus::Running => running(logic, state, now),
        SagaStatus::Compensating => compensating(logic, state),
        SagaStatus::Completed | SagaStatus::Failed | SagaStatus::Stuck => Vec::new(),
    }
}

/// A compensation, `complete` or `fail` that was rejected: nobody but a person can go on.
fn refused(definition: &SagaDefinition, state: &SagaState, last: &SagaEvent) -> Option<SagaEvent> {
    let SagaEvent::CommandAnswered { target, answer } = last else { return None };
    let Answered::Rejected(name) = answer else { return None };
    match target {
        Target::Forward { .. } | Target::Then { .. } => None,
        _ => {
            let (_, sent) = state.commands().find(|(one, _)| one == target)?;
            let (command, to) = (&sent.command.name, &sent.command.stream);
            Some(stuck(definition, *target, &format!("{command} to {to} was rejected: {name}")))
        }
    }
}

/// The alarm of an instance that can't go on: which command, why, and what to do.
pub(super) fn stuck(definition: &SagaDefinition, target: Target, cause: &str) -> SagaEvent {
    let step = |step: usize| definition.steps.get(step).map_or("?", |step| &*step.name);
    let what = match target {
        Target::Back { step: at, .. } | Target::Late { step: at, .. } => {
            format!("the compensation of step {} can't be carried out", step(at))
        }
        Target::Complete => "`complete` can't be carried out".into(),
        Target::Fail => "`fail` can't be carried out".into(),
        Target::Forward { step: at, .. } | Target::Then { step: at } => {
            format!("step {} can't be carried out", step(at))
        }
    };
    let alarm = format!("{what}: {cause}; set right by hand what it would have done");
    SagaEvent::Stuck { alarm: alarm.into() }
}

fn running(logic: &dyn SagaLogic, state: &SagaState, now: Timestamp) -> Vec<SagaEvent> {
    let definition = logic.definition();
    let at = state.current();
    let Some(step) = state.steps.get(at) else {
        return ending(logic, state, definition.completes, Target::Complete, SagaEvent::Completed);
    };
    let name = &definition.steps[at].name;
    if !step.started {
        return match state.ask(|context| logic.branches(at, context)) {
            Ok(commands) => {
                let timeout = definition.steps[at].timeout_us;
                let deadline = timeout.map(|us| Timestamp(now.0.saturating_add(us)));
                vec![SagaEvent::StepStarted { step: at, commands, deadline }]
            }
            Err(failure) => vec![turned(name, &evaluation(&failure))],
        };
    }
    if step.branches.iter().any(|branch| branch.status == BranchStatus::Pending) {
        return Vec::new();
    }
    if let Some(reason) = &step.failure {
        return vec![turned(name, reason)];
    }
    if step.then.is_some() {
        return Vec::new();
    }
    // All is done, and yet the step isn't: a command follows.
    match state.ask(|context| logic.then(at, context)) {
        Ok(command) => vec![SagaEvent::CommandSent { target: Target::Then { step: at }, command }],
        Err(failure) => vec![turned(name, &evaluation(&failure))],
    }
}

fn turned(step: &str, reason: &str) -> SagaEvent {
    SagaEvent::Turned { failure: format!("{step}: {reason}").into(), event: None }
}

fn evaluation(failure: &Failure) -> String {
    match failure {
        Failure::Evaluation { .. } => "EvaluationFailed".into(),
        other => other.to_string(),
    }
}

/// From the last step to the first: what is done or unknown is compensated, the branches of one
/// step side by side; a step's compensations are all answered before those of the step before it
/// are sent.
fn compensating(logic: &dyn SagaLogic, state: &SagaState) -> Vec<SagaEvent> {
    let definition = logic.definition();
    for (index, step) in state.steps.iter().enumerate().rev() {
        if !definition.steps[index].compensates {
            continue;
        }
        let mut sent = Vec::new();
        for (number, branch) in step.branches.iter().enumerate() {
            if !matches!(branch.status, BranchStatus::Done | BranchStatus::Unknown) {
                continue;
            }
            match &branch.back {
                Some(_) => return Vec::new(),
                None => {
                    let target = Target::Back { step: index, branch: number };
                    match state.ask(|context| logic.compensation(index, number, context)) {
                        Ok(command) => sent.push(SagaEvent::CommandSent { target, command }),
                        Err(failure) => {
                            return vec![stuck(definition, target, &failure.to_string())];
                        }
                    }
                }
            }
        }
        if !sent.is_empty() {
            return sent;
        }
    }
    ending(logic, state, definition.fails, Target::Fail, SagaEvent::Failed)
}

/// Sends the command that ends the instance, where it has one, and ends once that is answered.
fn ending(
    logic: &dyn SagaLogic,
    state: &SagaState,
    sends: bool,
    target: Target,
    ended: SagaEvent,
) -> Vec<SagaEvent> {
    match &state.ending {
        _ if !sends => vec![ended],
        Some((_, sent)) if sent.answered => vec![ended],
        Some(_) => Vec::new(),
        None => {
            let command = state.ask(|at| match target {
                Target::Complete => logic.complete(at),
                _ => logic.fail(at),
            });
            match command {
                Ok(command) => vec![SagaEvent::CommandSent { target, command }],
                Err(failure) => vec![stuck(logic.definition(), target, &failure.to_string())],
            }
        }
    }
}
