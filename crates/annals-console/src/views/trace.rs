//! The trace of one correlation: what one outside request set off, in the order of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{EventView, Projection, RecordedEvent, SagaLogic, Upcaster};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{envelope, key_text, saga_line};

/// What a line of a trace tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A command was accepted: the first of its events follows.
    Command,
    /// An event was appended.
    Event,
    /// A saga took a step.
    Saga,
    /// A row of a projection changed because of an event.
    Row,
}

/// One line of a trace.
#[derive(Clone, Debug, Serialize)]
pub struct TraceLine {
    /// What it tells of.
    pub kind: TraceKind,
    /// When, RFC 3339.
    pub time: String,
    /// Microseconds since the first line.
    pub after_us: i64,
    /// The event's place in the log.
    pub position: u64,
    /// Whose: the stream, or `projection/key`.
    pub subject: String,
    /// What: the event's type, the saga's step, or the command's id.
    pub what: String,
    /// The event's data; null for commands and rows.
    pub data: Value,
}

/// Who reads the events of a trace.
#[derive(Clone, Copy)]
pub struct SeenBy<'a> {
    /// Brings them to their latest version.
    pub upcaster: &'a dyn Upcaster,
    /// Whose rows they change.
    pub projections: &'a BTreeMap<Arc<str>, Arc<dyn Projection>>,
    /// Whose histories are told in words.
    pub sagas: &'a BTreeMap<Arc<str>, Arc<dyn SagaLogic>>,
}

/// The lines of a trace from its events, which are in position order.
pub fn trace(events: &[RecordedEvent], seen_by: &SeenBy<'_>) -> Vec<TraceLine> {
    let upcaster = seen_by.upcaster;
    let start = events.first().map_or(0, |event| event.event.time.0);
    let mut lines = Vec::new();
    let mut last_command: Option<Uuid> = None;
    for event in events {
        let line = |kind, subject: String, what: String, data| TraceLine {
            kind,
            time: event.event.time.to_string(),
            after_us: event.event.time.0 - start,
            position: event.position.0,
            subject,
            what,
            data,
        };
        let stream = event.stream.to_string();
        let name = event.event.type_.to_string();
        if let Some(saga) = event.stream.aggregate.strip_prefix("saga-") {
            let definition = seen_by.sagas.get(saga).map(|logic| logic.definition());
            let data = envelope(event, upcaster)["data"].take();
            lines.push(line(TraceKind::Saga, stream, saga_line(event, definition), data));
            continue;
        }
        let command = event.event.metadata.command_id;
        if command.is_some() && command != last_command {
            let id = command.unwrap_or_default().to_string();
            lines.push(line(TraceKind::Command, stream.clone(), id, Value::Null));
        }
        last_command = command;
        let mut shown = envelope(event, upcaster);
        let what = shown["type"].as_str().unwrap_or(&name).to_owned();
        lines.push(line(TraceKind::Event, stream, what, shown["data"].take()));
        let view = EventView::from(event);
        for projection in seen_by.projections.values() {
            if !projection.reads().contains(&event.event.type_.name) {
                continue;
            }
            if let Ok(key) = projection.key(&view) {
                let subject = format!("{}/{}", projection.table().name, key_text(&key));
                lines.push(line(TraceKind::Row, subject, "row".into(), Value::Null));
            }
        }
    }
    lines
}

/// A line for people: milliseconds since the first, what it tells of, and what.
pub fn trace_text(line: &TraceLine) -> String {
    let ms = line.after_us as f64 / 1_000.0;
    let kind = match line.kind {
        TraceKind::Command => "command",
        TraceKind::Event => "event",
        TraceKind::Saga => "saga",
        TraceKind::Row => "row",
    };
    let data = match (&line.kind, &line.data) {
        (TraceKind::Event, Value::Object(fields)) if !fields.is_empty() => {
            format!("  {}", line.data)
        }
        _ => String::new(),
    };
    format!("{ms:>10.1} ms  {kind:<8} {}  {}{data}", line.subject, line.what)
}
