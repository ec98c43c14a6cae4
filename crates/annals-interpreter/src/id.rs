//! Ids of aggregates and keys of sagas and rows, as text and as values.

use std::sync::Arc;

use annals_core::{Failure, InvalidField};
use annals_expression::{Type, Value};
use annals_model::Term;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use uuid::Uuid;

use crate::failures::phrases;
use crate::terms;

/// The longest id, in bytes.
const MAX_BYTES: usize = 256;

/// The id or key that a request names, in canonical form: uuid in lower case, text in NFC, int
/// without plus and leading zeros. Limits of the id's type hold as everywhere. `pointer` is what
/// the request calls it.
pub(crate) fn canonical(type_: &Type, text: &str, pointer: &str) -> Result<Arc<str>, Failure> {
    let wrong = |reason| Failure::Invalid(vec![InvalidField { pointer: pointer.into(), reason }]);
    read(type_, text).map_err(wrong)
}

/// An id, or a saga's key, in canonical form.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub fn read(type_: &Type, text: &str) -> Result<Arc<str>, String> {
    let id: Arc<str> = match type_ {
        Type::Uuid => match Uuid::try_parse(text) {
            Ok(uuid) => uuid.hyphenated().to_string().into(),
            Err(_) => return Err(format!("'{text}' is no uuid")),
        },
        Type::Int(_) => match text.parse::<i64>() {
            Ok(number) => number.to_string().into(),
            Err(_) => return Err(format!("'{text}' is no whole number")),
        },
        _ if is_nfc(text) => text.into(),
        _ => text.nfc().collect::<String>().into(),
    };
    if id.is_empty() || id.len() > MAX_BYTES {
        return Err(format!("an id is 1 to {MAX_BYTES} bytes long"));
    }
    // They part the names that ids of commands are derived from, and no log shows them.
    if id.chars().any(char::is_control) {
        return Err("an id has no control characters".into());
    }
    match type_.validate(&value(type_, &id)) {
        Ok(()) => Ok(id),
        Err(violations) => Err(format!("an id of this kind {}", phrases(&violations))),
    }
}

/// A canonical id as a value.
pub(crate) fn value(type_: &Type, id: &str) -> Value {
    match type_ {
        Type::Int(_) => id.parse().map_or(Value::Null, Value::Int),
        _ => Value::text(id),
    }
}

/// A computed value as a canonical id. One that is none is the fault of the term that computed it.
pub(crate) fn computed(type_: &Type, term: &Term, slots: &[Value]) -> Result<Arc<str>, Failure> {
    let id = match terms::term(term, slots)? {
        Value::Text(text) => read(type_, &text),
        Value::Int(number) => read(type_, &number.to_string()),
        other => Err(format!("{} is no id", other.to_json())),
    };
    id.map_err(|reason| Failure::Evaluation { place: terms::place(term), reason })
}
