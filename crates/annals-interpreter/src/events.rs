//! Stored events in their latest version, as data and as expressions see them.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{EventType, EventView, Failure, Upcaster};
use annals_expression::{Record, Type, Unknown, Value};
use annals_model::{Aggregate, Event, Model};

use crate::failures::{reasons, unreadable};
use crate::{id, meta, terms};

/// All events of a model, by name.
pub(crate) struct Events {
    model: Arc<Model>,
    /// Indices of the aggregate, and of the event in it.
    by_name: HashMap<Arc<str>, (usize, usize)>,
}

impl Events {
    pub(crate) fn new(model: &Arc<Model>) -> Arc<Self> {
        let mut by_name = HashMap::new();
        for (aggregate, owner) in model.aggregates.iter().enumerate() {
            for (event, declared) in owner.events.iter().enumerate() {
                by_name.insert(declared.named.name.clone(), (aggregate, event));
            }
        }
        Arc::new(Self { model: model.clone(), by_name })
    }

    /// The event of that name, and its aggregate.
    pub(crate) fn declared(&self, name: &str) -> Result<(&Aggregate, &Event), Failure> {
        let (aggregate, event) = self.by_name.get(name).ok_or_else(|| unknown(name))?;
        let owner = &self.model.aggregates[*aggregate];
        Ok((owner, &owner.events[*event]))
    }

    /// The event as expressions see it: the id, then the fields of the latest version.
    pub(crate) fn in_scope(&self, event: &EventView<'_>) -> Result<Value, Failure> {
        let (owner, declared) = self.declared(&event.type_.name)?;
        let data = data(owner, declared, event)?;
        Ok(in_scope(&owner.id_name, id::value(&owner.id_type, &event.stream.id), data))
    }

    /// `event` and `meta`, as expressions see them: both of the latest version.
    pub(crate) fn slots(&self, event: &EventView<'_>) -> Result<[Value; 2], Failure> {
        let latest = self.latest(&event.type_.name)?;
        Ok([self.in_scope(event)?, meta::of_event(event, &latest)])
    }

    /// The latest type of an event.
    pub(crate) fn latest(&self, name: &str) -> Result<EventType, Failure> {
        Ok(latest(self.declared(name)?.1))
    }
}

impl Upcaster for Events {
    fn upcast(&self, event: &EventView<'_>) -> Result<(EventType, Arc<[u8]>), Failure> {
        let (owner, declared) = self.declared(&event.type_.name)?;
        let latest = latest(declared);
        if latest == *event.type_ {
            return Ok((latest, event.data.into()));
        }
        Ok((latest, json(&data(owner, declared, event)?)))
    }
}

/// An event's latest type and its data in that version: its fields and nothing else, so no id.
///
/// # Errors
/// [`Failure::Unknown`] for an event that the model hasn't, [`Failure::Decoding`] for bytes that
/// aren't of their type, [`Failure::Evaluation`] where an upcaster fails.
pub fn event_json(
    model: &Model,
    event: &EventView<'_>,
) -> Result<(EventType, serde_json::Value), Failure> {
    let name = &event.type_.name;
    let (owner, declared) = model.event(name).ok_or_else(|| unknown(name))?;
    Ok((latest(declared), data(owner, declared, event)?.to_json()))
}

fn unknown(name: &str) -> Failure {
    Failure::Unknown { kind: "event", name: name.into() }
}

fn latest(declared: &Event) -> EventType {
    EventType::new(declared.named.name.clone(), declared.latest().number)
}

/// The data of a stored event in its latest version.
fn data(owner: &Aggregate, declared: &Event, event: &EventView<'_>) -> Result<Value, Failure> {
    let stored = event.type_.version as usize;
    let Some(version) = stored.checked_sub(1).and_then(|at| declared.versions.get(at)) else {
        return Err(unknown(&event.type_.to_string()));
    };
    let what = || format!("{} at {}/{}", event.type_, event.stream, event.version.0);
    let json: serde_json::Value = serde_json::from_slice(event.data)
        .map_err(|error| unreadable(what(), error.to_string()))?;
    let mut data = Type::Record(version.fields.clone())
        .decode(&json, Unknown::Ignore)
        .map_err(|violations| unreadable(what(), reasons(&violations)))?;
    for upcast in &declared.upcasts[stored - 1..] {
        let slot = in_scope(&owner.id_name, id::value(&owner.id_type, &event.stream.id), data);
        data = terms::stored(&upcast.fields, &[slot])?;
    }
    Ok(data)
}

/// A record with the id first.
pub(crate) fn in_scope(id_name: &Arc<str>, id: Value, data: Value) -> Value {
    let Value::Record(data) = data else { return data };
    let mut fields = Vec::with_capacity(data.fields.len() + 1);
    fields.push((id_name.clone(), id));
    fields.extend(data.fields.iter().cloned());
    Value::Record(Arc::new(Record::new(fields)))
}

/// A value's JSON, as bytes, with fields that are null left out: so a request stays the same when
/// its type gets another optional field. (Entries of maps and items of lists are data, and stay.)
pub(crate) fn json_without_nulls(value: &Value) -> Arc<[u8]> {
    set_fields(value).to_string().into_bytes().into()
}

fn set_fields(value: &Value) -> serde_json::Value {
    match value {
        Value::Record(record) => {
            let set = record.fields.iter().filter(|(_, value)| !value.is_null());
            set.map(|(name, value)| (name.to_string(), set_fields(value))).collect()
        }
        Value::List(items) => items.iter().map(set_fields).collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), set_fields(value))).collect()
        }
        plain => plain.to_json(),
    }
}

/// A value's JSON, as bytes.
pub(crate) fn json(value: &Value) -> Arc<[u8]> {
    value.to_json().to_string().into_bytes().into()
}
