//! Instances of sagas, and their timelines.

use annals_core::saga::{SagaEvent, describe};
use annals_core::{RecordedEvent, SagaDefinition};
use annals_runtime::ports::SagaRow;
use serde_json::{Value, json};

use super::raw_envelope;

/// An instance: its status, what failed, and when it is due.
pub fn instance(row: &SagaRow) -> Value {
    json!({
        "saga": row.saga,
        "key": row.key,
        "status": row.status,
        "failure": if row.failure.is_empty() { Value::Null } else { json!(row.failure) },
        "version": row.version,
        "started_at": row.started_at.to_string(),
        "changed_at": row.changed_at.to_string(),
        "due": row.due.map(|due| due.to_string()),
    })
}

/// The history of an instance, oldest first, as the events that it is stored as.
pub fn timeline(history: &[RecordedEvent]) -> Value {
    Value::Array(history.iter().map(raw_envelope).collect())
}

/// One event of a history in words.
pub fn saga_line(event: &RecordedEvent, definition: Option<&SagaDefinition>) -> String {
    match serde_json::from_slice::<SagaEvent>(&event.event.data) {
        Ok(history) => describe(&history, definition),
        Err(_) => event.event.type_.to_string(),
    }
}
