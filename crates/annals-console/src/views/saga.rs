//! Instances of sagas, and their timelines.

use annals_core::RecordedEvent;
use annals_runtime::ports::SagaRow;
use serde_json::{Value, json};

use super::raw_envelope;

/// An instance: its status, what failed, and the machine's state.
pub fn instance(row: &SagaRow) -> Value {
    let state: Value = serde_json::from_slice(&row.state).unwrap_or(Value::Null);
    json!({
        "saga": row.saga,
        "key": row.key,
        "status": row.status,
        "failure": if row.failure.is_empty() { Value::Null } else { json!(row.failure) },
        "version": row.version,
        "started_at": row.started_at.to_string(),
        "changed_at": row.changed_at.to_string(),
        "due": row.due.map(|due| due.to_string()),
        "state": state,
    })
}

/// The history of an instance, oldest first, as the events that it is stored as.
pub fn timeline(history: &[RecordedEvent]) -> Value {
    Value::Array(history.iter().map(raw_envelope).collect())
}
