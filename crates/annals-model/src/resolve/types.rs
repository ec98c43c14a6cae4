//! Types: reading them wherever they are written, and resolving the named ones. No values.

use std::collections::HashMap;
use std::sync::Arc;

use annals_expression::{Field, RecordType, Type};

use crate::NamedType;
use crate::codes_resolve as codes;
use crate::decode::{self, not_yet};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};

use super::context::{Context, suggest};
use super::type_forms;

/// The words that are types, or make them.
pub(crate) const WORDS: [&str; 13] = [
    "bool", "int", "float", "text", "uuid", "time", "date", "duration", "enum", "list", "map",
    "optional", "decimal",
];

/// How deep named types may nest, and how many parts one may have in all: what folds over a type
/// walks all of it.
const DEPTH: usize = 32;
const PARTS: u64 = 10_000;

/// The named types.
pub(crate) struct Types<'n> {
    declared: HashMap<Arc<str>, Slot<'n>>,
    names: Vec<Arc<str>>,
    open: Vec<Arc<str>>,
    parts: u64,
    /// There may be more types than can be seen.
    lost: bool,
}

struct Slot<'n> {
    entry: &'n Entry,
    state: State,
}

enum State {
    Waiting,
    Open,
    Done(Option<Type>, u64),
}

/// A record as it is written.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) record: Arc<RecordType>,
    /// Where each field is declared.
    pub(crate) spans: Vec<Span>,
    /// It can't be known at all: what refers to it is not looked at.
    pub(crate) broken: bool,
}

impl Shape {
    pub(crate) fn empty(broken: bool) -> Self {
        Self { record: Arc::default(), spans: Vec::new(), broken }
    }
}

impl<'n> Types<'n> {
    /// Declares all, then resolves each.
    pub(crate) fn resolve(
        context: &mut Context<'_>,
        entries: &[&'n Entry],
        lost: bool,
    ) -> (Self, Vec<NamedType>) {
        let mut types =
            Self { declared: HashMap::new(), names: Vec::new(), open: Vec::new(), parts: 0, lost };
        for &entry in entries {
            if WORDS.contains(&&*entry.key) {
                let message = format!("`{}` is a type of the language already", entry.key);
                let cure = "give it a name of its own, such as one with a capital letter";
                context.problems.error(codes::TYPE_WORD, entry.key_span, message).cure(cure);
                continue;
            }
            context.check_name(entry, "a type");
            types.names.push(entry.key.clone());
            types.declared.insert(entry.key.clone(), Slot { entry, state: State::Waiting });
        }
        let mut named = Vec::new();
        for name in types.names.clone() {
            let entry = types.declared[&name].entry;
            let type_ = types.named(context, &name, entry.key_span);
            let (describe, owner) = types.said(context, &entry.value);
            let about = crate::Named { name, span: entry.key_span, describe, owner };
            named.extend(type_.map(|type_| NamedType { named: about, type_ }));
        }
        (types, named)
    }

    /// The type that a node says; `None` has been complained about.
    pub(crate) fn read(&mut self, context: &mut Context<'_>, node: &'n Node) -> Option<Type> {
        self.parts += 1;
        match &node.kind {
            Kind::Poisoned => None,
            Kind::Scalar(scalar) => self.by_word(context, &scalar.text, node.span),
            Kind::Map(entries) => self.map(context, entries, node.span),
            Kind::Null | Kind::List(_) => {
                let cure = "write a type: `text`, `{ list: text }`, `{ street: text, city: text }`";
                context.problems.error(codes::TYPE_FORM, node.span, "this is no type").cure(cure);
                None
            }
        }
    }

    fn map(&mut self, context: &mut Context<'_>, entries: &'n [Entry], span: Span) -> Option<Type> {
        if let Some(word) = type_forms::word(entries) {
            return type_forms::read(self, context, word, entries, span);
        }
        if self.misspelt(context, entries) || self.limits_alone(context, entries, span) {
            return None;
        }
        let shape = self.fields(context, entries, &[]);
        (shape.record.fields.len() == entries.len()).then_some(Type::Record(shape.record))
    }

    /// Whether a map is no record, but a type's word with something beside it that doesn't belong
    /// there. Complains if so.
    fn misspelt(&self, context: &mut Context<'_>, entries: &[Entry]) -> bool {
        let word = entries.iter().find_map(|e| WORDS.into_iter().find(|word| *word == &*e.key));
        let Some(word) = word else { return false };
        let no_field =
            |entry: &Entry| !type_forms::belongs(word, entry) && !self.is_type(&entry.value);
        let found = entries.iter().any(no_field);
        if found {
            type_forms::misspelt(context, word, entries);
        }
        found
    }

    /// Whether a map is no record, but limits of no type, or of one that there isn't. Complains if
    /// so.
    fn limits_alone(&mut self, context: &mut Context<'_>, entries: &[Entry], span: Span) -> bool {
        let limits = |entries: &[Entry]| {
            let limit = |entry: &Entry| {
                ["min", "max", "pattern"].contains(&&*entry.key) && !self.is_type(&entry.value)
            };
            !entries.is_empty() && entries.iter().all(limit)
        };
        if limits(entries) {
            let cure = "write them inside a type's word, such as `{ int: { min: 0 } }`";
            let message = "these are limits, and nothing says of which type";
            context.problems.error(codes::TYPE_FORM, span, message).cure(cure);
            return true;
        }
        let [Entry { key, key_span, value: Node { kind: Kind::Map(inner), .. } }] = entries else {
            return false;
        };
        limits(inner) && self.named(context, key, *key_span).is_none()
    }

    /// The type of a word: the language's own, `optional T`, or a named one.
    pub(crate) fn by_word(
        &mut self,
        context: &mut Context<'_>,
        text: &str,
        span: Span,
    ) -> Option<Type> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("optional ") {
            if rest.trim_start().starts_with('{') {
                let message = "`optional` stands before a word, not before a map";
                let cure = format!("write `{{ optional: {} }}`, unquoted", rest.trim());
                context.problems.error(codes::TYPE_FORM, span, message).cure(cure);
                return None;
            }
            let inner = self.by_word(context, rest, span)?;
            return type_forms::optional(context, inner, span);
        }
        if let Some(type_) = type_forms::plain(text) {
            return Some(type_);
        }
        if not_yet(type_forms::TYPE, text, span, &mut context.problems) {
            return None;
        }
        if let Some(form) = type_forms::needs_more(text) {
            let message = format!("`{text}` alone is no type");
            context.problems.error(codes::TYPE_FORM, span, message).cure(format!("write `{form}`"));
            return None;
        }
        let text: Arc<str> = text.into();
        self.named(context, &text, span)
    }

    fn named(&mut self, context: &mut Context<'_>, name: &Arc<str>, span: Span) -> Option<Type> {
        let Some(slot) = self.declared.get_mut(name) else {
            if self.lost {
                return None;
            }
            let known = WORDS
                .into_iter()
                .filter(|w| *w != "decimal")
                .chain(self.names.iter().map(|n| &**n));
            let cure = match type_forms::of_other_languages(name) {
                Some(word) => format!("did you mean `{word}`?"),
                None => suggest(name, known, ""),
            };
            let message = format!("there is no type `{name}`");
            context.problems.error(codes::UNKNOWN_TYPE, span, message).cure(cure);
            return None;
        };
        match &slot.state {
            State::Done(type_, parts) => {
                self.parts += parts;
                return type_.clone();
            }
            State::Open => {
                self.recursive(context, name, span);
                return None;
            }
            State::Waiting => slot.state = State::Open,
        }
        let entry = slot.entry;
        let outside = std::mem::take(&mut self.parts);
        self.open.push(name.clone());
        let read = if self.open.len() > DEPTH {
            let message = format!("types nest deeper than {DEPTH}");
            let cure = "take a level of types out";
            context.problems.error(codes::TYPE_TOO_LARGE, span, message).cure(cure);
            None
        } else {
            self.body(context, name, &entry.value)
        };
        self.open.pop();
        let parts = self.parts;
        self.parts = outside + parts;
        let type_ = if parts > PARTS && read.is_some() {
            let message = format!("`{name}` has {parts} parts, more than {PARTS}");
            let cure = "make it smaller: a type's parts are those of all types that it holds";
            context.problems.error(codes::TYPE_TOO_LARGE, entry.key_span, message).cure(cure);
            None
        } else {
            read
        };
        if let Some(slot) = self.declared.get_mut(name) {
            slot.state = State::Done(type_.clone(), parts);
        }
        type_
    }

    /// What a named type stands for; a record gets its name.
    fn body(&mut self, context: &mut Context<'_>, name: &Arc<str>, node: &'n Node) -> Option<Type> {
        let Kind::Map(entries) = &node.kind else { return self.read(context, node) };
        if type_forms::word(entries).is_some() {
            return self.map(context, entries, node.span);
        }
        if self.misspelt(context, entries) {
            return None;
        }
        let skip: Vec<&str> = ["describe", "owner"]
            .into_iter()
            .filter(|word| entries.iter().any(|e| &*e.key == *word && !self.is_type(&e.value)))
            .collect();
        let shape = self.fields(context, entries, &skip);
        let record = RecordType { name: Some(name.clone()), ..(*shape.record).clone() };
        let all_lost = record.fields.is_empty() && entries.len() > skip.len();
        (!all_lost).then(|| Type::Record(Arc::new(record)))
    }

    /// `describe` and `owner` of a named type. In a record they are fields where their value is a
    /// type.
    fn said(&self, context: &mut Context<'_>, node: &Node) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let Kind::Map(entries) = &node.kind else { return (None, None) };
        let mut word = |word| {
            let entry = entries.iter().find(|e| &*e.key == word)?;
            let field = type_forms::word(entries).is_none() && self.is_type(&entry.value);
            let text = (!field).then(|| decode::text(&entry.value, &mut context.problems))?;
            text.map(|text| text.value)
        };
        (word("describe"), word("owner"))
    }

    /// Whether a node reads as a type, without a complaint where it doesn't.
    fn is_type(&self, node: &Node) -> bool {
        let Kind::Scalar(scalar) = &node.kind else { return true };
        let word = scalar.text.trim();
        let word = word.strip_prefix("optional ").unwrap_or(word);
        WORDS.contains(&word) || self.declared.contains_key(word)
    }

    /// A record's fields. One of unknown type is among the record's lost ones.
    pub(crate) fn fields(
        &mut self,
        context: &mut Context<'_>,
        entries: &'n [Entry],
        skip: &[&str],
    ) -> Shape {
        let (mut record, mut spans) = (RecordType::default(), Vec::new());
        for entry in entries.iter().filter(|e| !skip.contains(&&*e.key)) {
            let mut good = context.check_name(entry, "a field");
            if WORDS.contains(&&*entry.key) {
                let message =
                    format!("`{}` is a type's word, so no field has that name", entry.key);
                let cure = "say what it is of, such as `placed_on` for a date";
                context.problems.error(codes::TYPE_WORD, entry.key_span, message).cure(cure);
                good = false;
            } else if &*entry.key == "if" {
                let cure = "choose another name: in `emit`, `if` is the condition";
                context
                    .problems
                    .error(codes::IF_FIELD, entry.key_span, "`if` is no field's name")
                    .cure(cure);
                good = false;
            }
            match self.read(context, &entry.value) {
                Some(type_) if good => {
                    record.fields.push(Field { name: entry.key.clone(), type_ });
                    spans.push(entry.key_span);
                }
                _ => record.lost.push(entry.key.clone()),
            }
        }
        Shape { record: Arc::new(record), spans, broken: false }
    }

    fn recursive(&mut self, context: &mut Context<'_>, name: &Arc<str>, span: Span) {
        let from = self.open.iter().position(|open| open == name).unwrap_or_default();
        let mut way: Vec<&str> = self.open[from..].iter().map(|n| &**n).collect();
        way.push(name);
        let message = format!("the type holds itself: {}", way.join(" → "));
        let declared = self.declared[name].entry.key_span;
        context
            .problems
            .error(codes::RECURSIVE_TYPE, span, message)
            .label(declared, "declared here")
            .cure("hold the other's id instead of the other itself");
    }
}

/// The shape of a node that must be a record: a map, or nothing.
pub(crate) fn shape<'n>(
    types: &mut Types<'n>,
    context: &mut Context<'_>,
    node: Option<&'n Node>,
    what: &str,
) -> Shape {
    match node.map(|node| (node, &node.kind)) {
        None | Some((_, Kind::Null)) => Shape::empty(false),
        Some((_, Kind::Poisoned)) => Shape::empty(true),
        Some((_, Kind::Map(entries))) => types.fields(context, entries, &[]),
        Some((node, _)) => {
            let message = format!("{what} is a map of fields and their types");
            let cure = "write `{ name: type }`, such as `{ sku: text, quantity: int }`";
            context.problems.error(codes::TYPE_FORM, node.span, message).cure(cure);
            Shape::empty(true)
        }
    }
}
