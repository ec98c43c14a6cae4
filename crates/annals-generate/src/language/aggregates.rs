//! Aggregates and projections, as the schema knows them.

use serde_json::{Value, json};

use super::shapes::{closed, map_of, text};

const NAME: &str = "^[A-Za-z][A-Za-z0-9_]*$";

pub(super) fn aggregate() -> Value {
    closed(
        "A consistency boundary.",
        json!({
            "service": text("The service that owns it."),
            "id": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": { "$ref": "#/definitions/type" },
                "description": "The id's name and its type: uuid, text or int.",
            },
            "snapshot_every": {
                "type": "integer",
                "minimum": 1,
                "description": "Events between snapshots; 100 where left out.",
            },
            "state": { "$ref": "#/definitions/fields" },
            "commands": map_of(NAME, command(), "Requests that it may reject."),
            "events": map_of(NAME, event(), "Immutable facts, with versions."),
        }),
        &["service", "id"],
    )
}

fn command() -> Value {
    closed(
        "A request. Judged in this order: ignore, when, reject, emit.",
        json!({
            "public": {
                "type": "boolean",
                "description": "On the outside API although a saga or a reaction sends it.",
            },
            "input": { "$ref": "#/definitions/fields" },
            "ignore": { "$ref": "#/definitions/condition" },
            "when": { "$ref": "#/definitions/condition" },
            "reject": {
                "type": "object",
                "additionalProperties": { "$ref": "#/definitions/condition" },
                "description": "The first true condition names the rejection.",
            },
            "emit": emit(),
        }),
        &["emit"],
    )
}

fn emit() -> Value {
    let conditional = json!({
        "oneOf": [
            { "type": "string" },
            { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {
                "type": ["object", "null"],
                "properties": { "if": { "$ref": "#/definitions/condition" } },
                "additionalProperties": { "$ref": "#/definitions/value" },
            } },
        ],
    });
    json!({
        "description": "An event; a map: all of them; a list: the first whose `if` holds, the last \
            without one.",
        "oneOf": [
            { "type": "string" },
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": { "$ref": "#/definitions/values" },
            },
            { "type": "array", "minItems": 1, "items": conditional },
        ],
    })
}

fn event() -> Value {
    let versions = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": "^[1-9][0-9]*$" },
        "additionalProperties": { "$ref": "#/definitions/fields" },
        "description": "Its schema versions, 1..n.",
    });
    let upcast = json!({
        "type": "object",
        "propertyNames": { "pattern": "^[1-9][0-9]* to [1-9][0-9]*$" },
        "additionalProperties": { "$ref": "#/definitions/values" },
        "description": "How a version becomes the next.",
    });
    let put = json!({
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["key", "value"],
            "additionalProperties": false,
            "properties": {
                "key": { "$ref": "#/definitions/value" },
                "value": { "$ref": "#/definitions/value" },
            },
        },
        "description": "Puts a value under a key of a map.",
    });
    closed(
        "An immutable fact.",
        json!({
            "versions": versions,
            "upcast": upcast,
            "set": { "$ref": "#/definitions/values" },
            "append": { "$ref": "#/definitions/values" },
            "put": put,
            "remove": { "$ref": "#/definitions/values" },
        }),
        &["versions"],
    )
}

pub(super) fn projection() -> Value {
    closed(
        "Events folded into rows by key.",
        json!({
            "service": text("The service that owns it."),
            "update": {
                "enum": ["immediate", "eventual"],
                "description": "In the append itself, or after it.",
            },
            "key": text("The column that is the key."),
            "columns": { "$ref": "#/definitions/fields" },
            "on": map_of(
                NAME,
                json!({ "$ref": "#/definitions/values" }),
                "What each event does to the row of its key.",
            ),
        }),
        &["service", "key", "columns", "on"],
    )
}
