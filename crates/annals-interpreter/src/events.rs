//! Stored events in their latest version, as data and as expressions see them.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{EventType, EventView, Failure, Upcaster};
use annals_expression::{Record, Type, Unknown, Value};
use annals_model::{Event, Model};

use crate::failures::{reasons, unreadable};
use crate::{id, terms};

/// All events of a model, by name.
pub(crate) struct Events {
    model: Arc<Model>,
    /// Indices of aggregate and event, and the record types of the versions.
    by_name: HashMap<Arc<str>, Schema>,
}

struct Schema {
    aggregate: usize,
    event: usize,
    versions: Vec<Type>,
}

impl Events {
    pub(crate) fn new(model: &Arc<Model>) -> Arc<Self> {
        let mut by_name = HashMap::new();
        for (aggregate, owner) in model.aggregates.iter().enumerate() {
            for (event, declared) in owner.events.iter().enumerate() {
                let versions = declared.versions.iter();
                let versions = versions.map(|v| Type::Record(v.fields.clone())).collect();
                let schema = Schema { aggregate, event, versions };
                by_name.insert(declared.named.name.clone(), schema);
            }
        }
        Arc::new(Self { model: model.clone(), by_name })
    }

    fn schema(&self, name: &str) -> Result<&Schema, Failure> {
        let known = self.by_name.get(name);
        known.ok_or_else(|| Failure::Unknown { kind: "event", name: name.into() })
    }

    pub(crate) fn declared(&self, name: &str) -> Result<&Event, Failure> {
        let schema = self.schema(name)?;
        Ok(&self.model.aggregates[schema.aggregate].events[schema.event])
    }

    /// The data of a stored event in its latest version.
    pub(crate) fn data(&self, event: &EventView<'_>) -> Result<Value, Failure> {
        let schema = self.schema(&event.type_.name)?;
        let owner = &self.model.aggregates[schema.aggregate];
        let stored = event.type_.version as usize;
        let Some(type_) = stored.checked_sub(1).and_then(|at| schema.versions.get(at)) else {
            return Err(Failure::Unknown { kind: "event", name: event.type_.to_string() });
        };
        let what = || format!("{} at {}/{}", event.type_, event.stream, event.version.0);
        let json: serde_json::Value = serde_json::from_slice(event.data)
            .map_err(|error| unreadable(what(), error.to_string()))?;
        let mut data = type_
            .decode(&json, Unknown::Ignore)
            .map_err(|violations| unreadable(what(), reasons(&violations)))?;
        for upcast in &owner.events[schema.event].upcasts[stored - 1..] {
            let slot = in_scope(&owner.id_name, id::value(&owner.id_type, &event.stream.id), data);
            data = terms::record(&upcast.fields, &[slot])?;
        }
        Ok(data)
    }

    /// The event as expressions see it: the id, then the fields of the latest version.
    pub(crate) fn in_scope(&self, event: &EventView<'_>) -> Result<Value, Failure> {
        let data = self.data(event)?;
        let owner = &self.model.aggregates[self.schema(&event.type_.name)?.aggregate];
        Ok(in_scope(&owner.id_name, id::value(&owner.id_type, &event.stream.id), data))
    }

    /// The latest type of an event.
    pub(crate) fn latest(&self, name: &str) -> Result<EventType, Failure> {
        let declared = self.declared(name)?;
        Ok(EventType::new(declared.named.name.clone(), declared.latest().number))
    }
}

impl Upcaster for Events {
    fn upcast(&self, event: &EventView<'_>) -> Result<(EventType, Arc<[u8]>), Failure> {
        let latest = self.latest(&event.type_.name)?;
        if latest == *event.type_ {
            return Ok((latest, event.data.into()));
        }
        Ok((latest, json(&self.data(event)?)))
    }
}

/// A record with the id first.
pub(crate) fn in_scope(id_name: &Arc<str>, id: Value, data: Value) -> Value {
    let Value::Record(data) = data else { return data };
    let mut fields = Vec::with_capacity(data.fields.len() + 1);
    fields.push((id_name.clone(), id));
    fields.extend(data.fields.iter().cloned());
    Value::Record(Arc::new(Record::new(fields)))
}

/// A value's JSON, as bytes.
pub(crate) fn json(value: &Value) -> Arc<[u8]> {
    value.to_json().to_string().into_bytes().into()
}
