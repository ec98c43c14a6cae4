//! The small shapes that the schema is made of.

use serde_json::{Value, json};

/// An object with these properties and no others; `describe` and `owner` may stand on it.
pub(super) fn closed(description: &str, mut properties: Value, required: &[&str]) -> Value {
    about(&mut properties);
    let mut shape = json!({
        "type": ["object", "null"],
        "description": description,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        shape["type"] = json!("object");
        shape["required"] = json!(required);
    }
    shape
}

/// Adds `describe` and `owner`, which may stand on anything that has a name.
pub(super) fn about(properties: &mut Value) {
    properties["describe"] = text("What it is, for people.");
    properties["owner"] = text("Who answers for it.");
}

/// An object whose keys are names of one kind.
pub(super) fn map_of(pattern: &str, item: Value, description: &str) -> Value {
    json!({
        "type": ["object", "null"],
        "description": description,
        "propertyNames": { "pattern": pattern },
        "additionalProperties": item,
    })
}

/// A text; YAML's other scalars are read as text where text is asked.
pub(super) fn text(description: &str) -> Value {
    json!({ "type": ["string", "number", "boolean"], "description": description })
}

/// One name, or a list of names.
pub(super) fn names(description: &str) -> Value {
    json!({
        "description": description,
        "oneOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ],
    })
}

/// `7d`, `1h30m`, `500ms`: above zero.
pub(super) fn duration() -> Value {
    json!({
        "type": "string",
        "pattern": "^(?=.*[1-9])([0-9]+(us|ms|s|m|h|d))+$",
        "description": "A length of time, such as 7d, 15m, 30s or 500ms.",
    })
}

/// A literal, or an expression behind `=`.
pub(super) fn value() -> Value {
    json!({ "description": "A literal of the target's type; behind = an expression (CEL)." })
}

/// Values by field.
pub(super) fn values() -> Value {
    json!({
        "type": ["object", "null"],
        "description": "Values by field; fields of the same name and type are carried over by \
            themselves.",
        "additionalProperties": { "$ref": "#/definitions/value" },
    })
}

/// A condition: always an expression.
pub(super) fn condition() -> Value {
    json!({
        "type": ["string", "boolean"],
        "description": "A condition: an expression (CEL) that is true or false. Quote it where it \
            begins with ! or a quote.",
    })
}
