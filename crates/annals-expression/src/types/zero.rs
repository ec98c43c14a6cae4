//! The value that a field has before anything was said about it.

use std::sync::Arc;

use super::Type;
use crate::value::{Record, Value};

impl Type {
    /// The zero value: `false`, 0, 0.0, `""`, no items, a record of zeros, an enum's `initial`,
    /// null for an optional. None for `uuid`, `time` and `date`, for an enum without `initial`,
    /// and for a record that holds one of these.
    pub fn zero(&self) -> Option<Value> {
        Some(match self {
            Self::Bool => Value::Bool(false),
            Self::Int(_) => Value::Int(0),
            Self::Float => Value::Float(0.0),
            Self::Text(_) => Value::text(""),
            Self::Duration => Value::Duration(0),
            Self::Uuid | Self::Time | Self::Date => return None,
            Self::Enum(members) => Value::Text(members.initial.clone()?),
            Self::List(_) => Value::list(Vec::new()),
            Self::Map(_) => Value::map([]),
            Self::Record(record) => {
                let zeros = record.fields.iter().map(|f| Some((f.name.clone(), f.type_.zero()?)));
                Value::Record(Arc::new(Record::new(zeros.collect::<Option<_>>()?)))
            }
            Self::Optional(_) | Self::Null => Value::Null,
        })
    }
}
