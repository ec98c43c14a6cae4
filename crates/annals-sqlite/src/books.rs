//! Reading progress and the books of consumers.

use annals_core::{Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{
    Checkpoint, Letter, LetterQuery, LetterStatus, Request, Retry, SagaQuery, SagaRow, Timer,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, Row, params_from_iter};

use crate::error::damaged;
use crate::events::{bounded, id, text};
use crate::time::{parse_time, time_text};

pub(crate) fn checkpoint(conn: &Connection, consumer: &str) -> Result<Option<Checkpoint>> {
    let sql = "SELECT position, fingerprint FROM annals_checkpoints WHERE consumer = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row([consumer], |row| {
        Ok(Checkpoint { position: Position(row.get(0)?), fingerprint: text(row, 1)? })
    });
    found.optional()
}

pub(crate) fn retries(conn: &Connection, consumer: &str) -> Result<Vec<Retry>> {
    let sql = "SELECT consumer, position, attempts, due_us, reason FROM annals_retries \
               WHERE consumer = ?1 ORDER BY position";
    let read = |row: &Row<'_>| {
        Ok(Retry {
            consumer: text(row, 0)?,
            position: Position(row.get(1)?),
            attempts: row.get(2)?,
            due: Timestamp(row.get(3)?),
            reason: text(row, 4)?,
        })
    };
    conn.prepare_cached(sql)?.query_map([consumer], read)?.collect()
}

pub(crate) fn timers(conn: &Connection, consumer: &str) -> Result<Vec<Timer>> {
    let sql = "SELECT consumer, position, aggregate, aggregate_id, due_us FROM annals_timers \
               WHERE consumer = ?1 ORDER BY due_us, position";
    let read = |row: &Row<'_>| {
        Ok(Timer {
            consumer: text(row, 0)?,
            position: Position(row.get(1)?),
            stream: StreamId { aggregate: text(row, 2)?, id: text(row, 3)? },
            due: Timestamp(row.get(4)?),
        })
    };
    conn.prepare_cached(sql)?.query_map([consumer], read)?.collect()
}

pub(crate) fn letters(conn: &Connection, query: &LetterQuery) -> Result<Vec<Letter>> {
    let mut sql = "SELECT id, consumer, key, position, event_id, event_type, status, attempts, \
                   reason, parked_at, changed_at, resolution FROM annals_letters WHERE id > ?"
        .to_owned();
    let mut bound = vec![Value::Integer(bounded(query.after))];
    for (column, wanted) in [("consumer", &query.consumer), ("key", &query.key)] {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND {column} = ?"));
            bound.push(Value::Text(wanted.to_string()));
        }
    }
    if let Some(id) = query.id {
        sql.push_str(" AND id = ?");
        bound.push(Value::Integer(bounded(id)));
    }
    if !query.statuses.is_empty() {
        sql.push_str(&format!(" AND status IN ({})", vec!["?"; query.statuses.len()].join(", ")));
        bound.extend(query.statuses.iter().map(|s| Value::Text(status_text(*s).to_owned())));
    }
    sql.push_str(" ORDER BY id LIMIT ?");
    bound.push(limit(query.limit));
    conn.prepare_cached(&sql)?.query_map(params_from_iter(bound), letter)?.collect()
}

pub(crate) fn sagas(conn: &Connection, query: &SagaQuery) -> Result<Vec<SagaRow>> {
    let mut sql = "SELECT saga, key, status, failure, open, due_us, version, fingerprint, \
                   started_at, changed_at, state FROM annals_sagas WHERE saga = ?"
        .to_owned();
    let mut bound = vec![Value::Text(query.saga.to_string())];
    let filters =
        [("key = ?", &query.key), ("key > ?", &query.after), ("status = ?", &query.status)];
    for (filter, wanted) in filters {
        if let Some(wanted) = wanted {
            sql.push_str(" AND ");
            sql.push_str(filter);
            bound.push(Value::Text(wanted.to_string()));
        }
    }
    if query.open {
        sql.push_str(" AND open = 1");
    }
    sql.push_str(" ORDER BY key LIMIT ?");
    bound.push(limit(query.limit));
    conn.prepare_cached(&sql)?.query_map(params_from_iter(bound), saga)?.collect()
}

pub(crate) fn requests(conn: &Connection) -> Result<Vec<(u64, Request)>> {
    let sql = "SELECT request, kind, letter, reason, at_us FROM annals_requests \
               WHERE kind IN ('redrive', 'discard') ORDER BY request";
    let read = |row: &Row<'_>| {
        let request = match row.get_ref(1)?.as_str()? {
            "redrive" => Request::Redrive(row.get(2)?),
            "discard" => Request::Discard {
                letter: row.get(2)?,
                reason: text(row, 3)?,
                at: Timestamp(row.get(4)?),
            },
            other => return Err(damaged(format!("a request of kind '{other}' is not known"))),
        };
        Ok((row.get(0)?, request))
    };
    conn.prepare_cached(sql)?.query_map([], read)?.collect()
}

pub(crate) fn unknown_requests(conn: &Connection) -> Result<Vec<(u64, String)>> {
    let sql = "SELECT request, kind FROM annals_requests \
               WHERE kind NOT IN ('redrive', 'discard') ORDER BY request";
    conn.prepare_cached(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(crate) fn write_request(conn: &Connection, request: &Request) -> Result<u64> {
    let (kind, letter, reason, at) = match request {
        Request::Redrive(letter) => ("redrive", *letter, None, None),
        Request::Discard { letter, reason, at } => {
            ("discard", *letter, Some(&**reason), Some(at.0))
        }
    };
    let sql = "INSERT INTO annals_requests (kind, letter, reason, at_us) VALUES (?, ?, ?, ?)";
    let number = conn.prepare_cached(sql)?.insert((kind, letter, reason, at))?;
    u64::try_from(number).map_err(|error| damaged(error.to_string()))
}

pub(crate) fn purge_letters(conn: &Connection, changed_before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM annals_letters \
               WHERE status IN ('redriven', 'discarded') AND changed_at < ?1 \
               AND position <= (SELECT position FROM annals_checkpoints AS at \
                                WHERE at.consumer = annals_letters.consumer)";
    Ok(conn.execute(sql, [time_text(changed_before.0)])? as u64)
}

pub(crate) fn facts(conn: &Connection) -> Result<Vec<(String, String)>> {
    let sql = "SELECT name, value FROM annals_facts ORDER BY name";
    conn.prepare_cached(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A status as it is stored.
pub(crate) fn status_text(status: LetterStatus) -> &'static str {
    match status {
        LetterStatus::Failed => "failed",
        LetterStatus::Blocked => "blocked",
        LetterStatus::Redriven => "redriven",
        LetterStatus::Discarded => "discarded",
    }
}

fn letter(row: &Row<'_>) -> Result<Letter> {
    let status = match row.get_ref(6)?.as_str()? {
        "failed" => LetterStatus::Failed,
        "blocked" => LetterStatus::Blocked,
        "redriven" => LetterStatus::Redriven,
        "discarded" => LetterStatus::Discarded,
        other => return Err(damaged(format!("a letter's status '{other}' is not known"))),
    };
    Ok(Letter {
        id: row.get(0)?,
        consumer: text(row, 1)?,
        key: text(row, 2)?,
        position: Position(row.get(3)?),
        event_id: id(row, 4)?.ok_or_else(|| damaged("a letter has no event id"))?,
        event_type: text(row, 5)?,
        status,
        attempts: row.get(7)?,
        reason: text(row, 8)?,
        resolution: row.get::<_, Option<String>>(11)?.map(Into::into),
        parked_at: parse_time(row.get_ref(9)?.as_str()?)?,
        changed_at: parse_time(row.get_ref(10)?.as_str()?)?,
    })
}

fn saga(row: &Row<'_>) -> Result<SagaRow> {
    Ok(SagaRow {
        saga: text(row, 0)?,
        key: text(row, 1)?,
        status: text(row, 2)?,
        failure: text(row, 3)?,
        open: row.get(4)?,
        due: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        version: Version(row.get(6)?),
        fingerprint: text(row, 7)?,
        started_at: parse_time(row.get_ref(8)?.as_str()?)?,
        changed_at: parse_time(row.get_ref(9)?.as_str()?)?,
        state: row.get_ref(10)?.as_blob()?.into(),
    })
}

/// 0 asks for all.
fn limit(limit: usize) -> Value {
    Value::Integer(if limit == 0 { -1 } else { bounded(limit as u64) })
}
