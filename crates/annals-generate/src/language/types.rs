//! Types, as the schema knows them.

use serde_json::{Value, json};

use super::shapes::about;

/// A reference to the definition of types.
pub(super) fn reference() -> Value {
    json!({ "$ref": "#/definitions/type" })
}

/// A type: a word, a name, a map with one type word, or a record.
pub(super) fn definition() -> Value {
    json!({
        "description": "A type: a word such as text, a name from types:, or a map.",
        "oneOf": [
            {
                "type": "string",
                "pattern": "^(optional )?[A-Za-z][A-Za-z0-9_]*$",
                "anyOf": [
                    { "enum": [
                        "bool", "int", "float", "text", "uuid", "time", "date", "duration",
                        "optional bool", "optional int", "optional float", "optional text",
                        "optional uuid", "optional time", "optional date", "optional duration",
                    ] },
                    { "pattern": "^(optional )?[A-Z]" },
                ],
            },
            form("enum", json!({
                "enum": {
                    "type": "array",
                    "minItems": 1,
                    "items": { "type": ["string", "number", "boolean"] },
                    "description": "The members.",
                },
                "initial": {
                    "type": ["string", "number", "boolean"],
                    "description": "The member that is its zero value.",
                },
            })),
            form("list", json!({
                "list": reference(),
                "max": { "type": "integer", "minimum": 1, "description": "The most items." },
            })),
            form("map", json!({
                "map": {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "propertyNames": { "pattern": "^(text|uuid|int|[A-Z][A-Za-z0-9]*)$" },
                    "additionalProperties": reference(),
                },
                "max": { "type": "integer", "minimum": 1, "description": "The most entries." },
            })),
            form("optional", json!({ "optional": reference() })),
            text(),
            int(),
            unlimited(),
            fields(),
        ],
    })
}

/// Text with limits.
fn text() -> Value {
    let limits = json!({
        "max": {
            "type": "integer",
            "minimum": 1,
            "description": "The most bytes; 64 KiB where left out.",
        },
        "pattern": {
            "type": "string",
            "description": "A regular expression that must match.",
        },
    });
    limited("text", limits)
}

/// An integer with limits.
fn int() -> Value {
    limited("int", json!({ "min": { "type": "integer" }, "max": { "type": "integer" } }))
}

fn limited(word: &str, limits: Value) -> Value {
    let limits = json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": limits,
    });
    form(word, json!({ word: limits }))
}

/// A word that has no limits, with what is said beside it.
fn unlimited() -> Value {
    let words = ["bool", "float", "uuid", "time", "date", "duration"];
    let alone = |word| limited(word, json!({}));
    json!({ "anyOf": words.map(alone) })
}

/// A map that a type's word makes a type.
fn form(word: &str, mut properties: Value) -> Value {
    about(&mut properties);
    json!({
        "type": "object",
        "required": [word],
        "additionalProperties": false,
        "properties": properties,
    })
}

/// A record: types by field; no field is named as a type's word.
pub(super) fn fields() -> Value {
    json!({
        "type": "object",
        "description": "A record: types by field.",
        "propertyNames": {
            "pattern": "^[a-z][A-Za-z0-9_]*$",
            "not": { "enum": [
                "bool", "int", "float", "text", "uuid", "time", "date", "duration", "enum", "list",
                "map", "optional", "decimal",
            ] },
        },
        "additionalProperties": reference(),
    })
}
