//! What a case does: commands with the rejections that follow them, time, second deliveries.

use std::sync::Arc;

use annals_expression::Type;
use annals_model::yaml::{Kind, Node};
use annals_model::{Command, Span, decode};
use serde_json::Value;

use super::case::{Asked, Rejection, Step};
use super::codes;
use super::reader::Reader;
use super::values;

/// The rejection of a command whose expression failed, as over HTTP.
pub(super) const EVALUATION_FAILED: &str = "EvaluationFailed";
/// The rejection of input that isn't of the command's type.
pub(super) const INVALID: &str = "Invalid";
const NOT_ALLOWED: &str = "NotAllowed";

impl Reader<'_> {
    /// The steps of a case; a `rejected:` belongs to the command before it.
    pub(super) fn steps(&mut self, when: &Node) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut nodes = decode::list_or_one(when).iter().peekable();
        while let Some(node) = nodes.next() {
            if let Some((span, _)) = rejection(node) {
                let message = "there is no command before this that could be rejected";
                self.wrong(codes::FORM, span, message, "write it right behind its command");
                continue;
            }
            let behind = nodes.peek().and_then(|next| rejection(next));
            let (step, is_command) = self.step(node, behind);
            steps.extend(step);
            if is_command && behind.is_some() {
                nodes.next();
            }
        }
        steps
    }

    /// A step, and whether it is a command or was meant as one.
    fn step(&mut self, node: &Node, behind: Option<(Span, &Node)>) -> (Option<Step>, bool) {
        let (text, span, value) = match &node.kind {
            Kind::Scalar(scalar) => (scalar.text.clone(), node.span, None),
            Kind::Map(one) if one.len() == 1 => {
                (one[0].key.clone(), one[0].key_span, Some(&one[0].value))
            }
            Kind::Poisoned => return (None, true),
            _ => {
                let cure = "write `- Command Aggregate/id: { input }`";
                self.wrong(codes::FORM, node.span, "this is no step", cure);
                return (None, true);
            }
        };
        match (&*text, value) {
            ("advance", Some(value)) => (self.advance(value), false),
            ("redeliver", Some(value)) => (self.redeliver(value), false),
            _ => (self.command(&text, span, value, behind), true),
        }
    }

    fn advance(&mut self, value: &Node) -> Option<Step> {
        Some(Step::Advance { by_us: decode::duration(value, self.problems)?.value })
    }

    fn redeliver(&mut self, value: &Node) -> Option<Step> {
        let event = decode::text(value, self.problems)?.value;
        let model = self.model.clone();
        if model.event(&event).is_none() {
            let events = model.aggregates.iter().flat_map(|aggregate| &aggregate.events);
            let cure = self.meant(&event, events.map(|event| &*event.named.name));
            self.wrong(codes::UNKNOWN, value.span, format!("there is no event {event}"), cure);
            return None;
        }
        Some(Step::Redeliver { event })
    }

    /// `CreateOrder Order/o1: { … }`.
    fn command(
        &mut self,
        text: &str,
        span: Span,
        value: Option<&Node>,
        behind: Option<(Span, &Node)>,
    ) -> Option<Step> {
        let Some((command, stream)) = text.split_once(' ') else {
            let message = format!("`{text}` is no step");
            let cure = "write `Command Aggregate/id`, advance, rejected or redeliver";
            self.wrong(codes::FORM, span, message, cure);
            return None;
        };
        let (aggregate, stream) = self.stream(stream.trim(), span)?;
        let Some(declared) = aggregate.command(command) else {
            let names = aggregate.commands.iter().map(|command| &*command.named.name);
            let cure = self.meant(command, names);
            let message = format!("{} has no command {command}", aggregate.named.name);
            self.wrong(codes::UNKNOWN, span, message, cure);
            return None;
        };
        let rejected = behind.map(|(span, name)| self.rejected(declared, span, name));
        let invalid = rejected.as_ref().is_some_and(|rejected| {
            rejected.as_ref().is_some_and(|rejection| &*rejection.name == INVALID)
        });
        let input = self.input(value, &Type::Record(declared.input.clone()), invalid);
        Some(Step::Command(Box::new(Asked {
            stream,
            command: command.into(),
            input: input?,
            place: (self.place)(span),
            rejected: match rejected {
                Some(rejected) => Some(rejected?),
                None => None,
            },
        })))
    }

    /// The input of a command. Where `invalid` input is what the case is about, that which isn't of
    /// its type is handed on as it is written.
    fn input(&mut self, node: Option<&Node>, type_: &Type, invalid: bool) -> Option<Value> {
        if !invalid {
            return self.fields(node, type_).map(Value::Object);
        }
        let before = std::mem::take(self.problems);
        let read = self.fields(node, type_).map(Value::Object);
        *self.problems = before;
        read.or_else(|| node.and_then(values::raw))
    }

    fn rejected(&mut self, declared: &Command, span: Span, node: &Node) -> Option<Rejection> {
        let name: Arc<str> = decode::text(node, self.problems)?.value;
        let own = declared.rejections.iter().map(|rejection| &*rejection.name);
        let when = declared.when.as_ref().map(|_| NOT_ALLOWED);
        let names = own.chain(when).chain([EVALUATION_FAILED, INVALID]);
        if !names.clone().any(|known| *known == *name) {
            let message = format!("{} has no rejection {name}", declared.named.name);
            let cure = self.meant(&name, names);
            self.wrong(codes::UNKNOWN, node.span, message, cure);
            return None;
        }
        Some(Rejection { name, place: (self.place)(span) })
    }
}

/// The place and the name of a `rejected:`.
fn rejection(node: &Node) -> Option<(Span, &Node)> {
    match &node.kind {
        Kind::Map(one) if one.len() == 1 && &*one[0].key == "rejected" => {
            Some((one[0].key_span, &one[0].value))
        }
        _ => None,
    }
}
