//! Ids of aggregates and keys of sagas and rows, as text and as values.

use std::sync::Arc;

use annals_core::{Failure, InvalidField};
use annals_expression::{Type, Value};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use uuid::Uuid;

/// The longest id, in bytes.
const MAX_BYTES: usize = 256;

/// The id in canonical form: uuid in lower case, text in NFC, int without plus and leading zeros.
pub(crate) fn canonical(type_: &Type, text: &str) -> Result<Arc<str>, Failure> {
    let wrong =
        |reason: String| Failure::Invalid(vec![InvalidField { pointer: "/id".into(), reason }]);
    match type_ {
        Type::Uuid => Uuid::try_parse(text)
            .map(|uuid| uuid.hyphenated().to_string().into())
            .map_err(|_| wrong(format!("'{text}' is no uuid"))),
        Type::Int(_) => text
            .parse::<i64>()
            .map(|number| number.to_string().into())
            .map_err(|_| wrong(format!("'{text}' is no whole number"))),
        _ => {
            let normal: Arc<str> =
                if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() };
            if normal.is_empty() || normal.len() > MAX_BYTES {
                return Err(wrong(format!("an id is 1 to {MAX_BYTES} bytes long")));
            }
            if normal.chars().any(char::is_control) {
                return Err(wrong("an id has no control characters".into()));
            }
            Ok(normal)
        }
    }
}

/// A canonical id as a value.
pub(crate) fn value(type_: &Type, id: &str) -> Value {
    match type_ {
        Type::Int(_) => id.parse().map_or(Value::Null, Value::Int),
        _ => Value::text(id),
    }
}

/// A value as a canonical id.
pub(crate) fn text(type_: &Type, value: &Value) -> Result<Arc<str>, Failure> {
    match value {
        Value::Text(text) => canonical(type_, text),
        Value::Int(number) => canonical(type_, &number.to_string()),
        other => Err(Failure::Evaluation {
            place: "".into(),
            reason: format!("{} is no id", other.to_json()),
        }),
    }
}
