//! What every pass after the shapes looks things up in: services, and aggregates with the types of
//! their ids, states, inputs and events. Names are found by hash.

use std::collections::HashMap;
use std::sync::Arc;

use annals_expression::{Field, RecordType, Type};

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Node};
use crate::{EventVersion, Named};

use super::context::{Context, suggest};
use super::types::Shape;

/// All that has a name of its own.
#[derive(Default)]
pub(crate) struct Catalog<'n> {
    pub(crate) services: Vec<Arc<str>>,
    /// There may be more services than can be seen.
    pub(crate) services_lost: bool,
    /// There may be more events and commands than can be seen.
    pub(crate) aggregates_lost: bool,
    pub(crate) aggregates: Vec<AggregateShape<'n>>,
    pub(crate) events: HashMap<Arc<str>, (usize, usize)>,
    pub(crate) commands: HashMap<Arc<str>, (usize, usize)>,
}

/// An aggregate whose types are known and whose bodies aren't read yet.
pub(crate) struct AggregateShape<'n> {
    pub(crate) named: Named,
    pub(crate) service: Option<Arc<str>>,
    /// The id's name and type.
    pub(crate) id: Option<(Arc<str>, Type)>,
    pub(crate) state: Shape,
    pub(crate) state_in_scope: Arc<RecordType>,
    pub(crate) snapshot_every: Option<u64>,
    pub(crate) commands: Vec<CommandShape<'n>>,
    pub(crate) events: Vec<EventShape<'n>>,
}

impl AggregateShape<'_> {
    /// Its state, or what it is called by, can't be known.
    pub(crate) fn blind(&self) -> bool {
        self.state.broken || self.id.is_none()
    }
}

/// A command whose input is known.
pub(crate) struct CommandShape<'n> {
    pub(crate) named: Named,
    pub(crate) fields: Fields<'n>,
    pub(crate) input: Shape,
    pub(crate) input_in_scope: Arc<RecordType>,
    /// The events that it may emit, by name, before they are looked up.
    pub(crate) emits: Vec<Arc<str>>,
}

/// An event whose versions are known.
pub(crate) struct EventShape<'n> {
    pub(crate) named: Named,
    pub(crate) fields: Fields<'n>,
    pub(crate) versions: Vec<EventVersion>,
    /// The latest version with the id.
    pub(crate) in_scope: Arc<RecordType>,
    /// Its fields, the id among them, can't be known.
    pub(crate) broken: bool,
}

impl<'n> Catalog<'n> {
    /// The aggregate and the event of that name; complains where there is none.
    pub(crate) fn event(
        &self,
        context: &mut Context<'_>,
        name: &Arc<str>,
        span: Span,
    ) -> Option<(&AggregateShape<'n>, &EventShape<'n>)> {
        if let Some((aggregate, event)) = self.events.get(name) {
            let aggregate = &self.aggregates[*aggregate];
            return Some((aggregate, &aggregate.events[*event]));
        }
        if self.aggregates_lost {
            return None;
        }
        let message = match self.commands.get(name) {
            Some(_) => format!("`{name}` is a command, and an event is asked"),
            None => format!("there is no event `{name}`"),
        };
        let known = sorted(&self.events);
        let cure = suggest(name, known.iter().map(|k| &**k), "declare one under an aggregate");
        context.problems.error(codes::UNKNOWN_EVENT, span, message).cure(cure);
        None
    }

    /// The aggregate and the command of that name; complains where there is none.
    pub(crate) fn command(
        &self,
        context: &mut Context<'_>,
        name: &Arc<str>,
        span: Span,
    ) -> Option<(&AggregateShape<'n>, &CommandShape<'n>)> {
        if let Some((aggregate, command)) = self.commands.get(name) {
            let aggregate = &self.aggregates[*aggregate];
            return Some((aggregate, &aggregate.commands[*command]));
        }
        if self.aggregates_lost {
            return None;
        }
        let message = match self.events.get(name) {
            Some(_) => format!("`{name}` is an event, and a command is asked"),
            None => format!("there is no command `{name}`"),
        };
        let known = sorted(&self.commands);
        let cure = suggest(name, known.iter().map(|k| &**k), "declare one under an aggregate");
        context.problems.error(codes::UNKNOWN_COMMAND, span, message).cure(cure);
        None
    }

    /// The service that `service:` names.
    pub(crate) fn service(
        &self,
        context: &mut Context<'_>,
        node: Option<&Node>,
    ) -> Option<Arc<str>> {
        let name = decode::text(node?, &mut context.problems)?;
        if self.services.contains(&name.value) {
            return Some(name.value);
        }
        if self.services_lost {
            return None;
        }
        let message = format!("there is no service `{}`", name.value);
        let known = self.services.iter().map(|s| &**s);
        let cure = suggest(&name.value, known, "declare it under `services:`");
        context.problems.error(codes::UNKNOWN_SERVICE, name.span, message).cure(cure);
        None
    }
}

fn sorted(names: &HashMap<Arc<str>, (usize, usize)>) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = names.keys().cloned().collect();
    names.sort();
    names
}

/// A record as expressions see it: the id, then the fields; messages call it by that name.
pub(crate) fn with_id(
    name: &str,
    id: Option<&(Arc<str>, Type)>,
    record: &RecordType,
) -> Arc<RecordType> {
    let id = id.map(|(name, type_)| Field { name: name.clone(), type_: type_.clone() });
    let fields = id.into_iter().chain(record.fields.iter().cloned()).collect();
    Arc::new(RecordType { name: Some(name.into()), fields, lost: record.lost.clone() })
}

/// Names that must differ from one another across sections or aggregates.
#[derive(Default)]
pub(crate) struct Unique {
    taken: HashMap<Arc<str>, (Span, &'static str)>,
}

impl Unique {
    /// Whether the name is free; complains with both places where it isn't.
    pub(crate) fn take(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry,
        what: &'static str,
    ) -> bool {
        if let Some((first, other)) = self.taken.get(&entry.key) {
            let message = format!("`{}` is the name of {other} already", entry.key);
            context
                .problems
                .error(codes::DUPLICATE_NAME, entry.key_span, message)
                .label(*first, "first here")
                .cure("rename one of them: such names are unique in the system");
            return false;
        }
        self.taken.insert(entry.key.clone(), (entry.key_span, what));
        true
    }
}
