//! Reactions: a command or a call that an event causes, at once or later.

use std::sync::Arc;

use annals_expression::Type;

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Action, Call, Place, Reaction, ReactionHandler, Refused};

use super::branch;
use super::catalog::{AggregateShape, Catalog, EventShape};
use super::choice::choice;
use super::context::Context;
use super::formula::{Env, condition};
use super::send::{self, Key, Sent, To};
use super::url;

const REACTION: [&str; 13] = [
    "service", "on", "if", "for_each", "send", "to", "with", "call", "after", "unless", "refused",
    "describe", "owner",
];

/// A reaction.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    entry: &Entry,
) -> Option<Reaction> {
    context.check_name(entry, "a reaction");
    let fields = Fields::of(&entry.value, "a reaction", &REACTION, &mut context.problems);
    let named = context.named(entry, Some(&fields));
    let service = fields.need("service", &mut context.problems);
    let service = catalog.service(context, service);
    let after = fields.get("after");
    let after = after.map(|node| decode::duration(node, &mut context.problems));
    let on = fields.need("on", &mut context.problems);
    let on = on.map(|node| events(context, catalog, node)).unwrap_or_default();
    let unless = unless(context, catalog, &fields, &on);
    let refused = fields.get("refused").and_then(|node| {
        choice(context, node, &[("ignore", Refused::Ignore), ("park", Refused::Park)])
    });
    let action = action(context, catalog, &fields, entry.key_span);
    words_of_call(context, &fields, action.as_ref());
    if let Some(Written::Send(sent)) = &action {
        refusal(context, catalog, sent, fields.get("refused"), refused);
    }
    let mut handlers = Vec::new();
    let mut good = !on.is_empty();
    for Caused { aggregate, event, .. } in on.iter().filter_map(Option::as_ref) {
        let mut at = Handler { catalog, fields: &fields, aggregate, event };
        match at.resolve(context, action.as_ref()) {
            Some(handler) => handlers.push(handler),
            None => good = false,
        }
    }
    good &= on.iter().all(Option::is_some);
    Some(Reaction {
        named,
        service: service?,
        after_us: match after {
            None => None,
            Some(after) => Some(after?.value),
        },
        unless: unless?,
        refused,
        on: good.then_some(handlers)?,
    })
}

/// An event that causes the reaction, or calls it off.
struct Caused<'c, 'n> {
    name: Arc<str>,
    span: Span,
    aggregate: &'c AggregateShape<'n>,
    event: &'c EventShape<'n>,
}

fn events<'c, 'n>(
    context: &mut Context<'_>,
    catalog: &'c Catalog<'n>,
    node: &Node,
) -> Vec<Option<Caused<'c, 'n>>> {
    let mut events: Vec<Option<Caused<'c, 'n>>> = Vec::new();
    if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
        let cure = "name an event, such as `OrderPlaced`";
        context.problems.error(codes::NO_EVENT, node.span, "no event is named").cure(cure);
    }
    for node in decode::list_or_one(node) {
        let caused = decode::text(node, &mut context.problems).and_then(|name| {
            let (aggregate, event) = catalog.event(context, &name.value, name.span)?;
            Some(Caused { name: name.value, span: node.span, aggregate, event })
        });
        let first = caused
            .as_ref()
            .and_then(|caused| events.iter().flatten().find(|earlier| earlier.name == caused.name));
        if let (Some(caused), Some(first)) = (&caused, first) {
            context
                .problems
                .error(
                    codes::DUPLICATE_NAME,
                    caused.span,
                    format!("`{}` is named twice", caused.name),
                )
                .label(first.span, "first here")
                .cure("take one of them away");
            continue;
        }
        events.push(caused);
    }
    events
}

fn unless(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    fields: &Fields<'_>,
    on: &[Option<Caused<'_, '_>>],
) -> Option<Vec<Arc<str>>> {
    let Some(node) = fields.get("unless") else { return Some(Vec::new()) };
    if fields.get("after").is_none() {
        let message = "`unless` calls off what waits, and nothing waits here";
        let cure = "write how long it waits, such as `after: 15m`, or take `unless` away";
        context.problems.error(codes::UNLESS_WITHOUT_AFTER, node.span, message).cure(cure);
    }
    let mut names = Vec::new();
    let mut good = true;
    for caused in events(context, catalog, node) {
        let Some(caused) = caused else {
            good = false;
            continue;
        };
        let own = &caused.aggregate.named.name;
        let strange = on.iter().flatten().find(|on| on.aggregate.named.name != *own);
        if let Some(on) = strange {
            let message = format!(
                "`{}` is on the streams of {own}, and `{}` is on those of {}",
                caused.name, on.name, on.aggregate.named.name
            );
            let cure = "name events of the aggregate whose event causes the reaction";
            context.problems.error(codes::UNLESS_STREAM, caused.span, message).cure(cure);
            good = false;
            continue;
        }
        names.push(caused.name);
    }
    good.then_some(names)
}

/// What a reaction does, before its events' types are known.
enum Written<'n> {
    Send(Sent<'n>),
    Call(Option<Call>),
}

fn action<'n>(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    fields: &Fields<'n>,
    name: Span,
) -> Option<Written<'n>> {
    let cure = "write `send: Command`, or `call: POST https://…`";
    match (fields.get("send"), fields.get("call")) {
        (Some(send), None) => {
            let sent = send::sent(context, send)?;
            let sent = send::with(context, sent, fields.get("with"));
            catalog.command(context, &sent.name, sent.span)?;
            Some(Written::Send(sent))
        }
        (None, Some(call)) => Some(Written::Call(url::call(context, call))),
        (None, None) if fields.misspelt("send") || fields.misspelt("call") => None,
        (None, None) => {
            context
                .problems
                .error(codes::CALL_OR_SEND, name, "the reaction does nothing")
                .cure(cure);
            None
        }
        (Some(send), Some(call)) => {
            context
                .problems
                .error(codes::CALL_OR_SEND, call.span, "a reaction sends or calls, not both")
                .label(send.span, "it sends here")
                .cure("make two reactions of it");
            None
        }
    }
}

/// Words that mean nothing where a reaction calls outside.
fn words_of_call(context: &mut Context<'_>, fields: &Fields<'_>, action: Option<&Written<'_>>) {
    if !matches!(action, Some(Written::Call(_))) {
        return;
    }
    for word in ["to", "with", "refused", "for_each"] {
        let Some(node) = fields.get(word) else { continue };
        let (code, message) = match word {
            "for_each" => (codes::NOT_YET, "`for_each` with a `call` isn't done yet".to_owned()),
            _ => (codes::CALL_WORD, format!("`{word}` belongs to `send`, and this is a `call`")),
        };
        let cure = "take it away: a call posts the event's own data";
        context.problems.error(code, node.span, message).cure(cure);
    }
}

/// Where the command can be rejected, the reaction says what then.
fn refusal(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    sent: &Sent<'_>,
    written: Option<&Node>,
    refused: Option<Refused>,
) {
    let Some((aggregate, command)) = catalog.commands.get(&sent.name) else { return };
    let command = &catalog.aggregates[*aggregate].commands[*command];
    let condition = command.fields.get("when").or_else(|| command.fields.get("reject"));
    if let (Some(condition), None, None) = (condition, written, refused) {
        let message = format!("`{}` can be rejected, and nothing says what then", sent.name);
        context
            .problems
            .error(codes::REFUSED_MISSING, sent.span, message)
            .label(condition.span, "rejected by this")
            .cure("write `refused: ignore`, or `refused: park` to make it a dead letter");
    }
}

struct Handler<'a, 'n> {
    catalog: &'a Catalog<'n>,
    fields: &'a Fields<'n>,
    aggregate: &'a AggregateShape<'n>,
    event: &'a EventShape<'n>,
}

impl Handler<'_, '_> {
    fn resolve(
        &mut self,
        context: &mut Context<'_>,
        action: Option<&Written<'_>>,
    ) -> Option<ReactionHandler> {
        let scope = [
            ("event", Type::Record(self.event.in_scope.clone())),
            ("meta", context.meta(Place::Reaction)),
        ];
        let mut env = Env::new(scope, self.event.broken);
        let judged = self.fields.get("if").map(|node| condition(context, node, "if", &env));
        let each = self
            .fields
            .get("for_each")
            .map(|node| branch::for_each(context, node, &env, &["event", "meta"]));
        match &each {
            Some(Some(each)) => {
                env.scope = env.scope.with(&each.name, each.item_type.clone());
            }
            Some(None) => env.blind = true,
            None => env.blind |= self.fields.misspelt("for_each"),
        }
        env.blind |= self.fields.misspelt("to") || self.fields.misspelt("with");
        let action = match action? {
            Written::Call(call) => Action::Call(call.clone()?),
            Written::Send(_) if env.blind => return None,
            Written::Send(sent) => {
                let (name, type_) = self.aggregate.id.clone()?;
                let text = format!("event.{name}");
                let key = Key { name, type_, text, what: "the event's aggregate id" };
                let to = self.fields.get("to").map_or(To::Key, To::Written);
                Action::Send(send::resolve(context, self.catalog, sent, &to, &key, &env)?)
            }
        };
        Some(ReactionHandler {
            event: self.event.named.name.clone(),
            condition: match judged {
                None => None,
                Some(judged) => Some(judged?),
            },
            for_each: match each {
                None => None,
                Some(each) => Some(each?),
            },
            action,
        })
    }
}
