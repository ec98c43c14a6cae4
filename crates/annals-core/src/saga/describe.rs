//! History events in words, one line each, for timelines and traces.

use crate::SagaDefinition;

use super::{Answered, SagaEvent, Target};

/// What an event of a history says, in one line. Without the definition, steps are numbered from 1.
pub fn describe(event: &SagaEvent, definition: Option<&SagaDefinition>) -> String {
    let name = |step: usize| {
        let known = definition.and_then(|definition| definition.steps.get(step));
        known.map_or_else(|| format!("step {}", step + 1), |step| step.name.to_string())
    };
    match event {
        SagaEvent::Started { start, .. } => format!("started by {}", start.name()),
        SagaEvent::StepStarted { step, commands, .. } => {
            let sent: Vec<String> =
                commands.iter().map(|c| format!("{} to {}", c.name, c.stream)).collect();
            let sent = if sent.is_empty() { "nothing".to_owned() } else { sent.join(", ") };
            format!("{}: sends {sent}", name(*step))
        }
        SagaEvent::CommandSent { target, command } => {
            let why = match target {
                Target::Back { step, .. } => format!("{}: compensates with", name(*step)),
                Target::Late { step, .. } => {
                    format!("{}: was done late, compensates with", name(*step))
                }
                Target::Then { step } | Target::Forward { step, .. } => {
                    format!("{}: sends", name(*step))
                }
                Target::Complete => "completes with".into(),
                Target::Fail => "fails with".into(),
            };
            format!("{why} {} to {}", command.name, command.stream)
        }
        SagaEvent::CommandAnswered { target, answer } => {
            let (what, done) = match target {
                Target::Forward { step, .. } => (name(*step), "done"),
                Target::Then { step } => (name(*step), "taken note of"),
                Target::Back { step, .. } | Target::Late { step, .. } => {
                    (name(*step), "compensated")
                }
                Target::Complete => ("complete".into(), "done"),
                Target::Fail => ("fail".into(), "done"),
            };
            said(&what, done, answer)
        }
        SagaEvent::BranchReplied { step, answer, .. } => said(&name(*step), "done", answer),
        SagaEvent::StepTimedOut { step } => format!("{}: not done in time", name(*step)),
        SagaEvent::Turned { failure, .. } => format!("turns round: {failure}"),
        SagaEvent::Completed => "completed".into(),
        SagaEvent::Failed => "failed, all compensated".into(),
        SagaEvent::Stuck { alarm } => format!("stuck: {alarm}"),
    }
}

fn said(what: &str, done: &str, answer: &Answered) -> String {
    match answer {
        Answered::Done(Some(event)) => format!("{what}: {done}, {}", event.name()),
        Answered::Done(None) => format!("{what}: {done}"),
        Answered::Accepted => format!("{what}: accepted, waits"),
        Answered::Unclear(event) => format!("{what}: unclear, {event}"),
        Answered::Failed(reason) => format!("{what}: failed, {reason}"),
        Answered::Rejected(reason) => format!("{what}: rejected, {reason}"),
    }
}
