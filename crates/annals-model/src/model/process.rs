//! What happens because of events: sagas and reactions.

use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::source::Span;

use super::{Assignment, Formula, Named, Term};

/// A command that a saga or a reaction sends.
#[derive(Clone, Debug)]
pub struct Send {
    /// The target's aggregate.
    pub aggregate: Arc<str>,
    /// The command.
    pub command: Arc<str>,
    /// The target's id.
    pub to: Term,
    /// The id's type.
    pub to_type: Type,
    /// Every field of the command's input, in its order: written or carried over.
    pub with: Vec<Assignment>,
    /// Where it is written.
    pub span: Span,
}

/// One branch for each item of a list.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// The name that each item has in scope.
    pub name: Arc<str>,
    /// The list (a saga's slots without the item; a reaction's slots without the item).
    pub list: Formula,
    /// The items' type.
    pub item_type: Type,
}

/// A durable process: steps, and the compensation of each.
#[derive(Clone, Debug)]
pub struct Saga {
    /// Its name.
    pub named: Named,
    /// The service that owns it.
    pub service: Arc<str>,
    /// The event that starts an instance.
    pub start: Arc<str>,
    /// The name of the key's field.
    pub key: Arc<str>,
    /// The key's type: uuid, text or int.
    pub key_type: Type,
    /// The key of a start event (slots `event`, `meta`).
    pub start_key: Term,
    /// The events that turn a running instance round, each with the term of its key.
    pub cancel: Vec<(Arc<str>, Term)>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// `steps` as expressions see it once all are over: a field for each step without `for_each`,
    /// in order, an optional record. A step's own expressions see a prefix of it.
    pub steps_in_scope: Arc<RecordType>,
    /// Sent once all steps are done.
    pub complete: Option<Send>,
    /// Sent once everything is compensated.
    pub fail: Option<Send>,
}

/// How a saga learns that a step's command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `done` or `failed` is among the events that the command itself causes.
    Caused,
    /// It is the first such event on the target's stream, whose id is the saga's key.
    Stream,
}

/// One step of a saga.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub named: Named,
    /// Branches side by side.
    pub for_each: Option<ForEach>,
    /// The command.
    pub send: Send,
    /// Events that finish it; empty: an accepted command is done.
    pub done: Vec<Arc<str>>,
    /// Events that say it failed.
    pub failed: Vec<Arc<str>>,
    /// How the answer arrives.
    pub reply: Reply,
    /// The command that undoes it, to the step's own target.
    pub compensate: Option<Send>,
    /// A command to the saga's key once it is done; its rejection fails the step.
    pub then: Option<Send>,
    /// How long the whole step may take, in microseconds.
    pub timeout_us: Option<i64>,
}

/// What happens because of an event or the clock.
#[derive(Clone, Debug)]
pub struct Reaction {
    /// Its name.
    pub named: Named,
    /// The service that owns it.
    pub service: Arc<str>,
    /// Waits this long, durably, in microseconds.
    pub after_us: Option<i64>,
    /// Events on the same stream that call a waiting reaction off.
    pub unless: Vec<Arc<str>>,
    /// What a rejection means.
    pub refused: Option<Refused>,
    /// One handler for each event of `on`.
    pub on: Vec<ReactionHandler>,
}

/// What a rejected command of a reaction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A business "no": recorded, and that is all.
    Ignore,
    /// The event becomes a dead letter.
    Park,
}

/// A reaction to one event (a reaction on several events has one for each, since types differ).
#[derive(Clone, Debug)]
pub struct ReactionHandler {
    /// The event's name.
    pub event: Arc<str>,
    /// `if:` (slots `event`, `meta`).
    pub condition: Option<Formula>,
    /// Branches side by side.
    pub for_each: Option<ForEach>,
    /// What it does.
    pub action: Action,
}

/// What a reaction does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Sends a command.
    Send(Send),
    /// Calls outside: POST of the event's data as CloudEvents in binary mode.
    Call(Call),
}

/// A call to an outside service.
#[derive(Clone, Debug)]
pub struct Call {
    /// The URL, with what the environment gives left open.
    pub url: Vec<UrlPart>,
    /// Where it is written.
    pub span: Span,
}

/// A piece of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlPart {
    /// As it is.
    Text(Arc<str>),
    /// `${NAME}` or `${NAME:-default}`.
    Variable {
        /// The environment's name.
        name: Arc<str>,
        /// Used where the environment has none.
        default: Option<Arc<str>>,
    },
}
