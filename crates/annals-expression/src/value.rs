//! Values while an expression runs, and their JSON. Types and limits live in `types`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::temporal::{format_date, format_duration, format_time};

/// A value at run time. Cloning is cheap: whatever is large is behind an `Arc`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An optional without a value.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`, 64 bit.
    Int(i64),
    /// `float`.
    Float(f64),
    /// `text`; also a `uuid` in its canonical lower case, and the member of an enum.
    Text(Arc<str>),
    /// `time`: microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// `date`: days since 1970-01-01.
    Date(i32),
    /// `duration`: microseconds.
    Duration(i64),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map, in the order of its keys.
    Map(Arc<BTreeMap<Key, Value>>),
    /// A record.
    Record(Arc<Record>),
}

/// The key of a map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An `int` key.
    Int(i64),
    /// A `text` or `uuid` key.
    Text(Arc<str>),
}

/// A record's fields in declared order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Names and values, in declared order.
    pub fields: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// A record of these fields, in this order.
    pub fn new(fields: Vec<(Arc<str>, Value)>) -> Self {
        Self { fields }
    }

    /// The value of the field `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value)
    }

    /// The value of the field `name`, looked for at `hint` first.
    pub(crate) fn get_hinted(&self, name: &str, hint: usize) -> Option<&Value> {
        match self.fields.get(hint) {
            Some((field, value)) if &**field == name => Some(value),
            _ => self.get(name),
        }
    }

    /// This record with the field `name` set to `value`; a new field goes last.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        let mut fields = self.fields.clone();
        match fields.iter_mut().find(|(field, _)| &**field == name) {
            Some(slot) => slot.1 = value,
            None => fields.push((Arc::from(name), value)),
        }
        Self { fields }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (Key, Value)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().collect()))
    }

    /// A record of these fields, in this order.
    pub fn record<N: AsRef<str>>(fields: impl IntoIterator<Item = (N, Value)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (Arc::from(name.as_ref()), value));
        Self::Record(Arc::new(Record::new(fields.collect())))
    }

    /// True for [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON of this value, a form that `Type::decode` reads: time as fixed-width
    /// `2026-01-01T00:00:00.000000Z`, date as `2026-01-01`, duration as `15m`, maps and records as
    /// objects. A float that isn't finite has no JSON and becomes null.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Float(value) => Json::from(*value),
            Self::Text(value) => Json::from(&**value),
            Self::Time(value) => Json::from(format_time(*value)),
            Self::Date(value) => Json::from(format_date(*value)),
            Self::Duration(value) => Json::from(format_duration(*value)),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(entries) => {
                Json::Object(entries.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect())
            }
            Self::Record(record) => Json::Object(
                record.fields.iter().map(|(n, v)| (n.to_string(), v.to_json())).collect(),
            ),
        }
    }

    /// What kind of value this is, as a user writes it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a text",
            Self::Time(_) => "a time",
            Self::Date(_) => "a date",
            Self::Duration(_) => "a duration",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Record(_) => "a record",
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(key) => write!(f, "{key}"),
            Self::Text(key) => f.write_str(key),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}
