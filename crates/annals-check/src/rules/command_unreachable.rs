//! # Command that nobody can reach
//!
//! ## What it does
//! Finds a command that says `public: false` and that no saga and no reaction sends; and one whose
//! `when` asks for a state that no event ever sets.
//!
//! ## Why it is bad
//! It is dead: nobody can run it, and whatever its event does never happens.
//!
//! ## Example
//! ```yaml
//! state:
//!   status: { enum: [open, shipped, archived], initial: open }
//! commands:
//!   DeleteOrder: { when: state.status == "archived", emit: OrderDeleted }
//! events:
//!   OrderShipped: { versions: { 1: {} }, set: { status: shipped } }
//! ```
//!
//! ## Use instead
//! An event that sets `status: archived`, or a `when` that asks for a state that exists.

use std::collections::BTreeSet;
use std::sync::Arc;

use annals_expression::{Type, Value};
use annals_model::{Aggregate, Change, Command, Model, Problems, Term};

use crate::codes::COMMAND_UNREACHABLE;
use crate::rules::conditions::{Requirement, requirements};

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    for aggregate in &model.aggregates {
        for command in &aggregate.commands {
            if !command.public && command.sent_by.is_empty() {
                unsent(command, problems);
            }
            unmet(aggregate, command, problems);
        }
    }
}

/// Not on the outside API, and sent by nobody.
fn unsent(command: &Command, problems: &mut Problems) {
    problems
        .warning(
            COMMAND_UNREACHABLE,
            command.named.span,
            format!("nobody can send {}", command.named.name),
        )
        .cure("remove `public: false`, or let a saga or a reaction send it");
}

/// Its `when` asks a field of an enum for members that the field never has.
fn unmet(aggregate: &Aggregate, command: &Command, problems: &mut Problems) {
    let Some(when) = &command.when else { return };
    for Requirement { field, members } in requirements(&when.expression) {
        let Some(possible) = possible_members(aggregate, &field) else { continue };
        if members.iter().any(|member| possible.contains(member)) {
            continue;
        }
        let wanted: Vec<String> = members.iter().map(|m| format!("\"{m}\"")).collect();
        problems
            .warning(
                COMMAND_UNREACHABLE,
                when.span,
                format!(
                    "{} is never allowed: no event of {} sets {field} to {}",
                    command.named.name,
                    aggregate.named.name,
                    wanted.join(" or ")
                ),
            )
            .cure(format!("set `{field}` to it in an event, or ask for a value that it has"));
    }
}

/// The members that a state's field can have: its initial one and those that events set it to.
/// `None` where that can't be told: no enum, or a value that is computed.
fn possible_members(aggregate: &Aggregate, field: &str) -> Option<BTreeSet<Arc<str>>> {
    let declared = aggregate.state.fields.iter().find(|f| &*f.name == field)?;
    let Type::Enum(members) = &declared.type_ else { return None };
    let mut possible: BTreeSet<Arc<str>> = members.initial.iter().cloned().collect();
    for change in aggregate.events.iter().flat_map(|event| &event.changes) {
        match change {
            Change::Set(assignment) if &*assignment.field == field => match &assignment.term {
                Term::Literal(Value::Text(member)) => {
                    possible.insert(member.clone());
                }
                _ => return None,
            },
            _ => {}
        }
    }
    Some(possible)
}
