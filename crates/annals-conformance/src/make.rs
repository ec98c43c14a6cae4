//! Units in few words.

use std::sync::Arc;

use annals_core::{
    Cell, Column, ColumnType, EventType, Metadata, NewEvent, Position, Row, StreamId, Table,
    Timestamp, Version,
};
use annals_runtime::SeededEntropy;
use annals_runtime::ports::{
    Append, CheckpointWrite, Condition, Criterion, Entropy, Expected, Letter, LetterStatus,
    OutcomeWrite, Retry, RowWrite, SagaRow, Timer, Unit,
};
use uuid::Uuid;

/// 2026-03-01T00:00:00Z, when everything here happens.
pub(crate) const THEN_US: i64 = 1_772_323_200_000_000;

/// An order's stream.
pub fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id)
}

/// An event of a type such as `OrderPlaced.v1`; `number` makes it the only one.
///
/// # Panics
/// Where `type_` is no event type.
pub fn event(type_: &str, number: u64) -> NewEvent {
    let step = i64::try_from(number).expect("numbers of tests are small");
    NewEvent {
        id: Uuid::from_u64_pair(number, 1),
        type_: EventType::parse(type_).expect("an event type"),
        time: Timestamp(THEN_US + step),
        data: format!("{{\"number\":{number},\"text\":\"ü\\u0000\"}}").into_bytes().into(),
        metadata: Metadata {
            correlation_id: Uuid::from_u64_pair(number % 3, 2),
            causation_id: number.is_multiple_of(2).then(|| Uuid::from_u64_pair(number, 3)),
            command_id: Some(Uuid::from_u64_pair(number, 4)),
            actor: (number % 2 == 1).then(|| "ann".into()),
            traceparent: None,
        },
        tags: Arc::default(),
    }
}

/// A text that can't be made shorter: an index may hold others in less than their length.
pub(crate) fn incompressible(bytes: usize) -> String {
    let entropy = SeededEntropy::new(1);
    let mut text = String::new();
    while text.len() < bytes {
        text += &format!("{:016x}", entropy.next_u64());
    }
    text.truncate(bytes);
    text
}

/// A projection's table: a text key, a number and an optional time.
pub fn table(name: &str) -> Table {
    let column = |name: &str, type_, optional| Column { name: name.into(), type_, optional };
    Table {
        name: name.into(),
        columns: vec![
            column("id", ColumnType::Text, false),
            column("count", ColumnType::Int, false),
            column("placed_at", ColumnType::Time, true),
        ],
        key: 0,
    }
}

pub(crate) fn row(key: &str, count: i64) -> Row {
    let time = if count % 2 == 0 { Cell::Null } else { Cell::Time(THEN_US + count) };
    vec![Cell::Text(key.into()), Cell::Int(count), time]
}

/// A row of that table, whatever it was before.
pub fn row_write(key: &str, count: i64) -> RowWrite {
    checked_row(key, count, None, None)
}

pub(crate) fn checked_row(key: &str, count: i64, read: Option<u64>, at: Option<u64>) -> RowWrite {
    RowWrite {
        projection: "summary".into(),
        key: Cell::Text(key.into()),
        row: row(key, count),
        read: read.map(Position),
        position: at.map(Position),
    }
}

pub(crate) fn append(id: &str, expected: Expected, numbers: &[u64]) -> Append {
    let events = numbers.iter().map(|number| event("OrderPlaced.v1", *number)).collect();
    Append { stream: stream(id), expected, events }
}

pub(crate) fn appends(id: &str, expected: Expected, numbers: &[u64]) -> Unit {
    Unit { appends: vec![append(id, expected, numbers)], ..Unit::default() }
}

/// One event with tags, for whatever version.
pub(crate) fn tagged(id: &str, number: u64, tags: &[&str]) -> Unit {
    let mut unit = appends(id, Expected::Any, &[number]);
    unit.appends[0].events[0].tags = tags.iter().map(|tag| (*tag).into()).collect();
    unit
}

/// One of the names, and all of the tags.
pub(crate) fn criterion(names: &[&str], tags: &[&str]) -> Criterion {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).into()).collect();
    Criterion { names: texts(names), tags: texts(tags) }
}

/// The unit, unless something that matches came after a position.
pub(crate) fn unless(unit: Unit, after: u64, none_of: &[Criterion]) -> Unit {
    let condition = Condition { none_of: none_of.to_vec(), after: Position(after) };
    Unit { condition: Some(condition), ..unit }
}

pub(crate) fn exactly(version: u64) -> Expected {
    Expected::Exactly(Version(version))
}

pub(crate) fn outcome(id: &str, command: u64) -> OutcomeWrite {
    OutcomeWrite {
        stream: stream(id),
        command_id: Uuid::from_u64_pair(command, 4),
        command: "PlaceOrder".into(),
        correlation_id: Uuid::from_u64_pair(command, 5),
        time: Timestamp(i64::try_from(command).unwrap_or(0)),
        request_hash: [u8::try_from(command % 251).unwrap_or(0); 32],
        outcome: format!("{{\"outcome\":\"ignored\",\"version\":{command}}}").into_bytes().into(),
    }
}

pub(crate) fn checkpoint(consumer: &str, expected: u64, position: u64) -> CheckpointWrite {
    CheckpointWrite {
        consumer: consumer.into(),
        expected: Position(expected),
        position: Position(position),
        fingerprint: "f1".into(),
    }
}

pub(crate) fn letter(id: u64, consumer: &str, key: &str, status: LetterStatus) -> Letter {
    let time = Timestamp(THEN_US + i64::try_from(id).unwrap_or(0));
    Letter {
        id,
        consumer: consumer.into(),
        key: key.into(),
        position: Position(id),
        event_id: Uuid::from_u64_pair(id, 1),
        event_type: "OrderPlaced.v1".into(),
        status,
        attempts: 4,
        reason: "no answer".into(),
        resolution: None,
        parked_at: Timestamp(THEN_US),
        changed_at: time,
    }
}

pub(crate) fn retry(consumer: &str, position: u64, attempts: u32) -> Retry {
    Retry {
        consumer: consumer.into(),
        position: Position(position),
        attempts,
        due: Timestamp(THEN_US + i64::from(attempts)),
        reason: "no answer".into(),
    }
}

pub(crate) fn timer(consumer: &str, position: u64, due_us: i64) -> Timer {
    let due = Timestamp(THEN_US + due_us);
    Timer { consumer: consumer.into(), position: Position(position), stream: stream("a"), due }
}

pub(crate) fn saga(key: &str, status: &str, open: bool) -> SagaRow {
    SagaRow {
        saga: "Fulfilment".into(),
        key: key.into(),
        status: status.into(),
        failure: Arc::from(""),
        open,
        due: open.then_some(Timestamp(THEN_US + 7)),
        version: Version(2),
        fingerprint: "f1".into(),
        started_at: Timestamp(THEN_US),
        changed_at: Timestamp(THEN_US + 1),
        state: b"{\"step\":1}".as_slice().into(),
    }
}
