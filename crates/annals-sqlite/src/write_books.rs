//! Writing what a judged unit says of read models, progress and the books of consumers.

use std::sync::Arc;

use annals_core::Position;
use annals_runtime::ports::{Letter, SagaRow, Unit};
use rusqlite::{Connection, Result, params};

use crate::books::status_text;
use crate::error::damaged;
use crate::tables::{Declared, remembered};
use crate::time::time_text;

/// Writes in the order of the unit's fields; `last` is the position of its last event.
pub(crate) fn write_books(
    conn: &Connection,
    last: Position,
    unit: &Unit,
    tables: &[Arc<Declared>],
) -> Result<()> {
    if let Some(consumer) = &unit.reset {
        reset(conn, consumer)?;
    }
    for (write, table) in unit.rows.iter().zip(tables) {
        table.write(conn, &write.row, write.position.unwrap_or(last))?;
    }
    if let Some(write) = &unit.checkpoint {
        let sql = "INSERT INTO annals_checkpoints (consumer, position, fingerprint) \
                   VALUES (?1, ?2, ?3) ON CONFLICT (consumer) DO UPDATE SET \
                   position = excluded.position, fingerprint = excluded.fingerprint";
        let bound = params![&*write.consumer, write.position.0, &*write.fingerprint];
        conn.prepare_cached(sql)?.execute(bound)?;
    }
    for saga in &unit.sagas {
        write_saga(conn, saga)?;
    }
    for letter in &unit.letters {
        write_letter(conn, letter)?;
    }
    for retry in &unit.retries {
        let sql = "INSERT OR REPLACE INTO annals_retries \
                   (consumer, position, attempts, due_us, reason) VALUES (?, ?, ?, ?, ?)";
        let bound = params![
            &*retry.consumer,
            retry.position.0,
            retry.attempts,
            retry.due.0,
            &*retry.reason
        ];
        conn.prepare_cached(sql)?.execute(bound)?;
    }
    delete(conn, "annals_retries", &unit.retries_done)?;
    for timer in &unit.timers {
        let sql = "INSERT OR REPLACE INTO annals_timers \
                   (consumer, position, aggregate, aggregate_id, due_us) VALUES (?, ?, ?, ?, ?)";
        let stream = &timer.stream;
        let bound = params![
            &*timer.consumer,
            timer.position.0,
            &*stream.aggregate,
            &*stream.id,
            timer.due.0
        ];
        conn.prepare_cached(sql)?.execute(bound)?;
    }
    delete(conn, "annals_timers", &unit.timers_done)?;
    for request in &unit.requests_done {
        let sql = "DELETE FROM annals_requests WHERE request = ?1";
        conn.prepare_cached(sql)?.execute([request])?;
    }
    Ok(())
}

fn reset(conn: &Connection, consumer: &str) -> Result<()> {
    if let Some(table) = remembered(conn, consumer)? {
        table.clear(conn)?;
    }
    forget(conn, consumer)
}

/// Lets the letters and the retries of a consumer go.
pub(crate) fn forget(conn: &Connection, consumer: &str) -> Result<()> {
    conn.execute("DELETE FROM annals_letters WHERE consumer = ?1", [consumer])?;
    conn.execute("DELETE FROM annals_retries WHERE consumer = ?1", [consumer])?;
    Ok(())
}

fn delete(conn: &Connection, table: &str, done: &[(Arc<str>, Position)]) -> Result<()> {
    if done.is_empty() {
        return Ok(());
    }
    let sql = format!("DELETE FROM {table} WHERE consumer = ?1 AND position = ?2");
    let mut statement = conn.prepare_cached(&sql)?;
    for (consumer, position) in done {
        statement.execute((&**consumer, position.0))?;
    }
    Ok(())
}

fn write_saga(conn: &Connection, saga: &SagaRow) -> Result<()> {
    let sql = "INSERT INTO annals_sagas (saga, key, status, failure, open, due_us, version, \
               fingerprint, started_at, changed_at, state) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (saga, key) DO UPDATE SET \
               status = excluded.status, failure = excluded.failure, open = excluded.open, \
               due_us = excluded.due_us, version = excluded.version, \
               fingerprint = excluded.fingerprint, started_at = excluded.started_at, \
               changed_at = excluded.changed_at, state = excluded.state";
    conn.prepare_cached(sql)?.execute(params![
        &*saga.saga,
        &*saga.key,
        &*saga.status,
        &*saga.failure,
        saga.open,
        saga.due.map(|due| due.0),
        saga.version.0,
        &*saga.fingerprint,
        time_text(saga.started_at.0),
        time_text(saga.changed_at.0),
        &*saga.state,
    ])?;
    Ok(())
}

/// A letter's number is that of one event and consumer for good: another's must not be overwritten.
fn write_letter(conn: &Connection, letter: &Letter) -> Result<()> {
    let sql = "INSERT INTO annals_letters (id, consumer, key, position, event_id, event_type, \
               status, attempts, reason, parked_at, changed_at, resolution) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET \
               key = excluded.key, status = excluded.status, attempts = excluded.attempts, \
               reason = excluded.reason, parked_at = excluded.parked_at, \
               changed_at = excluded.changed_at, resolution = excluded.resolution \
               WHERE consumer = excluded.consumer AND position = excluded.position";
    let written = conn.prepare_cached(sql)?.execute(params![
        letter.id,
        &*letter.consumer,
        &*letter.key,
        letter.position.0,
        letter.event_id.as_bytes(),
        &*letter.event_type,
        status_text(letter.status),
        letter.attempts,
        &*letter.reason,
        time_text(letter.parked_at.0),
        time_text(letter.changed_at.0),
        letter.resolution.as_deref(),
    ])?;
    let mine = written == 1;
    mine.then_some(()).ok_or_else(|| damaged(format!("letter {} is another event's", letter.id)))
}
