//! Writing a judged unit's events and outcome.

use annals_core::{NewEvent, Position, StreamId, Version};
use annals_runtime::ports::{Append, Committed, OutcomeWrite, Refusal, Snapshot, Unit};
use rusqlite::{Connection, Result, Statement, params};

use crate::batch::Verdict;
use crate::error::damaged;
use crate::judge::Judged;
use crate::outcomes::outcome_of;
use crate::time::time_text;
use crate::write_books::write_books;

/// The payload's encoding: JSON in plain sight.
pub(crate) const JSON: u8 = 0;

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
    let number = number(conn, judged, at)?;
    let first = (Position(head.0 + 1), Version(judged.streams[at].version.0 + 1));
    let sql = "INSERT INTO event_store (position, id, stream, aggregate, aggregate_id, version, \
               event_type, time, encoding, data, correlation_id, causation_id, command_id, actor, \
               traceparent, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let mut statement = conn.prepare_cached(sql)?;
    for event in &append.events {
        head.0 += 1;
        judged.streams[at].version.0 += 1;
        let version = judged.streams[at].version;
        write_event(&mut statement, *head, (number, &append.stream), version, event)?;
        write_tags(conn, *head, event)?;
    }
    Ok(first)
}

fn write_event(
    statement: &mut Statement<'_>,
    position: Position,
    (number, stream): (i64, &StreamId),
    version: Version,
    event: &NewEvent,
) -> Result<()> {
    let about = &event.metadata;
    let tags: Vec<&str> = event.tags.iter().map(|tag| &**tag).collect();
    statement.execute(params![
        position.0,
        event.id.as_bytes(),
        number,
        &*stream.aggregate,
        &*stream.id,
        version.0,
        event.type_.to_string(),
        time_text(event.time.0),
        JSON,
        &*event.data,
        about.correlation_id.as_bytes(),
        about.causation_id.as_ref().map(|id| id.as_bytes()),
        about.command_id.as_ref().map(|id| id.as_bytes()),
        about.actor.as_deref(),
        about.traceparent.as_deref(),
        (!tags.is_empty()).then(|| serde_json::Value::from(tags.as_slice()).to_string()),
    ])?;
    Ok(())
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
