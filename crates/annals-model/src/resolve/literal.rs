//! Scalars read by the type that their place asks for: `no` is text where text is asked.

use std::sync::Arc;

use annals_expression::{Key, Type, Value, parse_date, parse_duration, parse_time};

use crate::codes_resolve as codes;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node, Scalar, Style};

use super::context::{Context, suggest};

/// Whether a node is the plain word for null.
pub(crate) fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Scalar(scalar) => {
            matches!(scalar.style, Style::Plain) && matches!(&*scalar.text, "null" | "~")
        }
        _ => false,
    }
}

/// The value of a scalar.
pub(crate) fn scalar(
    context: &mut Context<'_>,
    span: Span,
    scalar: &Scalar,
    type_: &Type,
) -> Option<Value> {
    let text = &scalar.text;
    let value = match type_ {
        Type::Enum(enumeration) => {
            if enumeration.members.contains(text) {
                return Some(Value::Text(text.clone()));
            }
            let message = format!("`{text}` is no member of the enum");
            let cure = suggest(text, enumeration.members.iter().map(|m| &**m), "");
            context.problems.error(codes::NOT_A_MEMBER, span, message).cure(cure);
            return None;
        }
        Type::Bool => match &**text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Int(_) => text.parse().ok().map(Value::Int),
        Type::Float => text.parse().ok().filter(|f: &f64| f.is_finite()).map(Value::Float),
        Type::Text(_) => Some(Value::Text(text.clone())),
        Type::Uuid => uuid(text).map(Value::Text),
        Type::Time => parse_time(text).map(Value::Time),
        Type::Date => parse_date(text).map(Value::Date),
        Type::Duration => parse_duration(text).map(Value::Duration),
        Type::Optional(inner) => return self::scalar(context, span, scalar, inner),
        Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Null => None,
    };
    if value.is_none() {
        let message = format!("`{text}` is no {}", type_.name());
        context.problems.error(codes::BAD_LITERAL, span, message).cure(form(type_));
    }
    value
}

/// The key of a written map.
pub(crate) fn key(context: &mut Context<'_>, entry: &Entry, type_: &Type) -> Option<Key> {
    let text = &entry.key;
    let key = match type_ {
        Type::Int(_) => text.parse().ok().map(Key::Int),
        Type::Uuid => uuid(text).map(Key::Text),
        _ => Some(Key::Text(text.clone())),
    };
    if key.is_none() {
        let message = format!("`{text}` is no {}", type_.name());
        context.problems.error(codes::BAD_LITERAL, entry.key_span, message).cure(form(type_));
    }
    key
}

/// Complains that a node has not the structure of its type.
pub(crate) fn wrong(context: &mut Context<'_>, span: Span, type_: &Type) {
    let message = format!("this is no {}", type_.name());
    context.problems.error(codes::BAD_LITERAL, span, message).cure(form(type_));
}

fn form(type_: &Type) -> String {
    match type_ {
        Type::Bool => "write `true` or `false`; an expression begins with `=`".into(),
        Type::Int(_) => "write a whole number; an expression begins with `=`".into(),
        Type::Float => "write a number; an expression begins with `=`".into(),
        Type::Uuid => "write a uuid such as `00000000-0000-4000-8000-000000000000`".into(),
        Type::Time => "write a time such as `2026-01-31T12:00:00Z`".into(),
        Type::Date => "write a date such as `2026-01-31`".into(),
        Type::Duration => "write a duration such as `15m`, `30s` or `7d`".into(),
        Type::List(_) => "write a list, `[a, b]`, or an expression that begins with `=`".into(),
        Type::Map(_) | Type::Record(_) => {
            "write a map, `{ name: value }`, or an expression that begins with `=`".into()
        }
        other => format!("write a value of type {}, or an expression with `=`", other.name()),
    }
}

fn uuid(text: &str) -> Option<Arc<str>> {
    let groups = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let good = parts.len() == groups.len()
        && parts.iter().zip(groups).all(|(part, len)| part.len() == len)
        && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    good.then(|| text.to_lowercase().into())
}
