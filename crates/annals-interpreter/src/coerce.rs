//! A value brought to the type that its place asks for: a record takes the fields that it has, in
//! the target's order. Types were checked at load; nothing can be refused here.

use std::sync::Arc;

use annals_expression::{Record, Type, Value};

/// The value as `type_` has it.
pub(crate) fn coerce(value: Value, type_: &Type) -> Value {
    match (type_, value) {
        (Type::Optional(inner), value) if !value.is_null() => coerce(value, inner),
        (Type::Record(wanted), Value::Record(record)) => {
            let same = wanted.fields.len() == record.fields.len()
                && wanted.fields.iter().zip(&record.fields).all(|(w, (name, _))| w.name == *name);
            if same && wanted.fields.iter().all(|field| is_plain(&field.type_)) {
                return Value::Record(record);
            }
            let fields = wanted.fields.iter().map(|field| {
                let value = record.get(&field.name).cloned().unwrap_or(Value::Null);
                (field.name.clone(), coerce(value, &field.type_))
            });
            Value::Record(Arc::new(Record::new(fields.collect())))
        }
        (Type::List(list), Value::List(items)) if !is_plain(&list.item) => {
            Value::list(items.iter().map(|item| coerce(item.clone(), &list.item)).collect())
        }
        (Type::Map(map), Value::Map(entries)) if !is_plain(&map.value) => Value::map(
            entries.iter().map(|(key, value)| (key.clone(), coerce(value.clone(), &map.value))),
        ),
        (_, value) => value,
    }
}

/// Whether values of the type hold no records.
fn is_plain(type_: &Type) -> bool {
    match type_ {
        Type::Record(_) => false,
        Type::List(list) => is_plain(&list.item),
        Type::Map(map) => is_plain(&map.value),
        Type::Optional(inner) => is_plain(inner),
        _ => true,
    }
}
