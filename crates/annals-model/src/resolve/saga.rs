//! Sagas: what starts and cancels them, their key, and the commands that end them.

use std::sync::Arc;

use annals_expression::{Field, RecordType, Type};

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Named, Place, Saga, Send, Term};

use super::catalog::{Catalog, EventShape};
use super::context::{Context, entries, field_names, field_type, key_name, suggest};
use super::formula::{Env, carried};
use super::send::{self, Key, To};
use super::step;
use super::type_forms;

const SAGA: [&str; 9] =
    ["service", "start", "key", "cancel", "steps", "complete", "fail", "describe", "owner"];

/// What the expressions of a saga see, as far as its steps are read.
pub(crate) struct Scene {
    pub(crate) start: Arc<RecordType>,
    pub(crate) key: Key,
    /// The steps so far without branches: an optional record, the event that finished it.
    pub(crate) steps: Vec<SeenStep>,
    /// A name in scope can't be known.
    pub(crate) blind: bool,
}

/// An earlier step as expressions see it.
pub(crate) struct SeenStep {
    pub(crate) field: Field,
    /// Once the step is over without a failure, its event is there.
    pub(crate) certain: bool,
}

/// Which way a saga goes where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The steps before are done.
    Forward,
    /// A step before may have failed, or timed out.
    Back,
}

impl Scene {
    /// The scope; `item` is what `for_each` gives.
    pub(crate) fn env(&self, item: Option<(&str, &Type)>, way: Way) -> Env {
        let steps = self.steps.iter().map(|step| match (&step.field.type_, step.certain) {
            (Type::Optional(event), true) if way == Way::Forward => {
                field(&step.field.name, (**event).clone())
            }
            _ => step.field.clone(),
        });
        let text = type_forms::text;
        let saga = vec![field("key", self.key.type_.clone()), field("failure", text())];
        let names = [
            ("start", Type::Record(self.start.clone())),
            ("steps", record("steps", steps.collect())),
            ("saga", record("saga", saga)),
        ];
        let mut env = Env::new(names, self.blind);
        if let Some((name, type_)) = item {
            env.scope = env.scope.with(name, type_.clone());
        }
        env
    }
}

fn field(name: &str, type_: Type) -> Field {
    Field { name: name.into(), type_ }
}

fn record(name: &str, fields: Vec<Field>) -> Type {
    Type::Record(Arc::new(RecordType { name: Some(name.into()), fields, lost: Vec::new() }))
}

/// A saga.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    entry: &Entry,
) -> Option<Saga> {
    context.check_name(entry, "a saga");
    let fields = Fields::of(&entry.value, "a saga", &SAGA, &mut context.problems);
    let named = context.named(entry, Some(&fields));
    let service = fields.need("service", &mut context.problems);
    let service = catalog.service(context, service);
    let start = fields.need("start", &mut context.problems);
    let start = start.and_then(|node| event(context, catalog, node));
    let key_node = fields.need("key", &mut context.problems);
    let key_name = key_node.and_then(|node| key_name(context, node));
    let key = match (&start, &key_name) {
        (Some((_, shape)), Some(name)) => key(context, shape, &name.value, name.span),
        _ => None,
    };
    let mut scene = Scene {
        start: start.as_ref().map_or_else(Arc::default, |(_, shape)| shape.in_scope.clone()),
        blind: key.is_none(),
        key: Key {
            name: key_name.as_ref().map_or_else(|| "".into(), |name| name.value.clone()),
            type_: key.as_ref().map_or(Type::Null, |(type_, _)| type_.clone()),
            text: "saga.key".to_owned(),
            what: "the saga's key",
        },
        steps: Vec::new(),
    };
    let start_name = start.as_ref().map(|(name, _)| &**name);
    let cancel = cancels(context, catalog, &fields, &scene, start_name);
    let listed = fields.need("steps", &mut context.problems);
    let steps = steps(context, catalog, listed, &named, &mut scene);
    let mut ending =
        |word, way| ending(context, catalog, fields.get(word), &scene.key, &scene.env(None, way));
    let (complete, fail) = (ending("complete", Way::Forward), ending("fail", Way::Back));
    let (key_type, start_key) = key?;
    let steps_in_scope = scene.steps.into_iter().map(|step| step.field).collect();
    Some(Saga {
        named,
        service: service?,
        start: start?.0,
        key: scene.key.name,
        key_type,
        start_key,
        cancel: cancel?,
        steps: steps?,
        steps_in_scope: Arc::new(RecordType { fields: steps_in_scope, ..RecordType::default() }),
        complete: complete?,
        fail: fail?,
    })
}

/// The event that a node names.
pub(crate) fn event<'c, 'n>(
    context: &mut Context<'_>,
    catalog: &'c Catalog<'n>,
    node: &Node,
) -> Option<(Arc<str>, &'c EventShape<'n>)> {
    let name = decode::text(node, &mut context.problems)?;
    let (_, shape) = catalog.event(context, &name.value, name.span)?;
    Some((name.value, shape))
}

/// The key's type in an event, and the term that reads it there.
fn key(
    context: &mut Context<'_>,
    event: &EventShape<'_>,
    name: &Arc<str>,
    span: Span,
) -> Option<(Type, Term)> {
    if event.broken {
        return None;
    }
    let Some(type_) = field_type(&event.in_scope, name) else {
        if !event.in_scope.has_lost(name) {
            let of = &event.named.name;
            let message = format!("the key `{name}` is no field of `{of}`");
            let cure = suggest(name, field_names(&event.in_scope), "the event has no fields");
            context.problems.error(codes::SAGA_KEY, span, message).cure(cure);
        }
        return None;
    };
    if !matches!(type_, Type::Uuid | Type::Text(_) | Type::Int(_)) {
        let message = format!("a saga's key is uuid, text or int, not {}", type_.name());
        let cure = "use a field of one of these three types";
        context.problems.error(codes::SAGA_KEY, span, message).cure(cure);
        return None;
    }
    let scope =
        [("event", Type::Record(event.in_scope.clone())), ("meta", context.meta(Place::Saga))];
    let formula = carried(context, &format!("event.{name}"), span, &Env::new(scope, false))?;
    Some((type_.clone(), Term::Formula(formula)))
}

fn cancels(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    fields: &Fields<'_>,
    scene: &Scene,
    start: Option<&str>,
) -> Option<Vec<(Arc<str>, Term)>> {
    let mut cancels = Vec::new();
    let mut seen: Vec<(Arc<str>, Span)> = Vec::new();
    let mut good = true;
    for node in fields.get("cancel").map(decode::list_or_one).unwrap_or_default() {
        let Some((name, shape)) = event(context, catalog, node) else {
            good = false;
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == name) {
            context
                .problems
                .error(codes::DUPLICATE_NAME, node.span, format!("`{name}` is named twice"))
                .label(*first, "first here")
                .cure("take one of them away");
            continue;
        }
        seen.push((name.clone(), node.span));
        if start == Some(&*name) {
            let message = format!("`{name}` starts the saga, so it can't cancel it");
            let cure = "name an event that comes later, or take it away";
            context.problems.error(codes::CANCEL_START, node.span, message).cure(cure);
            continue;
        }
        if scene.blind {
            continue;
        }
        let found = key(context, shape, &scene.key.name, node.span);
        let Some((type_, term)) = found else {
            good = false;
            continue;
        };
        if scene.key.type_.admits(&type_) {
            cancels.push((name, term));
            continue;
        }
        good = false;
        let message = format!(
            "the saga's key is {}, and `{}` of `{name}` is {}",
            scene.key.type_.name(),
            scene.key.name,
            type_.name()
        );
        let cure = "cancel by an event whose field has the key's type";
        context.problems.error(codes::SAGA_KEY, node.span, message).cure(cure);
    }
    good.then_some(cancels)
}

fn steps(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    node: Option<&Node>,
    saga: &Named,
    scene: &mut Scene,
) -> Option<Vec<crate::Step>> {
    scene.blind |= node.is_none_or(|node| matches!(node.kind, Kind::Poisoned));
    let node = node?;
    let listed = entries(context, node, "steps");
    if listed.is_empty() && !matches!(node.kind, Kind::Poisoned) {
        let message = format!("the saga `{}` has no steps", saga.name);
        let cure = "write at least one; one command after one event is a reaction";
        context.problems.error(codes::NO_STEPS, node.span, message).cure(cure);
        return None;
    }
    let mut steps = Vec::new();
    for entry in listed {
        steps.push(step::resolve(context, catalog, entry, scene));
    }
    steps.into_iter().collect()
}

/// `complete` or `fail`; the outer `None` has been complained about.
fn ending(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    node: Option<&Node>,
    key: &Key,
    env: &Env,
) -> Option<Option<Send>> {
    let Some(node) = node else { return Some(None) };
    let sent = send::sent(context, node)?;
    if env.blind {
        catalog.command(context, &sent.name, sent.span);
        return None;
    }
    send::resolve(context, catalog, &sent, &To::Key, key, env).map(Some)
}
