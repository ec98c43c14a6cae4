//! Types, as the schema knows them.

use serde_json::{Value, json};

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
            { "type": "object", "required": ["enum"], "additionalProperties": false, "properties": {
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
            } },
            { "type": "object", "required": ["list"], "additionalProperties": false, "properties": {
                "list": reference(),
                "max": { "type": "integer", "minimum": 1, "description": "The most items." },
            } },
            { "type": "object", "required": ["map"], "additionalProperties": false, "properties": {
                "map": {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "propertyNames": { "pattern": "^(text|uuid|int|[A-Z][A-Za-z0-9]*)$" },
                    "additionalProperties": reference(),
                },
                "max": { "type": "integer", "minimum": 1, "description": "The most entries." },
            } },
            {
                "type": "object",
                "required": ["optional"],
                "additionalProperties": false,
                "properties": { "optional": reference() },
            },
            text(),
            int(),
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
    let limits = json!({ "type": "object", "additionalProperties": false, "properties": limits });
    json!({
        "type": "object",
        "required": [word],
        "additionalProperties": false,
        "properties": { word: limits },
    })
}

/// A record: types by field; no field is named as a type's word.
pub(super) fn fields() -> Value {
    json!({
        "type": "object",
        "description": "A record: types by field.",
        "propertyNames": {
            "pattern": "^[a-z][A-Za-z0-9_]*$",
            "not": { "enum": ["enum", "list", "map", "optional", "text", "int"] },
        },
        "additionalProperties": reference(),
    })
}
