//! Whether a value keeps the limits of its type. Every violation is found, each with its place.

use std::fmt::Display;

use super::{ListType, MapType, RecordType, TextLimits, Type};
use crate::temporal::{in_date_range, in_duration_range, in_time_range};
use crate::value::{Key, Record, Value};

/// The largest length in bytes of a text that names no limit of its own: 64 KiB.
pub const MAX_TEXT_BYTES: u64 = 65_536;

/// A value that isn't of its type, or outside its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901); empty for the whole value.
    pub pointer: String,
    /// Why, as a phrase: `must be at least 1`.
    pub reason: String,
}

/// The place that is being looked at, and what was found so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) pointer: String,
    pub(super) violations: Vec<Violation>,
}

impl Found {
    pub(super) fn report(&mut self, reason: impl Into<String>) {
        self.violations.push(Violation { pointer: self.pointer.clone(), reason: reason.into() });
    }

    /// Does `work` one level down, at `step`.
    pub(super) fn at<T>(&mut self, step: impl Display, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        self.pointer.push('/');
        self.pointer.push_str(&step);
        let result = work(self);
        self.pointer.truncate(length);
        result
    }

    pub(super) fn result<T>(self, value: T) -> Result<T, Vec<Violation>> {
        if self.violations.is_empty() { Ok(value) } else { Err(self.violations) }
    }
}

impl Type {
    /// Whether `value` is of this type and within its limits.
    ///
    /// # Errors
    /// All violations, each with a JSON Pointer.
    pub fn validate(&self, value: &Value) -> Result<(), Vec<Violation>> {
        let mut found = Found::default();
        self.look(value, &mut found);
        found.result(())
    }

    fn look(&self, value: &Value, found: &mut Found) {
        match (self, value) {
            (Self::Bool, Value::Bool(_)) | (Self::Null | Self::Optional(_), Value::Null) => {}
            (Self::Optional(inner), value) => inner.look(value, found),
            (Self::Int(limits), Value::Int(value)) => {
                if let Some(min) = limits.min.filter(|min| value < min) {
                    found.report(format!("must be at least {min}"));
                }
                if let Some(max) = limits.max.filter(|max| value > max) {
                    found.report(format!("must be at most {max}"));
                }
            }
            (Self::Float, Value::Float(value)) if value.is_finite() => {}
            (Self::Float, Value::Float(_)) => found.report("must be a finite number"),
            (Self::Text(limits), Value::Text(text)) => look_at_text(limits, text, found),
            (Self::Uuid, Value::Text(text)) => {
                if canonical_uuid(text).as_deref() != Some(text) {
                    found.report("must be a uuid in lower case");
                }
            }
            (Self::Time, Value::Time(time)) if in_time_range(*time) => {}
            (Self::Date, Value::Date(date)) if in_date_range(*date) => {}
            (Self::Duration, Value::Duration(length)) if in_duration_range(*length) => {}
            (Self::Time, Value::Time(_)) | (Self::Date, Value::Date(_)) => {
                found.report("must be in the years 1 to 9999");
            }
            (Self::Duration, Value::Duration(_)) => found.report("must be less than 293 years"),
            (Self::Enum(members), Value::Text(text)) => {
                if !members.has(text) {
                    found.report(format!("must be one of {}", members.listed()));
                }
            }
            (Self::List(list), Value::List(items)) => look_at_list(list, items, found),
            (Self::Map(map), Value::Map(entries)) => look_at_map(map, entries, found),
            (Self::Record(type_), Value::Record(record)) => look_at_record(type_, record, found),
            (type_, value) => {
                found.report(format!("must be {}, is {}", type_.name(), value.kind()));
            }
        }
    }
}

fn look_at_text(limits: &TextLimits, text: &str, found: &mut Found) {
    let max = limits.max.unwrap_or(MAX_TEXT_BYTES);
    if text.len() as u64 > max {
        found.report(format!("must be at most {max} bytes long, is {}", text.len()));
    } else if let Some(pattern) = limits.pattern.as_ref().filter(|p| !p.matches(text)) {
        found.report(format!("must match the pattern {}", pattern.source()));
    }
}

fn look_at_list(list: &ListType, items: &[Value], found: &mut Found) {
    if let Some(max) = list.max.filter(|max| items.len() as u64 > *max) {
        found.report(format!("must have at most {max} items, has {}", items.len()));
    }
    for (index, item) in items.iter().enumerate() {
        found.at(index, |found| list.item.look(item, found));
    }
}

fn look_at_map(map: &MapType, entries: &std::collections::BTreeMap<Key, Value>, found: &mut Found) {
    if let Some(max) = map.max.filter(|max| entries.len() as u64 > *max) {
        found.report(format!("must have at most {max} entries, has {}", entries.len()));
    }
    for (key, value) in entries {
        found.at(key, |found| {
            let before = found.violations.len();
            map.key.look(&Value::from(key.clone()), found);
            for violation in &mut found.violations[before..] {
                violation.reason.insert_str(0, "the key ");
            }
            map.value.look(value, found);
        });
    }
}

fn look_at_record(type_: &RecordType, record: &Record, found: &mut Found) {
    for field in &type_.fields {
        found.at(&field.name, |found| match record.get(&field.name) {
            Some(value) => field.type_.look(value, found),
            None if field.type_.is_optional() => {}
            None => found.report("is missing"),
        });
    }
    for (name, _) in &record.fields {
        if type_.get(name).is_none() {
            found.at(name, |found| found.report("is unknown"));
        }
    }
}

/// The uuid in its canonical form, from the hyphenated form in either case.
pub(crate) fn canonical_uuid(text: &str) -> Option<String> {
    if text.len() != 36 {
        return None;
    }
    uuid::Uuid::try_parse(text).ok().map(|uuid| uuid.hyphenated().to_string())
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(key) => Self::Int(key),
            Key::Text(key) => Self::Text(key),
        }
    }
}
