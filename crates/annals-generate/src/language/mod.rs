//! The JSON Schema (draft 07, which editors know best) of the language: completion, hover and
//! inline errors come from it. It says what a word looks like; what it means is the model's to
//! check.

mod aggregates;
mod processes;
mod shapes;
mod types;

use serde_json::{Value, json};

use shapes::{about, closed, map_of, text};

/// The schema of an architecture file, or of one file of a folder.
pub fn language_schema() -> Value {
    let mut properties = json!({
        "annals": { "const": 1, "description": "The edition of the language." },
        "name": text("The system's name; a store remembers it."),
        "services": map_of("^[a-z][a-z0-9_-]*$", service(), "Units of deployment and ownership."),
        "types": map_of("^[A-Z][A-Za-z0-9]*$", types::reference(), "Types that have a name."),
        "aggregates": map_of(
            "^[A-Za-z][A-Za-z0-9_]*$",
            aggregates::aggregate(),
            "Consistency boundaries.",
        ),
        "sagas": map_of("^[A-Za-z][A-Za-z0-9_]*$", processes::saga(), "Durable processes."),
        "reactions": map_of(
            "^[A-Za-z][A-Za-z0-9_]*$",
            processes::reaction(),
            "What an event or the clock causes.",
        ),
        "projections": map_of(
            "^[A-Za-z][A-Za-z0-9_]*$",
            aggregates::projection(),
            "Events folded into read models.",
        ),
        "topics": map_of(
            "^[a-z0-9._-]+$",
            topic(),
            "Settings of topics; unwritten ones follow from who reads what.",
        ),
        "dead_letters": dead_letters(),
    });
    about(&mut properties);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:annals:language:1",
        "title": "Annals architecture",
        "description": "An event-driven system: services, aggregates, events, sagas, projections.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "definitions": {
            "type": types::definition(),
            "fields": types::fields(),
            "value": shapes::value(),
            "values": shapes::values(),
            "condition": shapes::condition(),
            "duration": shapes::duration(),
            "send": processes::send(),
        },
    })
}

fn service() -> Value {
    closed(
        "A service.",
        json!({
            "domain": text("What begins its topics' names; its own name where left out."),
            "use": {
                "enum": ["analytics"],
                "description": "Topics that it reads are kept for 30 days or longer.",
            },
        }),
        &[],
    )
}

fn topic() -> Value {
    closed(
        "A topic's settings.",
        json!({
            "events": {
                "type": "array",
                "items": text("An event."),
                "minItems": 1,
                "description": "The events that it carries, which keeps their order over a broker.",
            },
            "partitions": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10_000,
                "description": "How many partitions; 6 where left out.",
            },
            "retention": {
                "$ref": "#/definitions/duration",
                "description": "How long it keeps events; 7d where left out, 30d where analytics \
                    reads it.",
            },
        }),
        &[],
    )
}

fn dead_letters() -> Value {
    closed(
        "Retries, and what happens once they are used up.",
        json!({
            "max_retries": {
                "type": "integer",
                "minimum": 0,
                "description": "Retries after the first attempt; 3 where left out.",
            },
            "backoff": {
                "enum": ["exponential", "constant"],
                "description": "How the delays grow.",
            },
            "base": {
                "$ref": "#/definitions/duration",
                "description": "Bound of the first delay; 100ms where left out.",
            },
            "cap": {
                "$ref": "#/definitions/duration",
                "description": "Bound of every delay; 30s where left out.",
            },
            "retention": {
                "$ref": "#/definitions/duration",
                "description": "How long resolved letters are kept; 14d where left out.",
            },
        }),
        &[],
    )
}
