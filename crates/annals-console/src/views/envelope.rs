//! The envelope of an event.

use annals_core::{EventView, RecordedEvent, Upcaster};
use serde_json::{Map, Value, json};

/// The event in its latest version, and `stored_type` where that isn't the stored one. An event
/// that can't be upcast (a saga's history, or one that this model doesn't know) is shown as it is
/// stored.
pub fn envelope(event: &RecordedEvent, upcaster: &dyn Upcaster) -> Value {
    let stored = &event.event.type_;
    if event.stream.is_history() {
        return raw_envelope(event);
    }
    match upcaster.upcast(&EventView::from(event)) {
        Ok((type_, data)) => {
            let mut shown = fields(event, &type_.to_string(), &data);
            if type_ != *stored {
                shown.insert("stored_type".into(), json!(stored.to_string()));
            }
            Value::Object(shown)
        }
        Err(_) => raw_envelope(event),
    }
}

/// The event as it is stored.
pub fn raw_envelope(event: &RecordedEvent) -> Value {
    Value::Object(fields(event, &event.event.type_.to_string(), &event.event.data))
}

fn fields(event: &RecordedEvent, type_: &str, data: &[u8]) -> Map<String, Value> {
    let metadata = &event.event.metadata;
    let data: Value = serde_json::from_slice(data)
        .unwrap_or_else(|_| json!(String::from_utf8_lossy(data).into_owned()));
    let shown = json!({
        "position": event.position,
        "id": event.event.id,
        "aggregate": event.stream.aggregate,
        "aggregate_id": event.stream.id,
        "version": event.version,
        "type": type_,
        "time": event.event.time.to_string(),
        "data": data,
        "correlation_id": metadata.correlation_id,
        "causation_id": metadata.causation_id,
        "command_id": metadata.command_id,
        "actor": metadata.actor,
        "traceparent": metadata.traceparent,
    });
    match shown {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
