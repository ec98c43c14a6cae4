//! Events: upcasters from version to version, and what an event changes in the state.

use std::collections::HashMap;
use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::codes_resolve as codes;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Assignment, Change, Event, Place, Upcast};

use super::carry::{Filling, Source, carry_some, fill, unknown};
use super::catalog::{AggregateShape, EventShape, with_id};
use super::context::{Context, entries, field_type};
use super::formula::Env;
use super::position::refuse_position;
use super::value;

/// An event of an aggregate.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    aggregate: &AggregateShape<'_>,
    shape: &EventShape<'_>,
) -> Option<Event> {
    let upcasts = upcasts(context, aggregate, shape);
    let changes = changes(context, aggregate, shape);
    Some(Event {
        named: shape.named.clone(),
        versions: shape.versions.clone(),
        upcasts: upcasts?,
        changes: changes?,
        in_scope: shape.in_scope.clone(),
    })
}

fn upcasts(
    context: &mut Context<'_>,
    aggregate: &AggregateShape<'_>,
    shape: &EventShape<'_>,
) -> Option<Vec<Upcast>> {
    if shape.broken {
        return None;
    }
    let mut written: HashMap<String, &Entry> = HashMap::new();
    let steps: Vec<String> =
        (1..shape.versions.len()).map(|n| format!("{n} to {}", n + 1)).collect();
    let node = shape.fields.get("upcast");
    // What is written can't be seen as a whole: then nothing is said of what seems to lack.
    let mut lost = shape.fields.misspelt("upcast")
        || node.is_some_and(|node| matches!(node.kind, Kind::Poisoned));
    for entry in node.map_or(&[][..], |node| entries(context, node, "upcasters")) {
        let key = entry.key.split_whitespace().collect::<Vec<_>>().join(" ");
        if steps.contains(&key) {
            written.insert(key, entry);
            continue;
        }
        lost = true;
        let message = format!("`{}` leads from no version to the next one", entry.key);
        let cure = match steps.len() {
            0 => "the event has one version; take the upcaster away".to_owned(),
            _ => format!("write `{}`", steps.join("`, `")),
        };
        context.problems.error(codes::UPCAST_FORM, entry.key_span, message).cure(cure);
    }
    let mut good = !lost;
    let mut upcasts = Vec::new();
    for (pair, step) in shape.versions.windows(2).zip(&steps) {
        let entry = written.get(step).copied();
        if entry.is_none() && lost {
            continue;
        }
        let span = entry.map_or(pair[1].span, |entry| entry.key_span);
        let event = with_id(&shape.named.name, aggregate.id.as_ref(), &pair[0].fields);
        let env = Env::new([("event", Type::Record(event.clone()))], false);
        let written = entry.map_or(&[][..], |e| entries(context, &e.value, "the new fields"));
        let source_name = format!("version {}", pair[0].number);
        let filling = Filling {
            what: format!("version {} of `{}`", pair[1].number, shape.named.name),
            target: &pair[1].fields,
            written: written.iter().collect(),
            source: Source::Record("event", &event),
            source_name: &source_name,
            span,
            null_where_optional: true,
        };
        match fill(context, &filling, &env) {
            Some(fields) => upcasts.push(Upcast { fields, span }),
            None => good = false,
        }
    }
    good.then_some(upcasts)
}

/// Whether a field was written under two words, and where first.
#[derive(Default)]
struct Written {
    first: HashMap<Arc<str>, Span>,
}

struct Body<'a> {
    state: &'a RecordType,
    id: Option<&'a Arc<str>>,
    env: Env,
}

fn changes(
    context: &mut Context<'_>,
    aggregate: &AggregateShape<'_>,
    shape: &EventShape<'_>,
) -> Option<Vec<Change>> {
    let scope = [
        ("state", Type::Record(aggregate.state_in_scope.clone())),
        ("event", Type::Record(shape.in_scope.clone())),
        ("meta", context.meta(Place::Event)),
    ];
    let blind = aggregate.blind() || shape.broken;
    let state = &*aggregate.state.record;
    let id = aggregate.id.as_ref().map(|(name, _)| name);
    let body = Body { state, id, env: Env::new(scope, blind) };
    let mut written = Written::default();
    let mut changes = Vec::new();
    let mut good = true;
    for word in ["set", "append", "put", "remove"] {
        let Some(node) = shape.fields.get(word) else { continue };
        for entry in entries(context, node, word) {
            if !written.once(context, entry) || aggregate.state.broken {
                good = false;
                continue;
            }
            match body.change(context, word, entry) {
                Some(change) => changes.push(change),
                None => good = false,
            }
        }
    }
    if blind {
        return None;
    }
    let rest = state.fields.iter().filter(|field| !written.first.contains_key(&field.name));
    let rest = rest.map(|field| (&field.name, &field.type_));
    let source = ("event", &*shape.in_scope);
    let carried = carry_some(context, rest, source, shape.named.span, "the state", &body.env);
    changes.extend(carried.into_iter().map(Change::Set));
    good.then_some(changes)
}

impl Written {
    fn once(&mut self, context: &mut Context<'_>, entry: &Entry) -> bool {
        if let Some(first) = self.first.get(&entry.key) {
            context
                .problems
                .error(
                    codes::CHANGED_TWICE,
                    entry.key_span,
                    format!("the event changes `{}` twice", entry.key),
                )
                .label(*first, "first here")
                .cure("keep one: all terms of an event see the state before it");
            return false;
        }
        self.first.insert(entry.key.clone(), entry.key_span);
        true
    }
}

impl Body<'_> {
    fn change(&self, context: &mut Context<'_>, word: &str, entry: &Entry) -> Option<Change> {
        if self.id == Some(&entry.key) {
            context
                .problems
                .error(codes::ID_CHANGED, entry.key_span, "the id of an aggregate never changes")
                .cure("take it away");
            return None;
        }
        let Some(type_) = field_type(self.state, &entry.key) else {
            unknown(context, entry, "the state", self.state);
            return None;
        };
        let term = |context: &mut Context<'_>, node: &Node, type_: &Type| {
            let term = value::term(context, node, type_, &self.env)?;
            refuse_position(context, &term, "the state is computed before the event has its place");
            Some(term)
        };
        let assign = |context: &mut Context<'_>, node: &Node, type_: &Type| {
            let term = term(context, node, type_)?;
            let (field, type_) = (entry.key.clone(), type_.clone());
            Some(Assignment { field, type_, term, span: entry.key_span })
        };
        match (word, type_) {
            ("set", _) => assign(context, &entry.value, type_).map(Change::Set),
            ("append", Type::List(list)) => {
                assign(context, &entry.value, &list.item).map(Change::Append)
            }
            ("remove", Type::Map(map)) => {
                assign(context, &entry.value, &map.key).map(Change::Remove)
            }
            ("put", Type::Map(map)) => {
                let (key, value) = pair(context, entry)?;
                let key_term = term(context, key, &map.key);
                let value = assign(context, value, &map.value);
                Some(Change::Put { key: key_term?, key_type: map.key.clone(), value: value? })
            }
            ("append", other) => {
                let message = format!("`{}` is {}, not a list", entry.key, other.name());
                let cure = "use `set` for it, or declare it as `{ list: … }`";
                context.problems.error(codes::NOT_A_LIST, entry.key_span, message).cure(cure);
                None
            }
            (_, other) => {
                let message = format!("`{}` is {}, not a map", entry.key, other.name());
                let cure = "use `set` for it, or declare it as `{ map: { … } }`";
                context.problems.error(codes::NOT_A_MAP, entry.key_span, message).cure(cure);
                None
            }
        }
    }
}

/// `key` and `value` of a `put`.
fn pair<'n>(context: &mut Context<'_>, entry: &'n Entry) -> Option<(&'n Node, &'n Node)> {
    if matches!(entry.value.kind, Kind::Poisoned) {
        return None;
    }
    let words = ["key", "value"];
    let fields = crate::decode::Fields::of(&entry.value, "a put", &words, &mut context.problems);
    let key = fields.need("key", &mut context.problems);
    let value = fields.need("value", &mut context.problems);
    Some((key?, value?))
}
