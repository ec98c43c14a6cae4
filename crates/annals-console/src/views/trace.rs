//! The trace of one correlation: what one outside request set off, in the order of the log.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use annals_core::{
    EventView, Position, Projection, RecordedEvent, SagaLogic, StreamId, Timestamp, Upcaster,
};
use annals_runtime::ports::OutcomeWrite;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{envelope, key_text, saga_line};

/// What a line of a trace tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A command was decided; its events follow, if it was accepted.
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
    /// The event's place in the log; null for a command that left none.
    pub position: Option<u64>,
    /// Whose: the stream, or `projection/key`.
    pub subject: String,
    /// What: the command's name, the event's type, the saga's step, or the event that a row read.
    pub what: String,
    /// The event's data; a command's id and what it came to; null for rows.
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

/// The lines of a trace: its events, in position order, and what its commands came to, by time.
pub fn trace(
    events: &[RecordedEvent],
    outcomes: &[OutcomeWrite],
    seen_by: &SeenBy<'_>,
) -> Vec<TraceLine> {
    let mut telling = Telling::new(events, outcomes, *seen_by);
    let mut lines: Vec<_> = events.iter().flat_map(|event| telling.event(event)).collect();
    lines.extend(telling.rest());
    lines
}

/// A trace that is being told, event by event.
pub(crate) struct Telling<'t> {
    start: Timestamp,
    seen_by: SeenBy<'t>,
    /// The commands that left events. One id may have been used for commands to several aggregates.
    accepted: HashMap<(StreamId, Uuid), &'t OutcomeWrite>,
    /// What was ignored or rejected, by time: it left no event, and goes where its time puts it.
    silent: VecDeque<&'t OutcomeWrite>,
    lines: Vec<TraceLine>,
}

impl<'t> Telling<'t> {
    /// Begins a trace by its first events and by all of its commands.
    pub(crate) fn new(
        events: &[RecordedEvent],
        outcomes: &'t [OutcomeWrite],
        seen_by: SeenBy<'t>,
    ) -> Self {
        let starts = events.iter().map(|event| event.event.time);
        let start = starts.chain(outcomes.iter().map(|outcome| outcome.time)).min();
        let left_events = |it: &&OutcomeWrite| came_to(it)["outcome"] == "accepted";
        let (accepted, mut silent): (Vec<_>, Vec<_>) = outcomes.iter().partition(left_events);
        silent.sort_by_key(|outcome| outcome.time);
        Self {
            start: start.unwrap_or_default(),
            seen_by,
            accepted: accepted.iter().map(|it| ((it.stream.clone(), it.command_id), *it)).collect(),
            silent: silent.into(),
            lines: Vec::new(),
        }
    }

    /// The lines of the next event: what was answered before it, its command, it, and the rows that
    /// it changes.
    pub(crate) fn event(&mut self, event: &RecordedEvent) -> Vec<TraceLine> {
        while let Some(outcome) = self.silent.front().filter(|it| it.time < event.event.time) {
            self.command(outcome, None);
            self.silent.pop_front();
        }
        if let Some(saga) = event.stream.aggregate.strip_prefix("saga-") {
            self.saga(event, saga);
            return std::mem::take(&mut self.lines);
        }
        if let Some(id) = event.event.metadata.command_id
            && let Some(outcome) = self.accepted.remove(&(event.stream.clone(), id))
        {
            self.command(outcome, Some(event.position));
        }
        self.fact(event);
        std::mem::take(&mut self.lines)
    }

    /// The lines behind the last event.
    pub(crate) fn rest(&mut self) -> Vec<TraceLine> {
        for outcome in std::mem::take(&mut self.silent) {
            self.command(outcome, None);
        }
        std::mem::take(&mut self.lines)
    }

    fn line(
        &mut self,
        kind: TraceKind,
        time: Timestamp,
        position: Option<Position>,
    ) -> &mut TraceLine {
        let at = self.lines.len();
        self.lines.push(TraceLine {
            kind,
            time: time.to_string(),
            after_us: time.0 - self.start.0,
            position: position.map(|position| position.0),
            subject: String::new(),
            what: String::new(),
            data: Value::Null,
        });
        &mut self.lines[at]
    }

    fn command(&mut self, outcome: &OutcomeWrite, position: Option<Position>) {
        let mut data = json!({ "command_id": outcome.command_id });
        let came_to = came_to(outcome);
        for field in ["outcome", "rejection"] {
            if let Some(value) = came_to.get(field) {
                data[field] = value.clone();
            }
        }
        let line = self.line(TraceKind::Command, outcome.time, position);
        line.subject = outcome.stream.to_string();
        line.what = outcome.command.to_string();
        line.data = data;
    }

    fn saga(&mut self, event: &RecordedEvent, saga: &str) {
        let definition = self.seen_by.sagas.get(saga).map(|logic| logic.definition());
        let what = saga_line(event, definition);
        let data = envelope(event, self.seen_by.upcaster)["data"].take();
        let line = self.line(TraceKind::Saga, event.event.time, Some(event.position));
        line.subject = event.stream.to_string();
        line.what = what;
        line.data = data;
    }

    /// An event, and the rows that it changes.
    fn fact(&mut self, event: &RecordedEvent) {
        let mut shown = envelope(event, self.seen_by.upcaster);
        let what = shown["type"].as_str().map(str::to_owned);
        let line = self.line(TraceKind::Event, event.event.time, Some(event.position));
        line.subject = event.stream.to_string();
        line.what = what.unwrap_or_else(|| event.event.type_.to_string());
        line.data = shown["data"].take();
        let name = &event.event.type_.name;
        let view = EventView::from(event);
        for projection in self.seen_by.projections.values().filter(|p| p.reads().contains(name)) {
            if let Ok(key) = projection.key(&view) {
                let subject = format!("{}/{}", projection.table().name, key_text(&key));
                let line = self.line(TraceKind::Row, event.event.time, Some(event.position));
                line.subject = subject;
                line.what = format!("reads {name}");
            }
        }
    }
}

/// What a command came to, as it was recorded.
fn came_to(outcome: &OutcomeWrite) -> Value {
    serde_json::from_slice(&outcome.outcome).unwrap_or_default()
}

/// A line for people: milliseconds since the first, what it tells of, whose, and what. Ids are
/// shortened to their first digits.
pub fn trace_text(line: &TraceLine) -> String {
    let ms = line.after_us as f64 / 1_000.0;
    let kind = match line.kind {
        TraceKind::Command => "command",
        TraceKind::Event => "event",
        TraceKind::Saga => "saga",
        TraceKind::Row => "row",
    };
    let more = match (&line.kind, &line.data) {
        (TraceKind::Event, Value::Object(fields)) if !fields.is_empty() => {
            format!("  {}", line.data)
        }
        (TraceKind::Command, data) => match (&data["outcome"], &data["rejection"]["name"]) {
            (_, Value::String(rejection)) => format!("  rejected: {rejection}"),
            (Value::String(outcome), _) if outcome != "accepted" => format!("  {outcome}"),
            _ => String::new(),
        },
        _ => String::new(),
    };
    shortened(&format!("{ms:>10.1} ms  {kind:<8} {}  {}{more}", line.subject, line.what))
}

/// UUIDs of a text cut to their first eight digits.
fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let id = rest.get(..36).filter(|id| Uuid::try_parse(id).is_ok());
        if let Some(id) = id {
            short += &id[..8];
            short.push('…');
            rest = &rest[36..];
        } else {
            short.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shortened_and_nothing_else() {
        let id = "789a3294-ae18-5924-ab7f-da13be4b7418";
        assert_eq!(shortened(&format!("Order/{id}  {id} é")), "Order/789a3294…  789a3294… é");
        assert_eq!(shortened("StockItem/sku-7  →"), "StockItem/sku-7  →");
    }
}
