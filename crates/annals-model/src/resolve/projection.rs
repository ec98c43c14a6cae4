//! Projections: columns, the key, and one handler an event.

use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::codes_resolve as codes;
use crate::decode::{Fields, not_yet};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Assignment, Column, Place, Projection, ProjectionHandler, Term, Update};

use super::carry::{carry_some, unknown};
use super::catalog::{Catalog, EventShape, with_id};
use super::choice::choice;
use super::context::{Context, entries, field_names, field_type, key_name, suggest};
use super::formula::{Env, carried};
use super::position::refuse_position;
use super::shapes::no_zero;
use super::sql;
use super::types::{Shape, Types, shape};
use super::value;

const PROJECTION: [&str; 7] = ["service", "update", "key", "columns", "on", "describe", "owner"];

/// What a handler is called where a word of it is refused.
const HANDLER: &str = "a handler";

/// A projection.
pub(crate) fn resolve<'n>(
    context: &mut Context<'_>,
    catalog: &Catalog<'n>,
    types: &mut Types<'n>,
    entry: &'n Entry,
) -> Option<Projection> {
    sql::table_name(context, entry);
    let fields = Fields::of(&entry.value, "a projection", &PROJECTION, &mut context.problems);
    let named = context.named(entry, Some(&fields));
    let service = fields.need("service", &mut context.problems);
    let service = catalog.service(context, service);
    let update = fields.get("update").map_or(Some(Update::Eventual), |node| {
        let words = [("immediate", Update::Immediate), ("eventual", Update::Eventual)];
        choice(context, node, &words)
    });
    let key = fields.need("key", &mut context.problems);
    let columns = fields.need("columns", &mut context.problems);
    let columns_read = columns.is_some();
    let columns = shape(types, context, columns, "the columns");
    let columns = Shape { broken: columns.broken || !columns_read, ..columns };
    let key = key.and_then(|node| key_column(context, node, &columns));
    for (field, span) in columns.record.fields.iter().zip(&columns.spans) {
        sql::column_name(context, &field.name, *span);
        if key.as_ref().is_some_and(|(name, _)| *name != field.name) {
            no_zero(context, &field.name, &field.type_, *span, "a row");
        }
    }
    let folding = Folding {
        catalog,
        service: service.as_ref(),
        immediate: update == Some(Update::Immediate),
        columns: &columns,
        key: key.as_ref(),
    };
    let handlers = match fields.need("on", &mut context.problems) {
        Some(node) => folding.handlers(context, node),
        None => None,
    };
    let column = |(field, span): (&annals_expression::Field, &Span)| Column {
        name: field.name.clone(),
        type_: field.type_.clone(),
        span: *span,
    };
    Some(Projection {
        named,
        service: service?,
        update: update?,
        key: key?.0,
        columns: columns.record.fields.iter().zip(&columns.spans).map(column).collect(),
        row: columns.record.clone(),
        on: handlers?,
    })
}

fn key_column(context: &mut Context<'_>, node: &Node, columns: &Shape) -> Option<(Arc<str>, Type)> {
    let name = key_name(context, node)?;
    if columns.broken || columns.record.has_lost(&name.value) {
        return None;
    }
    let Some(type_) = field_type(&columns.record, &name.value) else {
        let message = format!("the key `{}` is no column", name.value);
        let cure = suggest(&name.value, field_names(&columns.record), "declare the column");
        context.problems.error(codes::KEY_COLUMN, name.span, message).cure(cure);
        return None;
    };
    use Type::{Bool, Date, Enum, Int, Text, Time, Uuid};
    if matches!(type_, Bool | Int(_) | Text(_) | Uuid | Time | Date | Enum(_)) {
        return Some((name.value, type_.clone()));
    }
    let message = format!("a key is one plain value, not {}", type_.name());
    let cure = "use a column of text, uuid, int, date, time, bool or an enum, not optional";
    context.problems.error(codes::KEY_COLUMN, name.span, message).cure(cure);
    None
}

/// What the handlers of one projection share.
struct Folding<'a, 'n> {
    catalog: &'a Catalog<'n>,
    service: Option<&'a Arc<str>>,
    immediate: bool,
    columns: &'a Shape,
    key: Option<&'a (Arc<str>, Type)>,
}

/// One handler as it is written, and the event that it reads.
struct Written<'a, 'n> {
    entry: &'a Entry,
    columns: &'a [Entry],
    event: &'a EventShape<'n>,
}

impl Folding<'_, '_> {
    fn handlers(&self, context: &mut Context<'_>, node: &Node) -> Option<Vec<ProjectionHandler>> {
        if matches!(node.kind, Kind::Poisoned) {
            return None;
        }
        let listed = entries(context, node, "handlers");
        if listed.is_empty() && matches!(node.kind, Kind::Map(_) | Kind::Null) {
            let cure = "name an event and the columns that it changes: `on: { OrderPlaced: {} }`";
            context.problems.error(codes::NO_HANDLER, node.span, "no event is named").cure(cure);
            return None;
        }
        let mut handlers = Vec::new();
        for entry in listed {
            handlers.push(self.handler(context, entry));
        }
        handlers.into_iter().collect()
    }

    fn handler(&self, context: &mut Context<'_>, entry: &Entry) -> Option<ProjectionHandler> {
        let removes = matches!(&entry.value.kind, Kind::Scalar(word) if &*word.text == "remove");
        if removes && not_yet(HANDLER, "remove", entry.value.span, &mut context.problems) {
            return None;
        }
        let columns = entries(context, &entry.value, "the columns that change");
        let found = self.catalog.event(context, &entry.key, entry.key_span);
        let (aggregate, event) = found?;
        self.foreign(context, entry, aggregate.service.as_ref());
        let blind = event.broken;
        let event_type = Type::Record(event.in_scope.clone());
        let meta = context.meta(Place::Projection);
        let row = Type::Record(with_id("row", None, &self.columns.record));
        let key_env = Env::new([("event", event_type.clone()), ("meta", meta.clone())], blind);
        let scope = [("event", event_type), ("row", row), ("meta", meta)];
        let env = Env::new(scope, blind || self.columns.broken);
        let written = Written { entry, columns, event };
        let key = match self.key {
            Some(key) => self.key(context, &written, key, &key_env),
            None => None,
        };
        let set = self.set(context, &written, &env);
        if self.immediate {
            let why = "an immediate projection is folded before the event has its place";
            set.iter().flatten().for_each(|set| refuse_position(context, &set.term, why));
            key.iter().for_each(|key| refuse_position(context, key, why));
        }
        let (event, span) = (entry.key.clone(), entry.key_span);
        Some(ProjectionHandler { event, span, key: key?, set: set? })
    }

    fn foreign(&self, context: &mut Context<'_>, entry: &Entry, of: Option<&Arc<str>>) {
        let (Some(own), Some(of), true) = (self.service, of, self.immediate) else { return };
        if own != of {
            let message = format!("`{}` is an event of {of}, not of {own}", entry.key);
            let cure = "make the projection eventual, or read events of its own service only";
            context.problems.error(codes::IMMEDIATE_FOREIGN, entry.key_span, message).cure(cure);
        }
    }

    fn key(
        &self,
        context: &mut Context<'_>,
        written: &Written<'_, '_>,
        (name, type_): &(Arc<str>, Type),
        env: &Env,
    ) -> Option<Term> {
        let Written { entry, columns, event } = *written;
        if let Some(entry) = columns.iter().find(|entry| entry.key == *name) {
            return value::term(context, &entry.value, type_, env);
        }
        if env.blind {
            return None;
        }
        let from = field_type(&event.in_scope, name);
        if from.is_some_and(|from| type_.admits(from)) {
            return carried(context, &format!("event.{name}"), entry.key_span, env)
                .map(Term::Formula);
        }
        if event.in_scope.has_lost(name) {
            return None;
        }
        let message = match from {
            Some(from) => format!(
                "the key `{name}` has no source: in `{}` it is {}, not {}",
                entry.key,
                from.name(),
                type_.name()
            ),
            None => format!("the key `{name}` has no source: `{}` has no such field", entry.key),
        };
        let cure = format!("write `{name}: =…`, a value of type {}", type_.name());
        context.problems.error(codes::NO_SOURCE, entry.key_span, message).cure(cure);
        None
    }

    /// The columns that change, in their order.
    fn set(
        &self,
        context: &mut Context<'_>,
        written: &Written<'_, '_>,
        env: &Env,
    ) -> Option<Vec<Assignment>> {
        if self.columns.broken {
            return None;
        }
        let Written { entry, columns, event } = *written;
        let row: &RecordType = &self.columns.record;
        let mut good = true;
        for column in columns {
            if field_type(row, &column.key).is_some() {
                continue;
            }
            good = false;
            if !not_yet(HANDLER, &column.key, column.key_span, &mut context.problems) {
                unknown(context, column, "the row", row);
            }
        }
        let is_key = |name: &str| self.key.is_some_and(|(key, _)| **key == *name);
        let mut set = Vec::new();
        for field in row.fields.iter().filter(|field| !is_key(&field.name)) {
            let Some(column) = columns.iter().find(|column| column.key == field.name) else {
                if !env.blind {
                    let one = std::iter::once((&field.name, &field.type_));
                    let source = ("event", &*event.in_scope);
                    set.extend(carry_some(context, one, source, entry.key_span, "the row", env));
                }
                continue;
            };
            let term = value::term(context, &column.value, &field.type_, env);
            good &= term.is_some();
            set.extend(term.map(|term| Assignment {
                field: field.name.clone(),
                type_: field.type_.clone(),
                term,
                span: column.key_span,
            }));
        }
        good.then_some(set)
    }
}
