//! Commands: their conditions, and what they emit with every field filled.

use std::sync::Arc;

use annals_expression::Type;

use crate::codes_resolve as codes;
use crate::decode;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Command, Emission, Emit, Place, Rejection};

use super::carry::{Filling, Source, fill};
use super::catalog::{AggregateShape, Catalog, CommandShape};
use super::context::{Context, entries, suggest};
use super::formula::{Env, condition};

/// The rejection that `when` stands for.
const NOT_ALLOWED: &str = "NotAllowed";

/// A command; who sends it isn't known yet.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    aggregate: &AggregateShape<'_>,
    shape: &CommandShape<'_>,
) -> Option<(Command, Option<bool>)> {
    let scope = [
        ("state", Type::Record(aggregate.state_in_scope.clone())),
        ("input", Type::Record(shape.input_in_scope.clone())),
        ("meta", context.meta(Place::Command)),
    ];
    let env = Env::new(scope, aggregate.blind() || shape.input.broken);
    let mut judge = |word: &str| {
        let node = shape.fields.get(word)?;
        condition(context, node, word, &env)
    };
    let (ignore, when) = (judge("ignore"), judge("when"));
    let rejections = match shape.fields.get("reject") {
        Some(node) => rejections(context, node, &env),
        None => Vec::new(),
    };
    let public = match shape.fields.get("public") {
        Some(node) => decode::boolean(node, &mut context.problems).map(|public| public.value),
        None => None,
    };
    let mut emitter = Emitter { catalog, aggregate, command: shape, env: &env };
    let emit = match shape.fields.get("emit") {
        Some(node) => emitter.emit(context, node),
        None if shape.fields.misspelt("emit") => None,
        None => {
            emitter.none(context);
            None
        }
    };
    let command = Command {
        named: shape.named.clone(),
        public: public.unwrap_or(true),
        sent_by: Vec::new(),
        input: shape.input.record.clone(),
        input_in_scope: shape.input_in_scope.clone(),
        ignore,
        when,
        rejections,
        emit: emit?,
    };
    Some((command, public))
}

fn rejections(context: &mut Context<'_>, node: &Node, env: &Env) -> Vec<Rejection> {
    let mut rejections = Vec::new();
    for entry in entries(context, node, "rejections") {
        context.check_name(entry, "a rejection");
        if &*entry.key == NOT_ALLOWED {
            let message = format!("`{NOT_ALLOWED}` is what a false `when` is called");
            context
                .problems
                .error(codes::REJECTION_NAME, entry.key_span, message)
                .cure("write the condition under `when`, or choose another name");
        }
        let condition = condition(context, &entry.value, &entry.key, env);
        rejections.extend(condition.map(|condition| Rejection {
            name: entry.key.clone(),
            span: entry.key_span,
            condition,
        }));
    }
    rejections
}

struct Emitter<'a, 'n> {
    catalog: &'a Catalog<'n>,
    aggregate: &'a AggregateShape<'n>,
    command: &'a CommandShape<'n>,
    env: &'a Env,
}

impl Emitter<'_, '_> {
    fn none(&self, context: &mut Context<'_>) {
        let named = &self.command.named;
        let message = format!("the command `{}` says no `emit`", named.name);
        let cure = "write the event that it causes: `emit: SomethingHappened`";
        context.problems.error(codes::EMIT_FORM, named.span, message).cure(cure);
    }

    fn emit(&mut self, context: &mut Context<'_>, node: &Node) -> Option<Emit> {
        match &node.kind {
            Kind::Poisoned => None,
            Kind::Scalar(scalar) => {
                let emission = self.one(context, &scalar.text, node.span, None)?;
                Some(Emit::All(vec![emission]))
            }
            Kind::Map(all) if !all.is_empty() => {
                let each = |entry: &Entry| {
                    self.misplaced_if(context, entry);
                    self.one(context, &entry.key, entry.key_span, Some(&entry.value))
                };
                let all: Vec<Option<Emission>> = all.iter().map(each).collect();
                all.into_iter().collect::<Option<_>>().map(Emit::All)
            }
            Kind::List(items) if !items.is_empty() => {
                let mut emissions = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    emissions.push(self.item(context, item, i + 1 == items.len()));
                }
                emissions.into_iter().collect::<Option<_>>().map(Emit::First)
            }
            _ => {
                self.none(context);
                None
            }
        }
    }

    fn misplaced_if(&self, context: &mut Context<'_>, entry: &Entry) {
        let Some(condition) = find_if(&entry.value) else { return };
        let cure = "write `emit` as a list: the first whose `if` holds is emitted";
        context
            .problems
            .error(codes::IF_OUTSIDE_LIST, condition.key_span, "`if` chooses among a list's events")
            .cure(cure);
    }

    fn item(&self, context: &mut Context<'_>, item: &Node, last: bool) -> Option<Emission> {
        let (name, span, body) = match &item.kind {
            Kind::Poisoned => return None,
            Kind::Scalar(scalar) => (&scalar.text, item.span, None),
            Kind::Map(one) if one.len() == 1 => (&one[0].key, one[0].key_span, Some(&one[0].value)),
            _ => {
                let cure = "write `- Event` or `- Event: { if: condition, field: value }`";
                context
                    .problems
                    .error(codes::EMIT_FORM, item.span, "each item is one event")
                    .cure(cure);
                return None;
            }
        };
        let written = body.and_then(find_if);
        match (written, last) {
            (Some(entry), true) => {
                let message = "the last event of the list is emitted where no other is";
                let cure = "take its `if` away, or add an event after it; use `reject` for a no";
                context.problems.error(codes::EMIT_LIST, entry.key_span, message).cure(cure);
            }
            (None, false) => {
                let message = format!("without an `if` what follows `{name}` is never emitted");
                let cure = format!("write `{name}: {{ if: condition }}`, or put it last");
                context.problems.error(codes::EMIT_LIST, span, message).cure(cure);
            }
            _ => {}
        }
        let condition = written.map(|entry| condition(context, &entry.value, "if", self.env));
        let mut emission = self.one(context, name, span, body)?;
        emission.condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(emission)
    }

    fn one(
        &self,
        context: &mut Context<'_>,
        name: &Arc<str>,
        span: Span,
        body: Option<&Node>,
    ) -> Option<Emission> {
        let own = self.aggregate.events.iter().find(|e| e.named.name == *name);
        let Some(event) = own else {
            self.not_own(context, name, span);
            return None;
        };
        let written = body.map_or(&[][..], |body| entries(context, body, "the event's fields"));
        if event.broken || self.env.blind {
            return None;
        }
        let latest = event.versions.last()?;
        let filling = Filling {
            what: format!("the event `{name}`"),
            target: &latest.fields,
            written: written.iter().filter(|entry| &*entry.key != "if").collect(),
            source: Source::Record("input", &self.command.input_in_scope),
            source_name: "the input",
            span,
            null_where_optional: false,
        };
        let fields = fill(context, &filling, self.env)?;
        Some(Emission { event: name.clone(), span, condition: None, fields })
    }

    fn not_own(&self, context: &mut Context<'_>, name: &Arc<str>, span: Span) {
        let own = self.aggregate.events.iter().map(|event| &*event.named.name);
        if !self.catalog.events.contains_key(name) {
            if self.catalog.aggregates_lost {
                return;
            }
            let message = format!("there is no event `{name}`");
            let cure = suggest(name, own, "declare it under the aggregate's `events:`");
            context.problems.error(codes::UNKNOWN_EVENT, span, message).cure(cure);
            return;
        }
        let message = format!("`{name}` is an event of another aggregate");
        let cure = "emit an event of this one, and let a saga or a reaction tell the other";
        context.problems.error(codes::FOREIGN_EVENT, span, message).cure(cure);
    }
}

fn find_if(body: &Node) -> Option<&Entry> {
    match &body.kind {
        Kind::Map(entries) => entries.iter().find(|entry| &*entry.key == "if"),
        _ => None,
    }
}
