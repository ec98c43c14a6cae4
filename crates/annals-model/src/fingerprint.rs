//! Canonical texts of definitions. Who stores state, rows or running sagas hashes them to see that
//! a definition changed; spans, descriptions and the order of files don't count.

use std::fmt::Write as _;

use annals_expression::{RecordType, Type, Value};

use crate::{
    Aggregate, Assignment, Change, Event, ForEach, Formula, Model, Projection, Reply, Saga, Send,
    Term, Update,
};

/// What the state of an aggregate depends on: its id, its state, its events with their upcasters
/// and changes. Commands aren't in it: a snapshot outlives them.
pub fn aggregate(_model: &Model, aggregate: &Aggregate) -> String {
    let mut text = format!("aggregate {}\n", aggregate.named.name);
    line(&mut text, "id", &format!("{}: {}", aggregate.id_name, type_(&aggregate.id_type)));
    line(&mut text, "state", &record(&aggregate.state));
    for event in &aggregate.events {
        events(&mut text, event);
    }
    text
}

/// The stored shape of one version of an event.
///
/// # Panics
/// Where the event has no such version.
pub fn event_version(event: &Event, version: u32) -> String {
    let found = event.versions.iter().find(|v| v.number == version);
    let shape = found.expect("the caller names a version that the event has");
    format!("event {}.v{version}\n  {}\n", event.named.name, record(&shape.fields))
}

/// What the rows of a projection depend on: its columns, its handlers, all that brings the events
/// it reads to their latest version, and whether it is updated in the append. (Then its checkpoint
/// lags behind its rows, and whoever goes on from there as an eventual one counts twice.)
pub fn projection(model: &Model, projection: &Projection) -> String {
    let mut text = format!("projection {}\n", projection.named.name);
    line(&mut text, "key", &projection.key);
    if projection.update == Update::Immediate {
        line(&mut text, "update", "immediate");
    }
    for column in &projection.columns {
        line(&mut text, "column", &format!("{}: {}", column.name, type_(&column.type_)));
    }
    for handler in &projection.on {
        let set = assignments(&handler.set);
        line(&mut text, "on", &format!("{} [{}] {set}", handler.event, term(&handler.key)));
        if let Some((_, event)) = model.event(&handler.event) {
            upcasts(&mut text, event);
        }
    }
    text
}

/// What a running instance of a saga depends on. The shapes of events aren't in it: upcasters bring
/// those of running instances along.
pub fn saga(_model: &Model, saga: &Saga) -> String {
    let mut text = format!("saga {}\n", saga.named.name);
    let key = type_(&saga.key_type);
    line(&mut text, "start", &format!("{} [{}: {key}]", saga.start, term(&saga.start_key)));
    for (event, key) in &saga.cancel {
        line(&mut text, "cancel", &format!("{event} [{}]", term(key)));
    }
    for step in &saga.steps {
        line(&mut text, "step", &step.named.name);
        each(&mut text, step.for_each.as_ref());
        line(&mut text, "  send", &send(&step.send));
        line(&mut text, "  done", &step.done.join(", "));
        line(&mut text, "  failed", &step.failed.join(", "));
        let reply = match step.reply {
            Reply::Caused => "caused",
            Reply::Stream => "stream",
        };
        line(&mut text, "  reply", reply);
        optional_send(&mut text, "  compensate", step.compensate.as_ref());
        optional_send(&mut text, "  then", step.then.as_ref());
        line(&mut text, "  timeout", &said("us", step.timeout_us));
    }
    optional_send(&mut text, "complete", saga.complete.as_ref());
    optional_send(&mut text, "fail", saga.fail.as_ref());
    text
}

fn line(text: &mut String, word: &str, rest: &str) {
    writeln!(text, "  {word} {}", rest.trim_start()).expect("writing to a string succeeds");
}

fn events(text: &mut String, event: &Event) {
    upcasts(text, event);
    for change in &event.changes {
        let said = match change {
            Change::Set(to) => format!("set {}", assignment(to)),
            Change::Append(item) => format!("append {}", assignment(item)),
            Change::Remove(key) => format!("remove {}", assignment(key)),
            Change::Put { key, key_type, value } => {
                format!("put [{}: {}] {}", term(key), type_(key_type), assignment(value))
            }
        };
        line(text, "change", &said);
    }
}

fn upcasts(text: &mut String, event: &Event) {
    for version in &event.versions {
        let shape = record(&version.fields);
        line(text, "event", &format!("{}.v{} {shape}", event.named.name, version.number));
    }
    for upcast in &event.upcasts {
        line(text, "upcast", &assignments(&upcast.fields));
    }
}

fn each(text: &mut String, each: Option<&ForEach>) {
    if let Some(each) = each {
        line(text, "  for_each", &format!("{}: {}", each.name, formula(&each.list)));
    }
}

fn optional_send(text: &mut String, word: &str, sent: Option<&Send>) {
    if let Some(sent) = sent {
        line(text, word, &send(sent));
    }
}

/// `Command to id { fields }`.
fn send(send: &Send) -> String {
    let with = assignments(&send.with);
    format!("{}.{} to {} {with}", send.aggregate, send.command, term(&send.to))
}

fn assignments(assignments: &[Assignment]) -> String {
    let all: Vec<String> = assignments.iter().map(assignment).collect();
    format!("{{{}}}", all.join(", "))
}

fn assignment(to: &Assignment) -> String {
    format!("{}: {} <- {}", to.field, type_(&to.type_), term(&to.term))
}

/// A term as text: literals as JSON, expressions after `=`.
pub fn term(term: &Term) -> String {
    match term {
        Term::Literal(value) => literal(value),
        Term::Formula(expression) => formula(expression),
        Term::Record(fields) => {
            let field = |(name, term): &(std::sync::Arc<str>, Term)| {
                format!("{name}: {}", self::term(term))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Term::List(items) => {
            format!("[{}]", items.iter().map(self::term).collect::<Vec<_>>().join(", "))
        }
    }
}

fn formula(formula: &Formula) -> String {
    format!("={}", formula.expression.text().trim())
}

fn literal(value: &Value) -> String {
    value.to_json().to_string()
}

fn record(record: &RecordType) -> String {
    let field = |f: &annals_expression::Field| format!("{}: {}", f.name, type_(&f.type_));
    format!("{{{}}}", record.fields.iter().map(field).collect::<Vec<_>>().join(", "))
}

/// ` word value` where there is a value.
fn said(word: &str, value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| format!(" {word} {value}")).unwrap_or_default()
}

/// A type in full: names of types don't count, what they stand for does.
fn type_(type_: &Type) -> String {
    let max = |max: Option<u64>| said("max", max);
    match type_ {
        Type::Int(limits) => format!("int{}{}", said("min", limits.min), said("max", limits.max)),
        Type::Text(limits) => {
            let pattern = limits.pattern.as_ref().map(|pattern| format!("{:?}", pattern.source()));
            format!("text{}{}", max(limits.max), said("pattern", pattern))
        }
        Type::Enum(members) => {
            let initial = said("initial", members.initial.as_ref());
            format!("enum [{}]{initial}", members.members.join(", "))
        }
        Type::List(list) => format!("list of {}{}", self::type_(&list.item), max(list.max)),
        Type::Map(map) => {
            let (key, value) = (self::type_(&map.key), self::type_(&map.value));
            format!("map of {key} to {value}{}", max(map.max))
        }
        Type::Record(fields) => record(fields),
        Type::Optional(inner) => format!("optional {}", self::type_(inner)),
        plain => plain.name(),
    }
}
