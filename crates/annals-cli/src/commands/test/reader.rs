//! Reading the cases of a file against the model: all problems in one pass, each with its place.

use std::sync::Arc;

use annals_core::StreamId;
use annals_expression::Type;
use annals_model::yaml::{Entry, Kind, Node};
use annals_model::{Aggregate, Code, Model, Problems, Span, decode};

use super::case::{Asked, Case, Expectation, Step};
use super::codes;
use super::values;

/// Reads one file.
pub(super) struct Reader<'m> {
    pub(super) model: &'m Arc<Model>,
    pub(super) problems: &'m mut Problems,
    /// `path:line` of a place in the file.
    pub(super) place: &'m dyn Fn(Span) -> String,
}

impl Reader<'_> {
    pub(super) fn cases(&mut self, root: &Node) -> Vec<Case> {
        let entries = decode::entries(root, "cases", self.problems);
        entries.iter().map(|entry| self.case(entry)).collect()
    }

    pub(super) fn wrong(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let why = "A case that isn't understood would prove nothing.";
        self.problems.error(code, span, message).cure(cure).why(why);
    }

    pub(super) fn meant<'c>(
        &self,
        word: &str,
        names: impl Iterator<Item = &'c str> + Clone,
    ) -> String {
        match decode::nearest(word, names.clone()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
        }
    }

    fn case(&mut self, entry: &Entry) -> Case {
        let words = ["given", "when", "then"];
        let fields = decode::Fields::of(&entry.value, "a case", &words, self.problems);
        let mut case =
            Case { name: entry.key.clone(), given: Vec::new(), when: Vec::new(), then: Vec::new() };
        if let Some(given) = fields.get("given") {
            for entry in decode::entries(given, "given streams", self.problems) {
                if let Some((aggregate, stream)) = self.stream(&entry.key, entry.key_span) {
                    case.given.push((stream, self.facts(&aggregate, &entry.value, true)));
                }
            }
        }
        if let Some(when) = fields.get("when") {
            for node in decode::list_or_one(when) {
                case.when.extend(self.step(node));
            }
        }
        match fields.get("then") {
            Some(then) => {
                for entry in decode::entries(then, "expectations", self.problems) {
                    case.then.extend(self.expectation(entry));
                }
            }
            None => {
                let message = "a case without `then` proves nothing";
                self.wrong(codes::FORM, entry.key_span, message, "add `then:`");
            }
        }
        case
    }

    /// `Order/o1`.
    fn stream(&mut self, text: &str, span: Span) -> Option<(Aggregate, StreamId)> {
        let Some((name, id)) = text.split_once('/').filter(|(_, id)| !id.is_empty()) else {
            self.wrong(codes::FORM, span, format!("`{text}` is no stream"), "write AGGREGATE/ID");
            return None;
        };
        let Some(aggregate) = self.model.aggregate(name).cloned() else {
            let model = self.model.clone();
            let names = model.aggregates.iter().map(|aggregate| &*aggregate.named.name);
            let cure = self.meant(name, names);
            self.wrong(codes::UNKNOWN, span, format!("there is no aggregate {name}"), cure);
            return None;
        };
        let stream = StreamId::new(name, values::key(&aggregate.id_type, id));
        Some((aggregate, stream))
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let (text, span, value) = match &node.kind {
            Kind::Scalar(scalar) => (scalar.text.clone(), node.span, None),
            Kind::Map(one) if one.len() == 1 => {
                (one[0].key.clone(), one[0].key_span, Some(&one[0].value))
            }
            Kind::Poisoned => return None,
            _ => {
                let cure = "write `- Command Aggregate/id: { input }`";
                self.wrong(codes::FORM, node.span, "this is no step", cure);
                return None;
            }
        };
        match (&*text, value) {
            ("advance", Some(value)) => {
                let by_us = decode::duration(value, self.problems)?.value;
                Some(Step::Advance { by_us })
            }
            ("rejected", Some(value)) => {
                let name = decode::text(value, self.problems)?.value;
                Some(Step::Rejected { name, place: (self.place)(span) })
            }
            ("redeliver", Some(value)) => {
                let event = decode::text(value, self.problems)?.value;
                if self.model.event(&event).is_none() {
                    let message = format!("there is no event {event}");
                    self.wrong(codes::UNKNOWN, value.span, message, "name an event of the model");
                    return None;
                }
                Some(Step::Redeliver { event })
            }
            _ => self.command(&text, span, value),
        }
    }

    /// `CreateOrder Order/o1: { … }`.
    fn command(&mut self, text: &str, span: Span, value: Option<&Node>) -> Option<Step> {
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
        let input = self.fields(value, &Type::Record(declared.input.clone()))?;
        Some(Step::Command(Box::new(Asked {
            stream,
            command: command.into(),
            input: input.into(),
            place: (self.place)(span),
        })))
    }

    fn expectation(&mut self, entry: &Entry) -> Option<Expectation> {
        let (span, place) = (entry.key_span, (self.place)(entry.key_span));
        let nothing = matches!(&entry.value.kind, Kind::List(items) if items.is_empty());
        let words = |prefix: &str| {
            let rest = entry.key.strip_prefix(prefix)?;
            rest.split_once('/').map(|(name, key)| (name.to_owned(), key.to_owned()))
        };
        if let Some((name, key)) = words("saga ") {
            let model = self.model.clone();
            let Some(saga) = model.saga(&name) else {
                let cure = self.meant(&name, model.sagas.iter().map(|saga| &*saga.named.name));
                self.wrong(codes::UNKNOWN, span, format!("there is no saga {name}"), cure);
                return None;
            };
            let status = if nothing {
                None
            } else {
                Some(decode::text(&entry.value, self.problems)?.value.to_string())
            };
            let key = values::key(&saga.key_type, &key).into();
            return Some(Expectation::Saga { saga: name.into(), key, status, place });
        }
        if let Some((name, key)) = words("projection ") {
            let model = self.model.clone();
            let Some(projection) = model.projection(&name) else {
                let names = model.projections.iter().map(|it| &*it.named.name);
                let cure = self.meant(&name, names);
                self.wrong(codes::UNKNOWN, span, format!("there is no projection {name}"), cure);
                return None;
            };
            let column = projection.columns.iter().find(|it| it.name == projection.key)?;
            let key = values::key(&column.type_, &key);
            let row = Type::Record(projection.row.clone());
            let row = if nothing { None } else { Some(self.fields(Some(&entry.value), &row)?) };
            return Some(Expectation::Row { projection: name.into(), key, row, place });
        }
        let (aggregate, stream) = self.stream(&entry.key, span)?;
        let facts = self.facts(&aggregate, &entry.value, false);
        Some(Expectation::Stream { stream, facts, place })
    }
}
