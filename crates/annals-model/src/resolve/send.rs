//! A command that a saga or a reaction sends: whom to, and with what. The only thing that carries
//! over to its input is the key (a saga's) or the event's aggregate id (a reaction's).

use std::sync::Arc;

use annals_expression::Type;

use crate::codes_resolve as codes;
use crate::decode;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Send, Term};

use super::carry::{Filling, Source, fill};
use super::catalog::{AggregateShape, Catalog, CommandShape};
use super::context::{Context, entries};
use super::formula::{Env, carried};
use super::value;

/// The one value that carries over by itself, and that a target's id is where no `to` says it.
#[derive(Clone)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its type.
    pub(crate) type_: Type,
    /// The expression that reads it.
    pub(crate) text: String,
    /// What a sentence calls it: "the saga's key".
    pub(crate) what: &'static str,
}

/// Whom a command is for.
pub(crate) enum To<'a> {
    /// `to:` as written.
    Written(&'a Node),
    /// The key, since nothing is written.
    Key,
    /// That of the step which this command undoes, and its type.
    Of(&'a Send),
}

/// A command's name with what is written for its input.
pub(crate) struct Sent<'n> {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    pub(crate) with: &'n [Entry],
}

/// A command's name, or a map of one name to its fields.
pub(crate) fn sent<'n>(context: &mut Context<'_>, node: &'n Node) -> Option<Sent<'n>> {
    match &node.kind {
        Kind::Scalar(_) => {
            let text = decode::text(node, &mut context.problems)?;
            Some(Sent { name: text.value, span: node.span, with: &[] })
        }
        Kind::Map(one) if one.len() == 1 => {
            let with = entries(context, &one[0].value, "the command's fields");
            Some(Sent { name: one[0].key.clone(), span: one[0].key_span, with })
        }
        Kind::Poisoned => None,
        _ => {
            let cure = "write its name, or `{ Command: { field: value } }`";
            context.problems.error(codes::SEND_FORM, node.span, "one command is sent").cure(cure);
            None
        }
    }
}

/// The command with what stands under `with:` beside it.
pub(crate) fn with<'n>(
    context: &mut Context<'_>,
    sent: Sent<'n>,
    node: Option<&'n Node>,
) -> Sent<'n> {
    let Some(node) = node else { return sent };
    if !sent.with.is_empty() {
        context
            .problems
            .error(codes::SEND_FORM, node.span, "the command's fields are written twice")
            .label(sent.span, "here too")
            .cure("write all of them under `with`");
    }
    Sent { with: entries(context, node, "the command's fields"), ..sent }
}

/// Binds a command, its target and its input.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    sent: &Sent<'_>,
    to: &To<'_>,
    key: &Key,
    env: &Env,
) -> Option<Send> {
    let (aggregate, command) = catalog.command(context, &sent.name, sent.span)?;
    let target = target(context, aggregate, sent, to, key, env);
    let with = input(context, command, sent, key, env);
    let (to, to_type) = target?;
    Some(Send {
        aggregate: aggregate.named.name.clone(),
        command: sent.name.clone(),
        to,
        to_type,
        with: with?,
        span: sent.span,
    })
}

fn target(
    context: &mut Context<'_>,
    aggregate: &AggregateShape<'_>,
    sent: &Sent<'_>,
    to: &To<'_>,
    key: &Key,
    env: &Env,
) -> Option<(Term, Type)> {
    let (_, id) = aggregate.id.as_ref()?;
    let name = &aggregate.named.name;
    match to {
        To::Written(node) => Some((value::term(context, node, id, env)?, id.clone())),
        To::Key if id.admits(&key.type_) => {
            let formula = carried(context, &key.text, sent.span, env)?;
            Some((Term::Formula(formula), id.clone()))
        }
        To::Key => {
            let message = format!(
                "{} is {}, and `{name}` is known by {}",
                key.what,
                key.type_.name(),
                id.name()
            );
            let cure = format!("write `to: …`, a value of type {}", id.name());
            context.problems.error(codes::TARGET_TYPE, sent.span, message).cure(cure);
            None
        }
        To::Of(step) if step.aggregate == *name => Some((step.to.clone(), step.to_type.clone())),
        To::Of(step) => {
            let message = format!(
                "`{}` is a command of {name}, and the step's target is {}",
                sent.name, step.aggregate
            );
            context
                .problems
                .error(codes::COMPENSATION_TARGET, sent.span, message)
                .label(step.span, "the step's command")
                .cure(format!("compensate with a command of {}", step.aggregate));
            None
        }
    }
}

fn input(
    context: &mut Context<'_>,
    command: &CommandShape<'_>,
    sent: &Sent<'_>,
    key: &Key,
    env: &Env,
) -> Option<Vec<crate::Assignment>> {
    if command.input.broken {
        return None;
    }
    let filling = Filling {
        what: format!("the command `{}`", sent.name),
        target: &command.input.record,
        written: sent.with.iter().collect(),
        source: Source::One(&key.name, &key.type_, &key.text),
        source_name: key.what,
        span: sent.span,
        null_where_optional: false,
    };
    fill(context, &filling, env)
}
