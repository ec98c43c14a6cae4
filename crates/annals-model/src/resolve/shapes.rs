//! The pass that finds out the types of aggregates: ids, states, inputs, event versions. No bodies.

use std::sync::Arc;

use annals_expression::Type;

use crate::EventVersion;
use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};

use super::catalog::{AggregateShape, Catalog, CommandShape, EventShape, Unique, with_id};
use super::context::{Context, entries, lost};
use super::types::{Shape, Types, shape};

const AGGREGATE: [&str; 8] =
    ["service", "id", "snapshot_every", "state", "commands", "events", "describe", "owner"];
const COMMAND: [&str; 8] =
    ["input", "ignore", "when", "reject", "emit", "public", "describe", "owner"];
const EVENT: [&str; 8] =
    ["versions", "upcast", "set", "append", "put", "remove", "describe", "owner"];

/// An id's name and type.
type Id = (Arc<str>, Type);

/// Reads all aggregates' shapes into the catalog.
pub(crate) fn read<'n>(
    context: &mut Context<'_>,
    types: &mut Types<'n>,
    aggregates: &[&'n Entry],
    catalog: &mut Catalog<'n>,
) {
    let mut unique = Unique::default();
    for &entry in aggregates {
        context.check_name(entry, "an aggregate");
        let shape = aggregate(context, types, entry, catalog, &mut unique);
        catalog.aggregates.push(shape);
    }
}

fn aggregate<'n>(
    context: &mut Context<'_>,
    types: &mut Types<'n>,
    entry: &'n Entry,
    catalog: &mut Catalog<'n>,
    unique: &mut Unique,
) -> AggregateShape<'n> {
    let fields = Fields::of(&entry.value, "an aggregate", &AGGREGATE, &mut context.problems);
    let service = fields.need("service", &mut context.problems);
    let service = catalog.service(context, service);
    let id = fields.need("id", &mut context.problems).and_then(|n| id(context, types, n));
    let mut state = shape(types, context, fields.get("state"), "the state");
    state.broken |= lost(&entry.value, &AGGREGATE, "state");
    let unseen = |word| lost(&entry.value, &AGGREGATE, word);
    catalog.aggregates_lost |= unseen("commands") || unseen("events");
    let state = without_id(context, state, id.as_ref(), "the state");
    zeros(context, &state);
    let snapshot_every = fields.get("snapshot_every").and_then(|n| snapshots(context, n));
    let index = catalog.aggregates.len();
    let mut commands = Vec::new();
    for entry in fields.get("commands").map_or(&[][..], |n| entries(context, n, "commands")) {
        context.check_name(entry, "a command");
        if unique.take(context, entry, "a command") {
            catalog.commands.insert(entry.key.clone(), (index, commands.len()));
        }
        commands.push(command(context, types, entry, id.as_ref()));
    }
    let mut events = Vec::new();
    for entry in fields.get("events").map_or(&[][..], |n| entries(context, n, "events")) {
        context.check_name(entry, "an event");
        if unique.take(context, entry, "an event") {
            catalog.events.insert(entry.key.clone(), (index, events.len()));
        }
        events.push(event(context, types, entry, id.as_ref()));
    }
    AggregateShape {
        named: context.named(entry, Some(&fields)),
        service,
        state_in_scope: with_id("state", id.as_ref(), &state.record),
        id,
        state,
        snapshot_every,
        commands,
        events,
    }
}

fn id<'n>(context: &mut Context<'_>, types: &mut Types<'n>, node: &'n Node) -> Option<Id> {
    let cure = "write its name and type, such as `id: { order_id: uuid }`";
    let Kind::Map(pair) = &node.kind else {
        if !matches!(node.kind, Kind::Poisoned) {
            context
                .problems
                .error(codes::BAD_ID, node.span, "an id is one field and its type")
                .cure(cure);
        }
        return None;
    };
    if pair.len() != 1 {
        context.problems.error(codes::BAD_ID, node.span, "an id is exactly one field").cure(cure);
        return None;
    }
    let shape = types.fields(context, pair, &[]);
    let field = shape.record.fields.first()?;
    if matches!(field.type_, Type::Uuid | Type::Text(_) | Type::Int(_)) {
        return Some((field.name.clone(), field.type_.clone()));
    }
    let message = format!("an id is uuid, text or int, not {}", field.type_.name());
    context
        .problems
        .error(codes::BAD_ID, pair[0].value.span, message)
        .cure("use one of these three");
    None
}

/// The shape without a field that has the id's name, which is complained about.
fn without_id(context: &mut Context<'_>, shape: Shape, id: Option<&Id>, what: &str) -> Shape {
    let Some((name, _)) = id else { return shape };
    let Some(at) = shape.record.fields.iter().position(|f| f.name == *name) else { return shape };
    let message = format!("`{name}` is the aggregate's id, so {what} has no field of that name");
    context
        .problems
        .error(codes::ID_FIELD, shape.spans[at], message)
        .cure("take it away: the id is visible by its name already");
    let (mut record, mut spans) = ((*shape.record).clone(), shape.spans);
    record.fields.remove(at);
    spans.remove(at);
    Shape { record: Arc::new(record), spans, broken: shape.broken }
}

fn zeros(context: &mut Context<'_>, state: &Shape) {
    for (field, span) in state.record.fields.iter().zip(&state.spans) {
        no_zero(context, &field.name, &field.type_, *span, "the state");
    }
}

/// Complains where a field of the state or a column has no value to begin with.
pub(crate) fn no_zero(context: &mut Context<'_>, name: &str, type_: &Type, span: Span, what: &str) {
    if type_.zero().is_some() {
        return;
    }
    let message = format!(
        "`{name}` has nothing to begin with: {what} starts with zero values, and {} has none",
        type_.name()
    );
    let cure = match type_ {
        Type::Enum(members) => {
            let first = members.members.first().map_or("…", |m| &**m);
            format!("name the first one, `initial: {first}` after the enum, or make it optional")
        }
        Type::Record(_) => "make it optional, or what lacks a zero value inside it".to_owned(),
        other => format!("write `optional {}`", other.name()),
    };
    context.problems.error(codes::NO_ZERO, span, message).cure(cure);
}

fn snapshots(context: &mut Context<'_>, node: &Node) -> Option<u64> {
    let every = decode::int(node, &mut context.problems)?;
    if every.value >= 1 {
        return u64::try_from(every.value).ok();
    }
    context
        .problems
        .error(codes::SNAPSHOT_EVERY, node.span, "a snapshot is taken every 1 event or more")
        .cure("write a number of events, such as 100, or leave it out");
    None
}

fn command<'n>(
    context: &mut Context<'_>,
    types: &mut Types<'n>,
    entry: &'n Entry,
    id: Option<&Id>,
) -> CommandShape<'n> {
    let fields = Fields::of(&entry.value, "a command", &COMMAND, &mut context.problems);
    let mut input = shape(types, context, fields.get("input"), "the input");
    input.broken |= lost(&entry.value, &COMMAND, "input");
    let input = without_id(context, input, id, "the input");
    CommandShape {
        named: context.named(entry, Some(&fields)),
        emits: fields.get("emit").map(emitted).unwrap_or_default(),
        input_in_scope: with_id("input", id, &input.record),
        input,
        fields,
    }
}

/// The names under `emit`, whatever is wrong with it.
fn emitted(node: &Node) -> Vec<Arc<str>> {
    match &node.kind {
        Kind::Scalar(scalar) => vec![scalar.text.clone()],
        Kind::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
        Kind::List(items) => items.iter().flat_map(emitted).collect(),
        Kind::Null | Kind::Poisoned => Vec::new(),
    }
}

fn event<'n>(
    context: &mut Context<'_>,
    types: &mut Types<'n>,
    entry: &'n Entry,
    id: Option<&Id>,
) -> EventShape<'n> {
    let fields = Fields::of(&entry.value, "an event", &EVENT, &mut context.problems);
    let node = fields.need("versions", &mut context.problems);
    let versions = node.and_then(|node| versions(context, types, node, id));
    let broken = versions.is_none() || id.is_none();
    let versions = versions.unwrap_or_default();
    let in_scope = match versions.last() {
        Some(latest) => with_id(&entry.key, id, &latest.fields),
        None => Shape::empty(true).record,
    };
    EventShape { named: context.named(entry, Some(&fields)), fields, versions, in_scope, broken }
}

fn versions<'n>(
    context: &mut Context<'_>,
    types: &mut Types<'n>,
    node: &'n Node,
    id: Option<&Id>,
) -> Option<Vec<EventVersion>> {
    if matches!(node.kind, Kind::Poisoned) {
        return None;
    }
    let listed = entries(context, node, "versions");
    let mut versions = Vec::new();
    let mut good = true;
    for (i, entry) in listed.iter().enumerate() {
        let shape = shape(types, context, Some(&entry.value), "a version");
        let shape = without_id(context, shape, id, "the event");
        let number = i as u32 + 1;
        if *entry.key != *number.to_string() {
            let message = format!("version {number} is expected here, not `{}`", entry.key);
            context
                .problems
                .error(codes::VERSIONS, entry.key_span, message)
                .cure("number the versions 1, 2, 3 …, in order and without a gap");
            return None;
        }
        good &= !shape.broken;
        versions.push(EventVersion { number, fields: shape.record, span: entry.key_span });
    }
    if versions.is_empty() && matches!(node.kind, Kind::Map(_) | Kind::Null) {
        context
            .problems
            .error(codes::VERSIONS, node.span, "an event has at least version 1")
            .cure("write `versions: { 1: { … } }`; `{ 1: {} }` has no fields");
    }
    (good && !versions.is_empty()).then_some(versions)
}
