//! The one type that holds the values of two.

use std::sync::Arc;

use crate::types::{
    EnumType, Field, IntLimits, ListType, MAX_TEXT_BYTES, MapType, RecordType, TextLimits, Type,
};

/// The smallest type that holds the values of both; None where there is none.
pub(super) fn join(one: &Type, other: &Type) -> Option<Type> {
    match (one, other) {
        (one, other) if one == other => Some(one.clone()),
        (Type::Null, type_) | (type_, Type::Null) => Some(Type::optional(type_.clone())),
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            join(one.without_null(), other.without_null()).map(Type::optional)
        }
        (Type::Int(one), Type::Int(other)) => Some(Type::Int(IntLimits {
            min: one.min.zip(other.min).map(|(one, other)| one.min(other)),
            max: one.max.zip(other.max).map(|(one, other)| one.max(other)),
        })),
        (Type::Enum(one), Type::Enum(other)) if one.members == other.members => {
            let members = one.members.clone();
            Some(Type::Enum(Arc::new(EnumType { members, initial: None })))
        }
        (Type::List(one), Type::List(other)) => join_lists(one, other),
        (Type::Map(one), Type::Map(other)) => join_maps(one, other),
        (Type::Record(one), Type::Record(other)) => join_records(one, other),
        _ => {
            let max = text_bytes(one)?.max(text_bytes(other)?);
            Some(Type::Text(TextLimits { max: Some(max), pattern: None }))
        }
    }
}

/// The most bytes that a text of this type has; None where it isn't text.
pub(crate) fn text_bytes(type_: &Type) -> Option<u64> {
    match type_ {
        Type::Text(limits) => Some(limits.max.unwrap_or(MAX_TEXT_BYTES)),
        Type::Uuid => Some(36),
        Type::Enum(members) => {
            Some(members.members.iter().map(|member| member.len() as u64).max().unwrap_or(0))
        }
        _ => None,
    }
}

fn larger(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one.max(other))
}

fn join_lists(one: &ListType, other: &ListType) -> Option<Type> {
    let item = match (one.max, other.max) {
        (Some(0), _) => other.item.clone(),
        (_, Some(0)) => one.item.clone(),
        _ => join(&one.item, &other.item)?,
    };
    Some(Type::list(item, larger(one.max, other.max)))
}

fn join_maps(one: &MapType, other: &MapType) -> Option<Type> {
    let (key, value) = match (one.max, other.max) {
        (Some(0), _) => (other.key.clone(), other.value.clone()),
        (_, Some(0)) => (one.key.clone(), one.value.clone()),
        _ => (join(&one.key, &other.key)?, join(&one.value, &other.value)?),
    };
    Some(Type::map(key, value, larger(one.max, other.max)))
}

fn join_records(one: &RecordType, other: &RecordType) -> Option<Type> {
    if one.fields.len() != other.fields.len() {
        return None;
    }
    let field = |field: &Field| {
        let type_ = join(&field.type_, other.get(&field.name)?.1)?;
        Some(Field { name: field.name.clone(), type_ })
    };
    let fields = one.fields.iter().map(field).collect::<Option<_>>()?;
    let name = one.name.clone().filter(|_| one.name == other.name);
    Some(Type::Record(Arc::new(RecordType { name, fields, lost: one.lost.clone() })))
}
