//! Writing a judged unit's events and outcome.

use std::sync::LazyLock;

use annals_core::{NewEvent, Position, StreamId, Version};
use annals_runtime::ports::{Append, Committed, OutcomeWrite, Refusal, Snapshot, Unit};
use rusqlite::{Connection, Error, Result, ToSql, ffi, params};

use crate::batch::Verdict;
use crate::error::damaged;
use crate::judge::Judged;
use crate::outcomes::outcome_of;
use crate::time::time_text;
use crate::write_books::write_books;

/// The payload's encoding: JSON in plain sight.
pub(crate) const JSON: u8 = 0;

/// Events that one statement writes, where so many are alike; otherwise one.
const TOGETHER: [usize; 2] = [50, 10];
/// Parameters that they share.
const SHARED: usize = 12;
/// Those of each.
const OWN: usize = 3;

/// Writes all of a unit, or nothing where its command has an outcome already; `head` is the last
/// position, and moves with it. The outcome comes first: a command that is told apart from a
/// repetition by the row that it writes needs no look-up before.
pub(crate) fn write<'u>(
    conn: &Connection,
    head: &mut Position,
    unit: &'u Unit,
    mut judged: Judged<'u, '_>,
) -> Result<Verdict> {
    if let Some(outcome) = &unit.outcome {
        let at = judged.stream(conn, &outcome.stream)?;
        // One that is new has no outcome, so that nothing is written of a unit that is refused.
        let number = number(conn, &mut judged, at)?;
        if !write_outcome(conn, number, outcome)? {
            let first = outcome_of(conn, number, &outcome.stream, outcome.command_id)?;
            let first = first.ok_or_else(|| damaged("an outcome that isn't there".to_owned()))?;
            return Ok(Err(Refusal::Duplicate(Box::new(first))));
        }
    }
    let mut appends = Vec::with_capacity(unit.appends.len());
    for append in &unit.appends {
        appends.push(write_append(conn, head, append, &mut judged)?);
    }
    write_books(conn, *head, unit, &judged.tables)?;
    judged.remember();
    Ok(Ok(Committed { appends }))
}

/// Keeps a snapshot, unless a newer one of the same definition is there.
pub(crate) fn write_snapshot(conn: &Connection, snapshot: &Snapshot) -> Result<()> {
    let sql = "INSERT INTO annals_snapshots (stream, version, fingerprint, state) \
               SELECT stream, ?3, ?4, ?5 FROM annals_streams \
               WHERE aggregate = ?1 AND aggregate_id = ?2 \
               ON CONFLICT (stream) DO UPDATE SET version = excluded.version, \
               fingerprint = excluded.fingerprint, state = excluded.state \
               WHERE excluded.version >= version OR excluded.fingerprint <> fingerprint";
    let Snapshot { stream, version, fingerprint, state } = snapshot;
    let bound = params![&*stream.aggregate, &*stream.id, version.0, &**fingerprint, &**state];
    conn.prepare_cached(sql)?.execute(bound).map(|_| ())
}

fn write_append<'u>(
    conn: &Connection,
    head: &mut Position,
    append: &'u Append,
    judged: &mut Judged<'u, '_>,
) -> Result<(Position, Version)> {
    let at = judged.stream(conn, &append.stream)?;
    let of = (number(conn, judged, at)?, &append.stream);
    let version = &mut judged.streams[at].version;
    let first = (Position(head.0 + 1), Version(version.0 + 1));
    let mut rest = &*append.events;
    while !rest.is_empty() {
        let fits = |rows: &usize| rest.get(..*rows).is_some_and(are_alike);
        let (events, behind) = rest.split_at(TOGETHER.into_iter().find(fits).unwrap_or(1));
        write_events(conn, of, version.0 + 1, events)?;
        rest = behind;
        head.0 += events.len() as u64;
        version.0 += events.len() as u64;
        if conn.last_insert_rowid() != i64::try_from(head.0).unwrap_or(i64::MAX) {
            let why = format!("the log doesn't end at position {}", head.0);
            let code = ffi::Error::new(ffi::SQLITE_CORRUPT);
            return Err(Error::SqliteFailure(code, Some(why)));
        }
    }
    for (event, position) in append.events.iter().zip(first.0.0..) {
        write_tags(conn, Position(position), event)?;
    }
    Ok(first)
}

/// Whether they differ in nothing but their ids, types and data, as the events of a command do.
fn are_alike(events: &[NewEvent]) -> bool {
    let about = |event: &NewEvent, other: &NewEvent| {
        event.time == other.time && event.metadata == other.metadata && event.tags == other.tags
    };
    events.windows(2).all(|two| about(&two[0], &two[1]))
}

/// Writes one event, or so many of [`TOGETHER`] that are alike, from that version on: by one
/// statement, which has what they share bound once, and finds their places in the indexes beside
/// one another.
fn write_events(
    conn: &Connection,
    (number, stream): (i64, &StreamId),
    version: u64,
    events: &[NewEvent],
) -> Result<()> {
    static SQL: [LazyLock<String>; 3] = [
        LazyLock::new(|| insert(TOGETHER[0])),
        LazyLock::new(|| insert(TOGETHER[1])),
        LazyLock::new(|| insert(1)),
    ];
    let [first, ..] = events else { return Ok(()) };
    let at = TOGETHER.iter().position(|rows| *rows == events.len()).unwrap_or(TOGETHER.len());
    let mut statement = conn.prepare_cached(&SQL[at])?;
    let (about, tags) = (&first.metadata, &*first.tags);
    let tags = (!tags.is_empty()).then(|| serde_json::json!(tags).to_string());
    let shared: [&dyn ToSql; SHARED] = [
        &version,
        &number,
        &&*stream.aggregate,
        &&*stream.id,
        &time_text(first.time.0),
        &JSON,
        &about.correlation_id.as_bytes(),
        &about.causation_id.as_ref().map(|id| id.as_bytes()),
        &about.command_id.as_ref().map(|id| id.as_bytes()),
        &about.actor.as_deref(),
        &about.traceparent.as_deref(),
        &tags,
    ];
    for (value, parameter) in shared.into_iter().zip(1..) {
        statement.raw_bind_parameter(parameter, value)?;
    }
    let mut type_ = (&first.type_, first.type_.to_string());
    for (event, parameter) in events.iter().zip((SHARED + 1..).step_by(OWN)) {
        if *type_.0 != event.type_ {
            type_ = (&event.type_, event.type_.to_string());
        }
        statement.raw_bind_parameter(parameter, event.id.as_bytes())?;
        statement.raw_bind_parameter(parameter + 1, &type_.1)?;
        statement.raw_bind_parameter(parameter + 2, &*event.data)?;
    }
    statement.raw_execute().map(drop)
}

/// The statement for so many rows. `OR FAIL`: where one fails, those before it stay, so that no
/// journal is kept for the statement; the transaction is rolled back.
fn insert(rows: usize) -> String {
    let row = |at| {
        let [id, type_, data] = [1, 2, 3].map(|own| SHARED + OWN * at + own);
        format!(
            "(?1 + {at}, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?{id}, ?{type_}, ?{data})"
        )
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT OR FAIL INTO event_store (version, stream, aggregate, aggregate_id, \
         time, encoding, correlation_id, causation_id, command_id, actor, traceparent, tags, id, \
         event_type, data) VALUES {}",
        rows.join(", ")
    )
}

fn write_tags(conn: &Connection, position: Position, event: &NewEvent) -> Result<()> {
    for tag in &*event.tags {
        let sql = "INSERT INTO annals_tags (tag, position) VALUES (?1, ?2)";
        conn.prepare_cached(sql)?.execute((&**tag, position.0))?;
    }
    Ok(())
}

/// Whether there was none.
fn write_outcome(conn: &Connection, number: i64, outcome: &OutcomeWrite) -> Result<bool> {
    let sql = "INSERT INTO annals_outcomes \
               (stream, command_id, request_hash, outcome, command, correlation_id, time) \
               VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, command_id) DO NOTHING";
    let OutcomeWrite { command_id, command, correlation_id, time, request_hash, outcome, .. } =
        outcome;
    let bound = params![
        number,
        command_id.as_bytes(),
        request_hash,
        &**outcome,
        &**command,
        correlation_id.as_bytes(),
        time_text(time.0),
    ];
    conn.prepare_cached(sql)?.execute(bound).map(|written| written > 0)
}

/// The stream's number; a stream that isn't known gets the next.
fn number(conn: &Connection, judged: &mut Judged<'_, '_>, at: usize) -> Result<i64> {
    let stream = &mut judged.streams[at];
    if let Some(number) = stream.number {
        return Ok(number);
    }
    let sql = "INSERT INTO annals_streams (aggregate, aggregate_id) VALUES (?1, ?2)";
    let number = conn.prepare_cached(sql)?.insert((&*stream.id.aggregate, &*stream.id.id))?;
    stream.number = Some(number);
    Ok(number)
}
