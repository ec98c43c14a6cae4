//! One step of a saga: its command, how the answer arrives, and what undoes it.

use std::sync::Arc;

use annals_expression::{Field, RecordType, Type};

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Node};
use crate::{Reply, Send, Step, Term};

use super::branch;
use super::catalog::{Catalog, CommandShape};
use super::context::{Context, suggest};
use super::formula::Env;
use super::saga::{Scene, SeenStep, Way};
use super::send::{self, Sent, To};

const STEP: [&str; 11] = [
    "for_each",
    "send",
    "to",
    "with",
    "done",
    "failed",
    "compensate",
    "then",
    "timeout",
    "describe",
    "owner",
];

/// An event that `done` or `failed` names, and where.
type Answer = (Arc<str>, Span);

/// A step; adds what later steps see of it to the scene.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    entry: &Entry,
    scene: &mut Scene,
) -> Option<Step> {
    context.check_name(entry, "a step");
    let fields = Fields::of(&entry.value, "a step", &STEP, &mut context.problems);
    let named = context.named(entry, Some(&fields));
    let outer = scene.env(None, Way::Forward);
    let names = ["start", "steps", "saga"];
    let each = fields.get("for_each").map(|n| branch::for_each(context, n, &outer, &names));
    let lost_item = matches!(each, Some(None)) || fields.misspelt("for_each");
    let item = each.as_ref().and_then(|each| each.as_ref()).map(|e| (&*e.name, &e.item_type));
    let mut env = scene.env(item, Way::Forward);
    env.blind |= lost_item || fields.misspelt("to") || fields.misspelt("with");
    let sent = fields.need("send", &mut context.problems);
    let sent = sent.and_then(|node| send::sent(context, node));
    let send = sent.and_then(|sent| sending(context, catalog, &fields, sent, scene, &env));
    let done = events(context, catalog, fields.get("done"));
    let failed = events(context, catalog, fields.get("failed"));
    let reply = match (&send, &done, &failed) {
        (Some(send), Some(done), Some(failed)) => {
            reply(context, catalog, send, &scene.key.name, (done, failed))
        }
        _ => None,
    };
    let timeout = fields.get("timeout");
    let timeout = timeout.map(|node| decode::duration(node, &mut context.problems));
    if fields.get("for_each").is_none() {
        scene.blind |= done.as_ref().is_none_or(|done| done.iter().any(|e| unseen(catalog, e)));
        let type_ = finished(catalog, done.as_deref().unwrap_or_default());
        let certain = send.as_ref().is_none_or(|send| !ignorable(catalog, &send.command))
            && done.as_ref().is_none_or(|done| !done.is_empty());
        scene.steps.push(SeenStep { field: Field { name: entry.key.clone(), type_ }, certain });
    }
    let mut after = scene.env(item, Way::Back);
    after.blind |= lost_item;
    let compensate = fields.get("compensate").map(|node| {
        let sent = send::sent(context, node)?;
        undo(context, catalog, &sent, send.as_ref(), scene, &after)
    });
    let then = fields.get("then").map(|node| {
        let sent = send::sent(context, node)?;
        let env = scene.env(None, Way::Forward);
        send_or_look(context, catalog, &sent, &To::Key, scene, &env)
    });
    Some(Step {
        named,
        for_each: complete(each)?,
        send: send?,
        done: names_of(done?),
        failed: names_of(failed?),
        reply: reply?,
        compensate: complete(compensate)?,
        then: complete(then)?,
        timeout_us: complete(timeout)?.map(|timeout| timeout.value),
    })
}

/// Nothing written is fine; something written must have been understood.
fn complete<T>(written: Option<Option<T>>) -> Option<Option<T>> {
    match written {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }
}

fn names_of(events: Vec<Answer>) -> Vec<Arc<str>> {
    events.into_iter().map(|(name, _)| name).collect()
}

fn sending(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    fields: &Fields<'_>,
    sent: Sent<'_>,
    scene: &Scene,
    env: &Env,
) -> Option<Send> {
    let sent = send::with(context, sent, fields.get("with"));
    let to = fields.get("to").map_or(To::Key, To::Written);
    send_or_look(context, catalog, &sent, &to, scene, env)
}

/// Without a known scope only the command's name is looked up.
fn send_or_look(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    sent: &Sent<'_>,
    to: &To<'_>,
    scene: &Scene,
    env: &Env,
) -> Option<Send> {
    if env.blind {
        catalog.command(context, &sent.name, sent.span);
        return None;
    }
    send::resolve(context, catalog, sent, to, &scene.key, env)
}

fn undo(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    sent: &Sent<'_>,
    step: Option<&Send>,
    scene: &Scene,
    env: &Env,
) -> Option<Send> {
    let Some(step) = step else {
        catalog.command(context, &sent.name, sent.span);
        return None;
    };
    send_or_look(context, catalog, sent, &To::Of(step), scene, env)
}

/// The events that `done` or `failed` name.
fn events(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    node: Option<&Node>,
) -> Option<Vec<Answer>> {
    let mut found = Vec::new();
    let mut good = true;
    for node in node.map(decode::list_or_one).unwrap_or_default() {
        match super::saga::event(context, catalog, node) {
            Some((name, _)) => found.push((name, node.span)),
            None => good = false,
        }
    }
    good.then_some(found)
}

/// Whether a command may end without an event: what is ignored is done.
fn ignorable(catalog: &Catalog<'_>, command: &Arc<str>) -> bool {
    let Some((aggregate, command)) = catalog.commands.get(command) else { return true };
    catalog.aggregates[*aggregate].commands[*command].fields.get("ignore").is_some()
}

/// Whether the fields of an event can't be known.
fn unseen(catalog: &Catalog<'_>, (name, _): &Answer) -> bool {
    let found = catalog.events.get(name);
    found.is_some_and(|(aggregate, event)| catalog.aggregates[*aggregate].events[*event].broken)
}

/// What `steps.NAME` is: the event that finished the step. Of several, the fields that all have.
fn finished(catalog: &Catalog<'_>, done: &[Answer]) -> Type {
    let shape = |name: &Arc<str>| {
        let (aggregate, event) = catalog.events.get(name)?;
        Some(&catalog.aggregates[*aggregate].events[*event].in_scope)
    };
    let mut shapes = done.iter().filter_map(|(name, _)| shape(name));
    let mut record = shapes.next().map_or_else(RecordType::default, |first| (**first).clone());
    record.name = None;
    for other in shapes {
        record.fields.retain(|f| super::context::field_type(other, &f.name) == Some(&f.type_));
        record.lost.extend(other.lost.iter().cloned());
    }
    Type::Optional(Arc::new(Type::Record(Arc::new(record))))
}

/// How the answer arrives; complains where it can't.
fn reply(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    send: &Send,
    key: &str,
    (done, failed): (&[Answer], &[Answer]),
) -> Option<Reply> {
    if let Some((name, span)) = failed.iter().find(|(n, _)| done.iter().any(|(d, _)| d == n)) {
        let message = format!("`{name}` can't say both that the step is done and that it failed");
        let cure = "take it away from one of them";
        context.problems.error(codes::REPLY_BOTH, *span, message).cure(cure);
        return None;
    }
    let mut good = true;
    for (name, span) in done.iter().chain(failed) {
        let (aggregate, _) = catalog.events.get(name)?;
        let aggregate = &catalog.aggregates[*aggregate].named.name;
        if *aggregate == send.aggregate {
            continue;
        }
        good = false;
        let message = format!(
            "`{name}` is an event of {aggregate}, and the step's target is {}",
            send.aggregate
        );
        let cure = format!("name an event of {}", send.aggregate);
        context.problems.error(codes::REPLY_TARGET, *span, message).cure(cure);
    }
    if !good {
        return None;
    }
    let (aggregate, command) = catalog.commands.get(&send.command)?;
    let command = &catalog.aggregates[*aggregate].commands[*command];
    let caused = |(name, _): &&Answer| command.emits.contains(name);
    if done.is_empty() && failed.is_empty() || done.iter().chain(failed).any(|e| caused(&e)) {
        return never(context, command, done, failed).then_some(Reply::Caused);
    }
    if is_the_key(&send.to, key) {
        return Some(Reply::Stream);
    }
    let (_, span) = done.iter().chain(failed).next()?;
    let message = format!(
        "`{}` emits neither `done` nor `failed`, and its target isn't the saga's key",
        send.command
    );
    let emits = command.emits.iter().map(|e| &**e);
    let cure = format!("name an event that it emits ({})", suggest("", emits, "none"));
    context
        .problems
        .error(codes::REPLY_STREAM, *span, message)
        .label(send.span, "the command")
        .cure(cure);
    None
}

/// Where the command answers itself, every event named must be one of its own.
fn never(
    context: &mut Context<'_>,
    command: &CommandShape<'_>,
    done: &[Answer],
    failed: &[Answer],
) -> bool {
    let mut good = true;
    for (name, span) in done.iter().chain(failed) {
        if !command.emits.contains(name) {
            good = false;
            let sent = &command.named.name;
            let message = format!("`{name}` never answers `{sent}`, which doesn't emit it");
            let cure = suggest(name, command.emits.iter().map(|e| &**e), "take it away");
            context.problems.error(codes::REPLY_NEVER, *span, message).cure(cure);
        }
    }
    good
}

/// Whether a target is the saga's key, read as such or from the event that started the saga.
fn is_the_key(to: &Term, key: &str) -> bool {
    let Term::Formula(formula) = to else { return false };
    let path = formula.expression.ast().path().unwrap_or_default();
    let path: Vec<&str> = path.iter().map(|part| &**part).collect();
    path == ["saga", "key"] || path == ["start", key]
}
