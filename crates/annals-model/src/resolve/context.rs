//! What every pass of the resolution carries along: the problems found so far and the places of
//! expressions.

use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::codes_resolve as codes;
use crate::decode::{Fields, nearest};
use crate::problems::Problems;
use crate::source::{Sources, Span, Spanned};
use crate::yaml::{Entry, Kind, Node};
use crate::{Named, Place, meta_type};

use super::lines::Lines;

/// The state of one resolution.
pub(crate) struct Context<'s> {
    pub(crate) problems: Problems,
    lines: Lines<'s>,
    metas: [(Place, Type); 5],
}

impl<'s> Context<'s> {
    pub(crate) fn new(sources: &'s Sources, problems: Problems) -> Self {
        let meta = |place| (place, Type::Record(meta_type(place)));
        let places =
            [Place::Command, Place::Event, Place::Projection, Place::Saga, Place::Reaction];
        Self { problems, lines: Lines::new(sources), metas: places.map(meta) }
    }

    /// `path:line:column` of the span's start.
    pub(crate) fn place(&self, span: Span) -> Arc<str> {
        self.lines.place(span)
    }

    /// The type of `meta` there.
    pub(crate) fn meta(&self, place: Place) -> Type {
        let found = self.metas.iter().find(|(p, _)| *p == place);
        found.expect("every place with a meta is listed").1.clone()
    }

    /// The name of an entry, with what `describe:` and `owner:` in its body say.
    pub(crate) fn named(&mut self, entry: &Entry, fields: Option<&Fields<'_>>) -> Named {
        let mut said = |word| {
            let node = fields.and_then(|fields| fields.get(word))?;
            crate::decode::text(node, &mut self.problems).map(|text| text.value)
        };
        let (describe, owner) = (said("describe"), said("owner"));
        Named { name: entry.key.clone(), span: entry.key_span, describe, owner }
    }

    /// Whether the key may name something: letters, digits and `_`, at most 63, no word of the
    /// expression language.
    pub(crate) fn check_name(&mut self, entry: &Entry, what: &str) -> bool {
        let name = &*entry.key;
        let form = name.len() <= 63
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let message = if !form {
            format!("`{name}` can't name {what}")
        } else if RESERVED.contains(&name) {
            format!("`{name}` is a word of the expression language, so it can't name {what}")
        } else {
            return true;
        };
        let cure = "use letters, digits and `_`, beginning with a letter, at most 63 in all";
        self.problems.error(codes::BAD_NAME, entry.key_span, message).cure(cure);
        false
    }
}

/// Words that CEL keeps for itself.
const RESERVED: [&str; 5] = ["true", "false", "null", "in", "as"];

/// The entries of a map; an empty value has none; anything else is a problem, unless it is
/// poisoned.
pub(crate) fn entries<'n>(context: &mut Context<'_>, node: &'n Node, what: &str) -> &'n [Entry] {
    if matches!(node.kind, Kind::Null | Kind::Poisoned) {
        return &[];
    }
    crate::decode::entries(node, what, &mut context.problems)
}

/// The one field that is a key; several are refused, they are coming.
pub(crate) fn key_name(context: &mut Context<'_>, node: &Node) -> Option<Spanned<Arc<str>>> {
    if matches!(node.kind, Kind::List(_)) {
        let cure = "write one field; a later release will take several";
        let message = "a key of several fields isn't done yet";
        context.problems.error(codes::NOT_YET, node.span, message).cure(cure);
        return None;
    }
    crate::decode::text(node, &mut context.problems)
}

/// Whether what stands under `word` may be there, but can't be seen: the whole is poisoned, or the
/// word is missing beside one that isn't known.
pub(crate) fn lost(node: &Node, known: &[&str], word: &str) -> bool {
    match &node.kind {
        Kind::Poisoned => true,
        Kind::Map(entries) => match entries.iter().find(|entry| &*entry.key == word) {
            Some(entry) => matches!(entry.value.kind, Kind::Poisoned),
            None => entries.iter().any(|entry| !known.contains(&&*entry.key)),
        },
        _ => false,
    }
}

/// `did you mean …?` where a name is near, else the names that there are.
pub(crate) fn suggest<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    none: &str,
) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let names: Vec<String> = known.into_iter().map(|k| format!("`{k}`")).collect();
    match names.len() {
        0 => none.to_owned(),
        1 => format!("use {}", names[0]),
        2..=12 => format!("use one of {}", names.join(", ")),
        more => format!("use one of {} and {} others", names[..10].join(", "), more - 10),
    }
}

/// The type of a record's field.
pub(crate) fn field_type<'r>(record: &'r RecordType, name: &str) -> Option<&'r Type> {
    record.fields.iter().find(|field| &*field.name == name).map(|field| &field.type_)
}

/// The names of a record's fields.
pub(crate) fn field_names(record: &RecordType) -> impl Iterator<Item = &str> + Clone {
    record.fields.iter().map(|field| &*field.name)
}
