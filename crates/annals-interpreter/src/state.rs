//! The state of an aggregate instance: a record with the id first.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{EventView, Failure};
use annals_expression::{Key, Record, Type, Value};
use annals_model::{Aggregate, Change, Event};

use crate::failures::outside;
use crate::{id, meta, terms};

/// The state before the first event: zero values.
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

/// The state after an event. All right-hand sides see the state before it.
pub(crate) fn evolve(
    aggregate: &Aggregate,
    state: &Value,
    (declared, in_scope): (&Event, Value),
    event: &EventView<'_>,
) -> Result<Value, Failure> {
    let slots = [state.clone(), in_scope, meta::of_event(event)];
    let Value::Record(before) = state else { return Ok(state.clone()) };
    let mut after = Record::clone(before);
    for change in &declared.changes {
        let (field, value) = changed(change, before, &slots)?;
        within_limits(aggregate, change, field, &value)?;
        if let Some(slot) = after.fields.iter_mut().find(|(name, _)| **name == *field) {
            slot.1 = value;
        }
    }
    Ok(Value::Record(Arc::new(after)))
}

/// The field that a change is for, and its new value.
fn changed<'c>(
    change: &'c Change,
    before: &Record,
    slots: &[Value],
) -> Result<(&'c str, Value), Failure> {
    Ok(match change {
        Change::Set(assignment) => (&assignment.field, terms::assigned(assignment, slots)?),
        Change::Append(assignment) => {
            let item = terms::assigned(assignment, slots)?;
            let mut items = match before.get(&assignment.field) {
                Some(Value::List(items)) => Vec::clone(items),
                _ => Vec::new(),
            };
            items.push(item);
            (&assignment.field, Value::list(items))
        }
        Change::Put { key, key_type, value } => {
            let key = map_key(&terms::typed(key, key_type, &value.field, slots)?);
            let entry = terms::assigned(value, slots)?;
            let mut entries = map_of(before, &value.field);
            entries.extend(key.map(|key| (key, entry)));
            (&value.field, Value::Map(Arc::new(entries)))
        }
        Change::Remove(assignment) => {
            let key = map_key(&terms::assigned(assignment, slots)?);
            let mut entries = map_of(before, &assignment.field);
            if let Some(key) = key {
                entries.remove(&key);
            }
            (&assignment.field, Value::Map(Arc::new(entries)))
        }
    })
}

fn map_of(record: &Record, field: &str) -> BTreeMap<Key, Value> {
    match record.get(field) {
        Some(Value::Map(entries)) => BTreeMap::clone(entries),
        _ => BTreeMap::new(),
    }
}

fn map_key(value: &Value) -> Option<Key> {
    match value {
        Value::Text(text) => Some(Key::Text(text.clone())),
        Value::Int(number) => Some(Key::Int(*number)),
        _ => None,
    }
}

/// A list or map that has grown beyond its limit. (What is set was validated with its own limits.)
fn within_limits(
    aggregate: &Aggregate,
    change: &Change,
    field: &str,
    value: &Value,
) -> Result<(), Failure> {
    let grown = match (change, value) {
        (Change::Append(assignment), Value::List(items)) => Some((assignment, items.len())),
        (Change::Put { value: assignment, .. }, Value::Map(all)) => Some((assignment, all.len())),
        _ => None,
    };
    let Some((assignment, size)) = grown else { return Ok(()) };
    let max = match aggregate.state.get(field).map(|(_, type_)| type_) {
        Some(Type::List(list)) => list.max,
        Some(Type::Map(map)) => map.max,
        _ => None,
    };
    if max.is_none_or(|max| size as u64 <= max) {
        return Ok(());
    }
    let place = match &assignment.term {
        annals_model::Term::Formula(formula) => formula.place.clone(),
        _ => "".into(),
    };
    let reason = format!("it would hold {size}");
    let violation = annals_expression::Violation { pointer: String::new(), reason };
    Err(outside(&place, field, &[violation]))
}
