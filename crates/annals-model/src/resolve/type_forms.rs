//! The forms that a type is written in: plain words, and maps that begin with a type's word.

use std::sync::Arc;

use annals_expression::{EnumType, IntLimits, ListType, MapType, Pattern, TextLimits, Type};

use crate::codes_resolve as codes;
use crate::decode::{self, not_yet};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};

use super::context::{Context, suggest};
use super::types::{Types, WORDS};

/// What a type is called where a word of it is refused.
pub(crate) const TYPE: &str = "a type";

/// Unlimited text.
pub(crate) fn text() -> Type {
    Type::Text(TextLimits { max: None, pattern: None })
}

/// The type of a word that is one by itself.
pub(crate) fn plain(word: &str) -> Option<Type> {
    Some(match word {
        "bool" => Type::Bool,
        "int" => Type::Int(IntLimits { min: None, max: None }),
        "float" => Type::Float,
        "text" => text(),
        "uuid" => Type::Uuid,
        "time" => Type::Time,
        "date" => Type::Date,
        "duration" => Type::Duration,
        _ => return None,
    })
}

/// The type that a word of other languages stands for.
pub(crate) fn of_other_languages(word: &str) -> Option<&'static str> {
    Some(match &*word.to_lowercase() {
        "string" | "str" | "varchar" => "text",
        "integer" | "number" | "long" | "bigint" => "int",
        "boolean" => "bool",
        "double" | "real" => "float",
        "timestamp" | "datetime" | "instant" => "time",
        "guid" => "uuid",
        "array" => "list",
        _ => return None,
    })
}

/// How a word is written that is no type by itself.
pub(crate) fn needs_more(word: &str) -> Option<&'static str> {
    Some(match word {
        "enum" => "{ enum: [a, b] }",
        "list" => "{ list: text }",
        "map" => "{ map: { text: int } }",
        "optional" => "optional text",
        _ => return None,
    })
}

/// The type's word that makes a map a type: the only key, but for what belongs to the word.
pub(crate) fn word(entries: &[Entry]) -> Option<&'static str> {
    let word = entries.iter().find_map(|e| WORDS.into_iter().find(|w| *w == &*e.key))?;
    entries.iter().all(|entry| belongs(word, entry)).then_some(word)
}

/// Whether an entry is the type's word, or what may stand beside it.
pub(crate) fn belongs(word: &str, entry: &Entry) -> bool {
    &*entry.key == word || beside(word).contains(&&*entry.key)
}

/// The words that may stand beside a type's word.
fn beside(word: &str) -> &'static [&'static str] {
    match word {
        "enum" => &["initial", "describe", "owner"],
        "list" | "map" => &["max", "describe", "owner"],
        _ => &["describe", "owner"],
    }
}

/// Complains about words beside a type's word that don't belong to it.
pub(crate) fn misspelt(context: &mut Context<'_>, word: &str, entries: &[Entry]) {
    for entry in entries.iter().filter(|entry| !belongs(word, entry)) {
        if not_yet(TYPE, &entry.key, entry.key_span, &mut context.problems) {
            continue;
        }
        let message = format!("`{word}` has no `{}`", entry.key);
        let cure = match word {
            "int" | "text" => format!("write limits inside: `{{ {word}: {{ max: 10 }} }}`"),
            _ => suggest(&entry.key, beside(word).iter().copied(), ""),
        };
        context.problems.error(codes::TYPE_FORM, entry.key_span, message).cure(cure);
    }
}

/// The type that a map says which [`word`] found to be one.
pub(crate) fn read<'n>(
    types: &mut Types<'n>,
    context: &mut Context<'_>,
    word: &str,
    entries: &'n [Entry],
    span: Span,
) -> Option<Type> {
    let of = |name: &str| entries.iter().find(|e| &*e.key == name).map(|e| &e.value);
    let body = of(word)?;
    if matches!(body.kind, Kind::Poisoned) {
        return None;
    }
    match word {
        "enum" => enumeration(context, body, of("initial")),
        "list" => {
            let item = types.read(context, body);
            let max = of("max").map_or(Some(None), |n| count(context, n).map(Some));
            Some(Type::List(Arc::new(ListType { item: item?, max: max? })))
        }
        "map" => {
            let pair = map_pair(types, context, body);
            let max = of("max").map_or(Some(None), |n| count(context, n).map(Some));
            let (key, value) = pair?;
            Some(Type::Map(Arc::new(MapType { key, value, max: max? })))
        }
        "optional" => {
            let inner = types.read(context, body)?;
            optional(context, inner, span)
        }
        "int" => int_limits(context, body),
        "text" => text_limits(context, body),
        other if is_empty(body) => plain(other),
        other => {
            let words = if let Kind::Map(words) = &body.kind { &words[..] } else { &[] };
            let of_body = words.iter().map(|entry| (&*entry.key, entry.key_span));
            let mut coming = std::iter::once((other, body.span)).chain(of_body);
            if coming.any(|(word, span)| not_yet(TYPE, word, span, &mut context.problems)) {
                return None;
            }
            let message = format!("`{other}` has no limits");
            let cure = format!("write `{other}`");
            context.problems.error(codes::TYPE_FORM, body.span, message).cure(cure);
            None
        }
    }
}

/// Whether no limits are written, so that the map is the word with what is said beside it.
fn is_empty(body: &Node) -> bool {
    match &body.kind {
        Kind::Null => true,
        Kind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// `optional T`.
pub(crate) fn optional(context: &mut Context<'_>, inner: Type, span: Span) -> Option<Type> {
    if matches!(inner, Type::Optional(_)) {
        let cure = "take one `optional` away";
        context.problems.error(codes::OPTIONAL_TWICE, span, "this is optional already").cure(cure);
        return None;
    }
    Some(Type::Optional(Arc::new(inner)))
}

fn map_pair<'n>(
    types: &mut Types<'n>,
    context: &mut Context<'_>,
    body: &'n Node,
) -> Option<(Type, Type)> {
    let Kind::Map(pair) = &body.kind else {
        let cure = "write `{ map: { KEY: VALUE } }`, such as `{ map: { uuid: int } }`";
        context
            .problems
            .error(codes::TYPE_FORM, body.span, "a map has a key's type and a value's type")
            .cure(cure);
        return None;
    };
    let [entry] = pair.as_slice() else {
        let cure = "write one pair, such as `{ map: { uuid: int } }`";
        context
            .problems
            .error(codes::TYPE_FORM, body.span, "a map has one key's type and one value's type")
            .cure(cure);
        return None;
    };
    let key = types.key(context, entry);
    let value = types.read(context, &entry.value);
    Some((key?, value?))
}

impl<'n> Types<'n> {
    /// A map's key type, which is written as a YAML key.
    fn key(&mut self, context: &mut Context<'_>, entry: &'n Entry) -> Option<Type> {
        let type_ = self.by_word(context, &entry.key, entry.key_span)?;
        if matches!(type_, Type::Text(_) | Type::Uuid | Type::Int(_)) {
            return Some(type_);
        }
        let message = format!("a map's key is text, uuid or int, not {}", type_.name());
        let cure = "use one of these three as the key";
        context.problems.error(codes::MAP_KEY, entry.key_span, message).cure(cure);
        None
    }
}

fn enumeration(context: &mut Context<'_>, body: &Node, initial: Option<&Node>) -> Option<Type> {
    let Kind::List(items) = &body.kind else {
        let cure = "write its members: `{ enum: [open, closed] }`";
        context.problems.error(codes::BAD_ENUM, body.span, "an enum is a list of names").cure(cure);
        return None;
    };
    let mut members: Vec<Arc<str>> = Vec::new();
    let mut good = !items.is_empty();
    if items.is_empty() {
        let cure = "write at least one member";
        context.problems.error(codes::BAD_ENUM, body.span, "the enum has no members").cure(cure);
    }
    for item in items {
        match decode::text(item, &mut context.problems) {
            None => good = false,
            Some(text) if members.contains(&text.value) => {
                let message = format!("`{}` is a member already", text.value);
                let cure = "take one of them away";
                context.problems.error(codes::BAD_ENUM, item.span, message).cure(cure);
                good = false;
            }
            Some(text) => members.push(text.value),
        }
    }
    let initial = match initial {
        None => None,
        Some(node) => {
            let text = decode::text(node, &mut context.problems)?;
            if good && !members.contains(&text.value) {
                let message = format!("the initial `{}` is no member of the enum", text.value);
                let cure = suggest(&text.value, members.iter().map(|m| &**m), "");
                context.problems.error(codes::BAD_ENUM, node.span, message).cure(cure);
                return None;
            }
            Some(text.value)
        }
    };
    good.then(|| Type::Enum(Arc::new(EnumType { members, initial })))
}

fn int_limits(context: &mut Context<'_>, body: &Node) -> Option<Type> {
    let fields =
        decode::Fields::of(body, "the limits of an int", &["min", "max"], &mut context.problems);
    let limits = [fields.get("min"), fields.get("max")].map(|node| match node {
        None => Some(None),
        Some(node) => decode::int(node, &mut context.problems).map(|int| Some(int.value)),
    });
    let [Some(min), Some(max)] = limits else { return None };
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        return limit(context, body.span, &format!("no int is at least {low} and at most {high}"));
    }
    matches!(body.kind, Kind::Map(_) | Kind::Null).then_some(Type::Int(IntLimits { min, max }))
}

fn text_limits(context: &mut Context<'_>, body: &Node) -> Option<Type> {
    let words = ["max", "pattern"];
    let fields = decode::Fields::of(body, "the limits of a text", &words, &mut context.problems);
    let max = fields.get("max").map_or(Some(None), |n| count(context, n).map(Some));
    let pattern = match fields.get("pattern") {
        None => Some(None),
        Some(node) => {
            let text = decode::text(node, &mut context.problems)?;
            match Pattern::new(&text.value) {
                Ok(pattern) => Some(Some(pattern)),
                Err(reason) => {
                    return pattern(context, node.span, &reason.reason);
                }
            }
        }
    };
    let (max, pattern) = (max?, pattern?);
    matches!(body.kind, Kind::Map(_) | Kind::Null)
        .then_some(Type::Text(TextLimits { max, pattern }))
}

fn count(context: &mut Context<'_>, node: &Node) -> Option<u64> {
    let int = decode::int(node, &mut context.problems)?;
    match u64::try_from(int.value) {
        Ok(count) => Some(count),
        Err(_) => limit(context, node.span, "a size isn't below 0"),
    }
}

fn pattern<T>(context: &mut Context<'_>, span: Span, reason: &str) -> Option<T> {
    let message = format!("the pattern can't be read: {reason}");
    let cure = "write a regular expression, such as `^[A-Z]{3}$`";
    context.problems.error(codes::BAD_LIMITS, span, message).cure(cure);
    None
}

fn limit<T>(context: &mut Context<'_>, span: Span, message: &str) -> Option<T> {
    let cure = "write limits that a value can keep: `{ int: { min: 1, max: 10 } }`";
    context.problems.error(codes::BAD_LIMITS, span, message).cure(cure);
    None
}
