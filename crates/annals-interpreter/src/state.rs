//! The state of an aggregate instance: a record with the id first.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::Failure;
use annals_expression::{Key, Record, Type, Value};
use annals_model::{Aggregate, Assignment, Change, Event, Model};

use crate::failures::place;
use crate::{id, terms};

/// The state before the first event: zero values. A resolved state has one for each field.
pub(crate) fn initial(aggregate: &Aggregate, id: &str) -> Value {
    let fields = aggregate.state_in_scope.fields.iter().map(|field| {
        let value = if field.name == aggregate.id_name {
            id::value(&aggregate.id_type, id)
        } else {
            field.type_.zero().unwrap_or(Value::Null)
        };
        (field.name.clone(), value)
    });
    Value::Record(Arc::new(Record::new(fields.collect())))
}

/// The fields without the id, which is in the stream's name.
pub(crate) fn json(state: &Value) -> serde_json::Value {
    let Value::Record(record) = state else { return serde_json::Value::Null };
    let fields = record.fields.iter().skip(1);
    fields.map(|(name, value)| (name.to_string(), value.to_json())).collect()
}

/// The state after an event, with the event and its `meta` as expressions see them. All right-hand
/// sides see the state before it.
pub(crate) fn evolve(
    (model, aggregate): (&Model, &Aggregate),
    state: &Value,
    declared: &Event,
    [event, meta]: [Value; 2],
) -> Result<Value, Failure> {
    let slots = [state.clone(), event, meta];
    let Value::Record(before) = state else { return Ok(state.clone()) };
    let mut after = Record::clone(before);
    for change in &declared.changes {
        let (assignment, value) = changed(model, change, before, &slots)?;
        grown(model, aggregate, assignment, change, &value)?;
        let field = after.fields.iter_mut().find(|(name, _)| *name == assignment.field);
        if let Some(field) = field {
            field.1 = value;
        }
    }
    Ok(Value::Record(Arc::new(after)))
}

/// The assignment of a change, and the new value of its field.
fn changed<'c>(
    model: &Model,
    change: &'c Change,
    before: &Record,
    slots: &[Value],
) -> Result<(&'c Assignment, Value), Failure> {
    let map = |field: &str| match before.get(field) {
        Some(Value::Map(entries)) => BTreeMap::clone(entries),
        _ => BTreeMap::new(),
    };
    Ok(match change {
        Change::Set(assignment) => (assignment, terms::assigned(assignment, slots)?),
        Change::Append(assignment) => {
            let item = terms::assigned(assignment, slots)?;
            let items: &[Value] = match before.get(&assignment.field) {
                Some(Value::List(items)) => items,
                _ => &[],
            };
            let mut longer = Vec::with_capacity(items.len() + 1);
            longer.extend_from_slice(items);
            longer.push(item);
            (assignment, Value::list(longer))
        }
        Change::Put { key, key_type, value } => {
            let key = terms::typed(key, key_type, &value.field, slots)?;
            let entry = terms::assigned(value, slots)?;
            let mut entries = map(&value.field);
            entries.insert(map_key(model, value, key)?, entry);
            (value, Value::Map(Arc::new(entries)))
        }
        Change::Remove(assignment) => {
            let key = terms::assigned(assignment, slots)?;
            let mut entries = map(&assignment.field);
            entries.remove(&map_key(model, assignment, key)?);
            (assignment, Value::Map(Arc::new(entries)))
        }
    })
}

fn map_key(model: &Model, assignment: &Assignment, value: Value) -> Result<Key, Failure> {
    match value {
        Value::Text(text) => Ok(Key::Text(text)),
        Value::Int(number) => Ok(Key::Int(number)),
        other => Err(Failure::Evaluation {
            place: place(model, assignment.span),
            reason: format!("{} is no key of {}", other.to_json(), assignment.field),
        }),
    }
}

/// Refuses a list or map that has grown beyond its limit. (Values were held to their own limits
/// when they were computed.)
fn grown(
    model: &Model,
    aggregate: &Aggregate,
    assignment: &Assignment,
    change: &Change,
    value: &Value,
) -> Result<(), Failure> {
    let (size, parts) = match (change, value) {
        (Change::Append(_), Value::List(items)) => (items.len() as u64, "items"),
        (Change::Put { .. }, Value::Map(entries)) => (entries.len() as u64, "entries"),
        _ => return Ok(()),
    };
    let max = match aggregate.state.get(&assignment.field).map(|(_, type_)| type_) {
        Some(Type::List(list)) => list.max,
        Some(Type::Map(map)) => map.max,
        _ => None,
    };
    let Some(max) = max.filter(|max| size > *max) else { return Ok(()) };
    let field = &assignment.field;
    Err(Failure::Evaluation {
        place: place(model, assignment.span),
        reason: format!("{field} must have at most {max} {parts}, would have {size}"),
    })
}
