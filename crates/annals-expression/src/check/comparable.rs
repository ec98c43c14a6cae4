//! Which types may be asked for equality, and which have an order.

use crate::types::{Field, Type};

use super::join::text_bytes;

/// May values of these types be equal? An int may equal a float, a text a uuid or an enum's member,
/// null an optional.
pub(super) fn comparable(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Null, type_) | (type_, Type::Null) => type_.is_optional(),
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            comparable(one.without_null(), other.without_null())
        }
        (Type::Int(_) | Type::Float, Type::Int(_) | Type::Float)
        | (Type::Bool, Type::Bool)
        | (Type::Time, Type::Time)
        | (Type::Date, Type::Date)
        | (Type::Duration, Type::Duration) => true,
        (Type::Enum(one), Type::Enum(other)) => other.members.iter().any(|m| one.has(m)),
        (Type::List(one), Type::List(other)) => {
            one.max == Some(0) || other.max == Some(0) || comparable(&one.item, &other.item)
        }
        (Type::Map(one), Type::Map(other)) => {
            let empty = one.max == Some(0) || other.max == Some(0);
            let keys = matches!(one.key, Type::Int(_)) == matches!(other.key, Type::Int(_));
            empty || keys && comparable(&one.value, &other.value)
        }
        (Type::Record(one), Type::Record(other)) => {
            let field = |field: &Field| match other.get(&field.name) {
                Some((_, type_)) => comparable(&field.type_, type_),
                None => false,
            };
            one.fields.len() == other.fields.len() && one.fields.iter().all(field)
        }
        _ => is_text(one) && is_text(other),
    }
}

/// Text, or what may stand for it.
pub(super) fn is_text(type_: &Type) -> bool {
    text_bytes(type_).is_some()
}

/// Has this type an order that is the same everywhere?
pub(super) fn has_order(type_: &Type) -> bool {
    is_number(type_)
        || matches!(type_, Type::Text(_) | Type::Uuid | Type::Time | Type::Date | Type::Duration)
}

pub(super) fn is_number(type_: &Type) -> bool {
    matches!(type_, Type::Int(_) | Type::Float)
}

/// May a value of one type stand before or behind one of the other?
pub(super) fn ordered(one: &Type, other: &Type) -> bool {
    has_order(one) && has_order(other) && comparable(one, other)
}
