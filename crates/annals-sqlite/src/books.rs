//! Reading progress and the books of consumers.

use annals_core::{Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{
    Checkpoint, Letter, LetterQuery, LetterStatus, Request, Retry, SagaQuery, SagaRow, StoreError,
    Timer,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::error::damaged;
use crate::events::{bounded, id, text};
use crate::readers::{ROWS, Readers};
use crate::time::{parse_time, time_text};

pub(crate) fn checkpoint(conn: &Connection, consumer: &str) -> Result<Option<Checkpoint>> {
    let sql = "SELECT position, fingerprint FROM annals_checkpoints WHERE consumer = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row([consumer], |row| {
        Ok(Checkpoint { position: Position(row.get(0)?), fingerprint: text(row, 1)? })
    });
    found.optional()
}

/// What one of the following gives.
type Found<T> = std::result::Result<Vec<T>, StoreError>;

pub(crate) async fn retries(readers: &Readers, consumer: String) -> Found<Retry> {
    let sql = "SELECT consumer, position, attempts, due_us, reason, position, true \
               FROM annals_retries WHERE consumer = ?2 AND position {beyond} ?1 ORDER BY position";
    let read = |row: &Row<'_>| {
        Ok(Retry {
            consumer: text(row, 0)?,
            position: Position(row.get(1)?),
            attempts: row.get(2)?,
            due: Timestamp(row.get(3)?),
            reason: text(row, 4)?,
        })
    };
    readers.rows((">=", Value::Integer(0)), (sql, &[Value::Text(consumer)]), 0, read).await
}

pub(crate) async fn timers(readers: &Readers, consumer: String) -> Found<Timer> {
    let sql = "SELECT consumer, position, aggregate, aggregate_id, due_us, position, true \
               FROM annals_timers WHERE consumer = ?2 AND position {beyond} ?1 ORDER BY position";
    let read = |row: &Row<'_>| {
        Ok(Timer {
            consumer: text(row, 0)?,
            position: Position(row.get(1)?),
            stream: StreamId { aggregate: text(row, 2)?, id: text(row, 3)? },
            due: Timestamp(row.get(4)?),
        })
    };
    let bound = [Value::Text(consumer)];
    let mut timers = readers.rows((">=", Value::Integer(0)), (sql, &bound), 0, read).await?;
    timers.sort_by_key(|timer| (timer.due, timer.position));
    Ok(timers)
}

pub(crate) async fn letters(readers: &Readers, query: LetterQuery) -> Found<Letter> {
    let (mut bound, mut filters) = (Vec::new(), Vec::new());
    let mut bind = |value: Value| {
        bound.push(value);
        format!("?{}", bound.len() + 1)
    };
    // All of a consumer have an index of their own.
    let of_consumer = query.consumer.is_some() && query.limit == 0 && query.id.is_none();
    let mut of = String::new();
    if let Some(consumer) = &query.consumer {
        let filter = format!("consumer = {}", bind(Value::Text(consumer.to_string())));
        if of_consumer {
            of = format!(" AND {filter}");
            filters.push(format!("id > {}", bind(Value::Integer(bounded(query.after)))));
        } else {
            filters.push(filter);
        }
    }
    if let Some(key) = &query.key {
        filters.push(format!("key = {}", bind(Value::Text(key.to_string()))));
    }
    if !query.statuses.is_empty() {
        let statuses =
            query.statuses.iter().map(|it| bind(Value::Text(status_text(*it).to_owned())));
        filters.push(format!("status IN ({})", statuses.collect::<Vec<_>>().join(", ")));
    }
    if let Some(id) = query.id {
        of = format!(" AND id = {}", bind(Value::Integer(bounded(id))));
    }
    let by = if of_consumer { "position" } else { "id" };
    let sql = format!(
        "SELECT id, consumer, key, position, event_id, event_type, status, attempts, reason, \
         parked_at, changed_at, resolution, {by}, {} FROM annals_letters \
         WHERE {by} {{beyond}} ?1{of} ORDER BY {by}",
        all_of(&filters)
    );
    let from = if of_consumer { (">=", 0) } else { (">", bounded(query.after)) };
    let from = (from.0, Value::Integer(from.1));
    let mut letters = readers.rows(from, (&sql, &bound), query.limit, letter).await?;
    letters.sort_by_key(|letter| letter.id);
    Ok(letters)
}

pub(crate) async fn sagas(readers: &Readers, query: SagaQuery) -> Found<SagaRow> {
    let mut bound = vec![Value::Text(query.saga.to_string())];
    let mut bind = |value: &str| {
        bound.push(Value::Text(value.to_owned()));
        format!("?{}", bound.len() + 1)
    };
    let one = query.key.as_deref().map(|key| format!(" AND key = {}", bind(key)));
    let status = query.status.as_deref().map(|status| format!("status = {}", bind(status)));
    // By the index of those that are open.
    let open = if query.open { " AND open = 1" } else { "" };
    let wanted = all_of(status.as_slice());
    let sql = format!(
        "SELECT saga, key, status, failure, open, due_us, version, fingerprint, started_at, \
         changed_at, CASE WHEN {wanted} THEN state END, key, {wanted} FROM annals_sagas \
         WHERE saga = ?2 AND key {{beyond}} ?1{}{open} ORDER BY key",
        one.unwrap_or_default()
    );
    let from = match query.after.as_deref() {
        Some(after) => (">", after),
        None => (">=", ""),
    };
    let from = (from.0, Value::Text(from.1.to_owned()));
    readers.rows(from, (&sql, &bound), query.limit, saga).await
}

/// Whether a row is wanted, as SQL.
fn all_of(filters: &[String]) -> String {
    if filters.is_empty() { "true".to_owned() } else { filters.join(" AND ") }
}

/// The kinds of requests that this version knows.
const KINDS: &str = "kind IN ('redrive', 'discard')";

pub(crate) async fn requests(readers: &Readers) -> Found<(u64, Request)> {
    let sql = format!(
        "SELECT request, kind, letter, reason, at_us, request, {KINDS} FROM annals_requests \
         WHERE request {{beyond}} ?1 ORDER BY request"
    );
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
    readers.rows((">=", Value::Integer(0)), (&sql, &[]), 0, read).await
}

pub(crate) async fn unknown_requests(readers: &Readers) -> Found<(u64, String)> {
    let sql = format!(
        "SELECT request, kind, request, NOT {KINDS} FROM annals_requests \
         WHERE request {{beyond}} ?1 ORDER BY request"
    );
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    readers.rows((">=", Value::Integer(0)), (&sql, &[]), 0, read).await
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

/// A turn behind this id: how many are gone, and behind which id the next turn goes on.
pub(crate) fn purge_letters(
    conn: &Connection,
    changed_before: Timestamp,
    after: i64,
) -> Result<(u64, Option<i64>)> {
    let sql = "SELECT id FROM annals_letters WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2";
    let bound = (after, ROWS as i64 - 1);
    let last: Option<i64> =
        conn.prepare_cached(sql)?.query_row(bound, |row| row.get(0)).optional()?;
    let sql = "DELETE FROM annals_letters \
               WHERE id > ?1 AND id <= ?2 \
               AND status IN ('redriven', 'discarded') AND changed_at < ?3 \
               AND position <= (SELECT position FROM annals_checkpoints AS at \
                                WHERE at.consumer = annals_letters.consumer)";
    let bound = (after, last.unwrap_or(i64::MAX), time_text(changed_before.0));
    Ok((conn.execute(sql, bound)? as u64, last))
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
