//! Sagas and reactions, as the schema knows them.

use serde_json::{Value, json};

use super::shapes::{closed, map_of, names, text};

pub(super) fn saga() -> Value {
    closed(
        "A durable process: steps, and the compensation of each.",
        json!({
            "service": text("The service that owns it."),
            "start": text("The event that starts an instance."),
            "key": text("The field of the start event that is the instance's key."),
            "cancel": names("Events that turn a running instance round."),
            "steps": map_of("^[A-Za-z][A-Za-z0-9_]*$", step(), "The steps, in order."),
            "complete": {
                "$ref": "#/definitions/send",
                "description": "Sent once all steps are done.",
            },
            "fail": {
                "$ref": "#/definitions/send",
                "description": "Sent once everything is compensated.",
            },
        }),
        &["service", "start", "key", "steps"],
    )
}

fn step() -> Value {
    closed(
        "A command, what answers it, and what undoes it.",
        json!({
            "for_each": for_each(),
            "send": text("The command."),
            "to": {
                "$ref": "#/definitions/value",
                "description": "The target's id; the saga's key where left out.",
            },
            "with": {
                "$ref": "#/definitions/values",
                "description": "The command's input; the saga's key is carried over.",
            },
            "done": names("Events that finish it; an accepted command is done where left out."),
            "failed": names("Events that say that it failed."),
            "compensate": {
                "$ref": "#/definitions/send",
                "description": "The command that undoes it, to the step's own target.",
            },
            "then": {
                "$ref": "#/definitions/send",
                "description": "A command to the saga's key once it is done.",
            },
            "timeout": {
                "$ref": "#/definitions/duration",
                "description": "How long the whole step may take; then it counts as unknown and is \
                    compensated.",
            },
        }),
        &["send"],
    )
}

fn for_each() -> Value {
    json!({
        "type": "object", "minProperties": 1, "maxProperties": 1,
        "additionalProperties": { "$ref": "#/definitions/value" },
        "description": "One branch for each item of a list, side by side: the item's name and the \
            list.",
    })
}

/// A command: its name, or its name with values for its input.
pub(super) fn send() -> Value {
    json!({
        "oneOf": [
            { "type": "string" },
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": { "$ref": "#/definitions/values" },
            },
        ],
    })
}

pub(super) fn reaction() -> Value {
    closed(
        "What an event or the clock causes: a command, or a call outside.",
        json!({
            "service": text("The service that owns it."),
            "on": names("The events that cause it."),
            "if": { "$ref": "#/definitions/condition" },
            "for_each": for_each(),
            "send": text("The command."),
            "to": {
                "$ref": "#/definitions/value",
                "description": "The target's id; the event's aggregate id where left out.",
            },
            "with": { "$ref": "#/definitions/values" },
            "call": {
                "type": "string",
                "pattern": "^POST ",
                "description": "POST and a URL; ${NAME} and ${NAME:-default} come from the \
                    environment.",
            },
            "after": {
                "$ref": "#/definitions/duration",
                "description": "Waits this long, durably.",
            },
            "unless": names("Events on the same stream that call a waiting one off."),
            "refused": { "enum": ["ignore", "park"], "description": "What a rejection means." },
        }),
        &["service", "on"],
    )
}
