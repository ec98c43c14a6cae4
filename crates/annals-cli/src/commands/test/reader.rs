//! Reading the cases of a file against the model: all problems in one pass, each with its place.

use std::sync::Arc;

use annals_core::{Cell, Failure, StreamId, System};
use annals_expression::Type;
use annals_model::yaml::{Entry, Kind, Node};
use annals_model::{Aggregate, Code, Model, Problems, Span, decode};

use super::case::{Case, Expectation};
use super::codes;
use super::names::Names;

/// Reads one file.
pub(super) struct Reader<'m> {
    pub(super) model: &'m Arc<Model>,
    pub(super) system: &'m System,
    pub(super) problems: &'m mut Problems,
    /// `path:line` of a place in the file.
    pub(super) place: &'m dyn Fn(Span) -> String,
    /// Those of the case that is read.
    pub(super) names: Names,
    /// Whether a given event is read: nothing may lack in it, and limits hold.
    pub(super) whole: bool,
}

impl Reader<'_> {
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
            None if names.clone().next().is_none() => "there is none: leave it out".into(),
            None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
        }
    }

    /// A case; `None` where nothing of it can be read.
    pub(super) fn case(&mut self, entry: &Entry) -> Option<Case> {
        if decode::not_yet("a test file", &entry.key, entry.key_span, self.problems) {
            return None;
        }
        if !matches!(entry.value.kind, Kind::Map(_) | Kind::Null) {
            decode::entries(&entry.value, "a case", self.problems);
            return None;
        }
        self.names = Names::default();
        let words = ["given", "when", "then"];
        let fields = decode::Fields::of(&entry.value, "a case", &words, self.problems);
        let given = fields.get("given").map(|given| self.given(given));
        let when = fields.get("when").map(|when| self.steps(when));
        let then = fields.get("then").filter(|then| !is_empty(then));
        if then.is_none() {
            let message = "a case without `then` proves nothing";
            let cure = "say under `then:` what is there in the end";
            self.wrong(codes::FORM, entry.key_span, message, cure);
        }
        let then = then.map_or(&[][..], |it| decode::entries(it, "expectations", self.problems));
        let then = then.iter().filter_map(|entry| self.expectation(entry)).collect();
        Some(Case {
            name: entry.key.clone(),
            given: given.unwrap_or_default(),
            when: when.unwrap_or_default(),
            then,
            names: std::mem::take(&mut self.names),
        })
    }

    fn given(&mut self, node: &Node) -> Vec<(StreamId, Vec<super::case::Fact>)> {
        let mut given: Vec<(StreamId, _)> = Vec::new();
        for entry in decode::entries(node, "given streams", self.problems) {
            let Some((aggregate, stream)) = self.stream(&entry.key, entry.key_span) else {
                continue;
            };
            if given.iter().any(|(other, _)| *other == stream) {
                let message = format!("`{}` is a stream that stands here already", entry.key);
                let cure = "write its events under one key";
                self.wrong(codes::FORM, entry.key_span, message, cure);
                continue;
            }
            given.push((stream, self.facts(&aggregate, &entry.value, true)));
        }
        given
    }

    /// `Order/o1`.
    pub(super) fn stream(&mut self, text: &str, span: Span) -> Option<(Aggregate, StreamId)> {
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
        let id = self.id(&aggregate.id_type, id, span)?;
        Some((aggregate, StreamId::new(name, id)))
    }

    /// An id or a saga's key in canonical form.
    fn id(&mut self, type_: &Type, text: &str, span: Span) -> Option<Arc<str>> {
        let text = self.plain(type_, text);
        match annals_interpreter::read_id(type_, &text) {
            Ok(id) => Some(id),
            Err(reason) => self.no_id(type_, span, reason),
        }
    }

    /// An id or a key with the uuid that a short name stands for, and a whole number without zeros
    /// before it.
    fn plain(&mut self, type_: &Type, text: &str) -> String {
        let plain = match type_ {
            Type::Uuid => self.names.uuid(text),
            Type::Int(_) => text.parse::<i64>().ok().map(|number| number.to_string()),
            _ => None,
        };
        plain.unwrap_or_else(|| text.to_owned())
    }

    fn no_id<T>(&mut self, type_: &Type, span: Span, reason: String) -> Option<T> {
        self.wrong(codes::VALUE, span, reason, format!("write one of its type, {type_}"));
        None
    }

    fn expectation(&mut self, entry: &Entry) -> Option<Expectation> {
        let words = |prefix: &str| {
            let rest = entry.key.strip_prefix(prefix)?;
            rest.split_once('/').map(|(name, key)| (name.to_owned(), key.to_owned()))
        };
        if let Some((name, key)) = words("saga ") {
            return self.saga(entry, &name, &key);
        }
        if let Some((name, key)) = words("projection ") {
            return self.row(entry, &name, &key);
        }
        let (aggregate, stream) = self.stream(&entry.key, entry.key_span)?;
        let facts = self.facts(&aggregate, &entry.value, false);
        Some(Expectation::Stream { stream, facts, place: (self.place)(entry.key_span) })
    }

    fn saga(&mut self, entry: &Entry, name: &str, key: &str) -> Option<Expectation> {
        let (span, model) = (entry.key_span, self.model.clone());
        let Some(saga) = model.saga(name) else {
            let cure = self.meant(name, model.sagas.iter().map(|saga| &*saga.named.name));
            self.wrong(codes::UNKNOWN, span, format!("there is no saga {name}"), cure);
            return None;
        };
        let key = self.id(&saga.key_type, key, span);
        let status = if is_nothing(&entry.value) {
            None
        } else {
            Some(decode::text(&entry.value, self.problems)?.value.to_string())
        };
        Some(Expectation::Saga { saga: name.into(), key: key?, status, place: (self.place)(span) })
    }

    fn row(&mut self, entry: &Entry, name: &str, key: &str) -> Option<Expectation> {
        let (span, model) = (entry.key_span, self.model.clone());
        let Some(projection) = model.projection(name) else {
            let names = model.projections.iter().map(|it| &*it.named.name);
            let cure = self.meant(name, names);
            self.wrong(codes::UNKNOWN, span, format!("there is no projection {name}"), cure);
            return None;
        };
        let column = projection.columns.iter().find(|it| it.name == projection.key)?;
        let key = self.row_key(name, &column.type_, key, span);
        let row = Type::Record(projection.row.clone());
        let row = if is_nothing(&entry.value) {
            None
        } else {
            Some(self.fields(Some(&entry.value), &row)?)
        };
        Some(Expectation::Row {
            projection: name.into(),
            key: key?,
            row,
            place: (self.place)(span),
        })
    }

    fn row_key(&mut self, name: &str, type_: &Type, text: &str, span: Span) -> Option<Cell> {
        let text = self.plain(type_, text);
        let system = self.system;
        let projection = system.projections.iter().find(|it| *it.table().name == *name)?;
        match projection.parse_key(&text) {
            Ok(key) => Some(key),
            Err(Failure::Invalid(fields)) => {
                let reasons: Vec<String> = fields.into_iter().map(|field| field.reason).collect();
                let reason = format!("this is no key of {name}: {}", reasons.join(" and "));
                self.no_id(type_, span, reason)
            }
            Err(failure) => self.no_id(type_, span, failure.to_string()),
        }
    }
}

/// `[]`: there is none.
fn is_nothing(node: &Node) -> bool {
    matches!(&node.kind, Kind::List(items) if items.is_empty())
}

/// Nothing at all, or `{}`.
fn is_empty(node: &Node) -> bool {
    matches!(node.kind, Kind::Null) || matches!(&node.kind, Kind::Map(one) if one.is_empty())
}
