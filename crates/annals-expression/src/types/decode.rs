//! Values from JSON. Input is held to every limit; what is stored was held to them when it came.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::validate::{Found, canonical_uuid};
use super::{MapType, RecordType, Type, Violation};
use crate::temporal::{parse_date, parse_duration, parse_time};
use crate::value::{Key, Record, Value};

/// What to do about fields that a type doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Input: unknown fields are violations, and all limits hold.
    Refuse,
    /// Stored data: unknown fields are skipped and limits aren't looked at.
    Ignore,
}

impl Type {
    /// Reads a value of this type from JSON. A missing optional is null; a uuid is read in either
    /// case; a time may have any offset, and at most microseconds.
    ///
    /// # Errors
    /// All violations, each with a JSON Pointer.
    pub fn decode(&self, json: &Json, mode: Unknown) -> Result<Value, Vec<Violation>> {
        let mut found = Found::default();
        let value = self.read(json, mode, &mut found);
        let value = found.result(value.unwrap_or(Value::Null))?;
        if mode == Unknown::Refuse {
            self.validate(&value)?;
        }
        Ok(value)
    }

    /// None where something was reported.
    fn read(&self, json: &Json, mode: Unknown, found: &mut Found) -> Option<Value> {
        let read = match (self, json) {
            (Self::Optional(_) | Self::Null, Json::Null) => Some(Value::Null),
            (Self::Optional(inner), json) => return inner.read(json, mode, found),
            (Self::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
            (Self::Int(_), Json::Number(number)) => number.as_i64().map(Value::Int),
            (Self::Float, Json::Number(number)) => {
                number.as_f64().filter(|number| number.is_finite()).map(Value::Float)
            }
            (Self::Text(_) | Self::Enum(_), Json::String(text)) => Some(Value::text(text)),
            (Self::Uuid, Json::String(text)) => canonical_uuid(text).map(Value::text),
            (Self::Time, Json::String(text)) => parse_time(text).map(Value::Time),
            (Self::Date, Json::String(text)) => parse_date(text).map(Value::Date),
            (Self::Duration, Json::String(text)) => parse_duration(text).map(Value::Duration),
            (Self::List(list), Json::Array(items)) => {
                let read = |(index, item): (usize, &Json)| {
                    found.at(index, |found| list.item.read(item, mode, found))
                };
                let read: Vec<Option<Value>> = items.iter().enumerate().map(read).collect();
                return read.into_iter().collect::<Option<_>>().map(Value::list);
            }
            (Self::Map(map), Json::Object(entries)) => return read_map(map, entries, mode, found),
            (Self::Record(record), Json::Object(fields)) => {
                return read_record(record, fields, mode, found);
            }
            _ => None,
        };
        if read.is_none() {
            found.report(self.expectation(json));
        }
        read
    }

    fn expectation(&self, json: &Json) -> String {
        let form = match self.without_null() {
            Self::Int(_) => "a whole number of 64 bits".into(),
            Self::Float => "a number".into(),
            Self::Uuid => "a uuid".into(),
            Self::Time => "a time as in 2026-01-31T12:00:00Z, with at most microseconds".into(),
            Self::Date => "a date as in 2026-01-31".into(),
            Self::Duration => "a duration as in 15m (units: d, h, m, s, ms, us)".into(),
            Self::Record(_) | Self::Map(_) => format!("an object ({})", self.name()),
            Self::List(_) => format!("an array ({})", self.name()),
            other => other.name(),
        };
        let got = match json {
            Json::Null => "null".into(),
            Json::Bool(_) => "a bool".into(),
            Json::Number(number) => number.to_string(),
            Json::String(text) if text.len() <= 64 => format!("{text:?}"),
            Json::String(_) => "another text".into(),
            Json::Array(_) => "an array".into(),
            Json::Object(_) => "an object".into(),
        };
        format!("must be {form}, is {got}")
    }
}

fn read_map(
    map: &MapType,
    entries: &Map<String, Json>,
    mode: Unknown,
    found: &mut Found,
) -> Option<Value> {
    let mut values = BTreeMap::new();
    let mut whole = true;
    for (name, json) in entries {
        let entry = found.at(name, |found| {
            let key = read_key(&map.key, name);
            match &key {
                None => found.report(format!("the key must be {}", map.key.name())),
                Some(key) if values.contains_key(key) => found.report("the key stands twice"),
                Some(_) => {}
            }
            Some((key, map.value.read(json, mode, found)?))
        });
        match entry {
            Some((Some(key), value)) => drop(values.insert(key, value)),
            _ => whole = false,
        }
    }
    whole.then(|| Value::Map(Arc::new(values)))
}

/// A key from the name of a JSON member.
fn read_key(type_: &Type, name: &str) -> Option<Key> {
    match type_ {
        Type::Int(_) => {
            let key: i64 = name.parse().ok()?;
            // One spelling for one key, so that `+7` and `07` don't stand beside `7`.
            (key.to_string() == name).then_some(Key::Int(key))
        }
        Type::Uuid => canonical_uuid(name).map(|uuid| Key::Text(uuid.into())),
        _ => Some(Key::Text(name.into())),
    }
}

fn read_record(
    record: &RecordType,
    fields: &Map<String, Json>,
    mode: Unknown,
    found: &mut Found,
) -> Option<Value> {
    let mut values = Vec::with_capacity(record.fields.len());
    let mut whole = true;
    for field in &record.fields {
        let value = found.at(&field.name, |found| match fields.get(&*field.name) {
            Some(json) => field.type_.read(json, mode, found),
            None if field.type_.is_optional() => Some(Value::Null),
            None => {
                found.report("is missing");
                None
            }
        });
        match value {
            Some(value) => values.push((field.name.clone(), value)),
            None => whole = false,
        }
    }
    if mode == Unknown::Refuse {
        for name in fields.keys().filter(|name| record.get(name).is_none()) {
            found.at(name, |found| found.report("is unknown"));
        }
    }
    whole.then(|| Value::Record(Arc::new(Record::new(values))))
}
