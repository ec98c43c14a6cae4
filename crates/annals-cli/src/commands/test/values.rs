//! Values of a test file, read by the type that their place asks for, as JSON in the form that
//! events have: `60s` is `1m`, a time is UTC with microseconds, a short name is its uuid.

use annals_expression::{
    RecordType, Type, Unknown, format_date, format_duration, format_time, parse_date,
    parse_duration, parse_time,
};
use annals_model::Span;
use annals_model::yaml::{Entry, Kind, Node, Scalar, Style};
use serde_json::{Map, Value, json};

use super::codes;
use super::reader::Reader;

impl Reader<'_> {
    /// The JSON of a node. Each part that is none of its type is reported; then there is none.
    pub(super) fn value(&mut self, node: &Node, type_: &Type) -> Option<Value> {
        match (&node.kind, type_) {
            (Kind::Poisoned, _) => None,
            (_, Type::Optional(_) | Type::Null) if is_null(node) => Some(Value::Null),
            (_, Type::Optional(inner)) => self.value(node, inner),
            (Kind::Scalar(scalar), _) => {
                let Some(value) = self.scalar(&scalar.text, type_) else {
                    self.unfit_text(node.span, &scalar.text, type_);
                    return None;
                };
                self.within(&value, type_, node.span).then_some(value)
            }
            (Kind::List(items), Type::List(list)) => {
                let read: Vec<_> = items.iter().map(|item| self.value(item, &list.item)).collect();
                read.into_iter().collect()
            }
            (Kind::Map(_), Type::Record(_) | Type::Map(_)) => {
                self.entries(node, type_).map(Value::Object)
            }
            (Kind::List(_), _) => self.unfit(node.span, "a list", type_),
            (Kind::Map(_), _) => self.unfit(node.span, "a map", type_),
            (Kind::Null, _) => self.unfit(node.span, "nothing", type_),
        }
    }

    /// The entries of a map or the fields of a record, as far as they are written.
    fn entries(&mut self, node: &Node, type_: &Type) -> Option<Map<String, Value>> {
        let Kind::Map(entries) = &node.kind else { return None };
        let mut read = Map::new();
        let mut whole = match type_ {
            Type::Record(record) if self.whole => {
                self.lacking(record, entries, node.span).is_some()
            }
            _ => true,
        };
        for entry in entries {
            let (key, type_) = match type_ {
                Type::Map(map) => {
                    let key = self.scalar(&entry.key, &map.key);
                    if key.is_none() {
                        self.unfit_text(entry.key_span, &entry.key, &map.key);
                    }
                    (key.map(|key| key_text(&key)), &map.value)
                }
                Type::Record(record) => match record.get(&entry.key) {
                    Some((_, type_)) => (Some(entry.key.to_string()), type_),
                    None => {
                        let names = record.fields.iter().map(|field| &*field.name);
                        let cure = self.meant(&entry.key, names);
                        let message = format!("there is no field `{}`", entry.key);
                        self.wrong(codes::UNKNOWN, entry.key_span, message, cure);
                        whole = false;
                        continue;
                    }
                },
                _ => return None,
            };
            let value = self.value(&entry.value, type_);
            match (key, value) {
                (Some(key), Some(value)) => drop(read.insert(key, value)),
                _ => whole = false,
            }
        }
        whole.then_some(read)
    }

    /// Says which fields of a given event aren't written; `None` where some lack.
    pub(super) fn lacking(
        &mut self,
        record: &RecordType,
        written: &[Entry],
        span: Span,
    ) -> Option<()> {
        let mut whole = Some(());
        for field in record.fields.iter().filter(|field| !field.type_.is_optional()) {
            if written.iter().all(|entry| entry.key != field.name) {
                let message = format!("`{}` is missing: a given event is whole", field.name);
                self.wrong(codes::VALUE, span, message, format!("add `{}:`", field.name));
                whole = None;
            }
        }
        whole
    }

    /// Whether a value of a given event keeps the limits of its type.
    fn within(&mut self, value: &Value, type_: &Type, span: Span) -> bool {
        let Some(violations) = type_.decode(value, Unknown::Refuse).err().filter(|_| self.whole)
        else {
            return true;
        };
        for violation in violations {
            self.outside(span, &violation.reason);
        }
        false
    }

    pub(super) fn outside(&mut self, span: Span, reason: &str) {
        let cure = "write a value that the event could hold";
        self.wrong(codes::VALUE, span, format!("this value {reason}"), cure);
    }

    /// The fields that are written; nothing at all is no field.
    pub(super) fn fields(
        &mut self,
        node: Option<&Node>,
        type_: &Type,
    ) -> Option<Map<String, Value>> {
        let Some(node) = node.filter(|node| !matches!(node.kind, Kind::Null)) else {
            return Some(Map::new());
        };
        if !matches!(node.kind, Kind::Map(_) | Kind::Poisoned) {
            let cure = "write `{ field: value }`";
            self.wrong(codes::VALUE, node.span, "these are no fields", cure);
        }
        self.entries(node, type_)
    }

    /// Says that what is written is none of its type.
    fn unfit(&mut self, span: Span, what: &str, type_: &Type) -> Option<Value> {
        let cure = match type_.without_null() {
            Type::Int(_) => "write a whole number, such as 7".to_owned(),
            Type::Float => "write a number, such as 1.5".to_owned(),
            Type::Bool => "write true or false".to_owned(),
            Type::Time => "write a time, such as 2026-01-31T12:00:00Z".to_owned(),
            Type::Date => "write a date, such as 2026-01-31".to_owned(),
            Type::Duration => "write a length of time, such as 7d, 15m or 90s".to_owned(),
            Type::Uuid => "write a uuid, or a short name that stands for one".to_owned(),
            Type::Enum(members) => {
                let word = what.trim_matches('`');
                self.meant(word, members.members.iter().map(|member| &**member))
            }
            Type::Text(_) => "write a text; an empty one is \"\"".to_owned(),
            Type::List(_) => "write `[ … ]`".to_owned(),
            _ => "write `{ … }`".to_owned(),
        };
        self.wrong(codes::VALUE, span, format!("{what} is no {}", type_.name()), cure);
        None
    }

    fn unfit_text(&mut self, span: Span, text: &str, type_: &Type) {
        let what = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
        self.unfit(span, &what, type_);
    }

    /// The JSON of a text; `None` where it is none of the type.
    fn scalar(&mut self, text: &str, type_: &Type) -> Option<Value> {
        Some(match type_ {
            Type::Bool => json!(text.parse::<bool>().ok()?),
            Type::Int(_) => json!(text.parse::<i64>().ok()?),
            Type::Float => json!(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
            Type::Uuid => json!(self.names.uuid(text)?),
            Type::Time => json!(format_time(parse_time(text)?)),
            Type::Date => json!(format_date(parse_date(text)?)),
            Type::Duration => json!(format_duration(parse_duration(text)?)),
            Type::Enum(members) => json!(members.has(text).then_some(text)?),
            Type::Text(_) => json!(text),
            _ => return None,
        })
    }
}

/// Whether it says that there is no value. In quotes it is a text.
fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Scalar(Scalar { text, style: Style::Plain, .. }) => matches!(&**text, "null" | "~"),
        _ => false,
    }
}

/// The key of a map as JSON names it.
pub(super) fn key_text(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

/// What is written, whatever was asked for: what no type takes must reach the command as it is.
pub(super) fn raw(node: &Node) -> Option<Value> {
    Some(match &node.kind {
        Kind::Poisoned => return None,
        Kind::Null => Value::Null,
        Kind::Scalar(scalar) => json!(&*scalar.text),
        Kind::List(items) => items.iter().map(raw).collect::<Option<_>>()?,
        Kind::Map(entries) => {
            let entries = entries.iter().map(|it| Some((it.key.to_string(), raw(&it.value)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
    })
}
