//! Progress and the books of consumers: laid out for a commit, and read.

use annals_core::{Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{
    Checkpoint, CheckpointWrite, Letter, LetterQuery, LetterStatus, Request, Retry, SagaQuery,
    SagaRow, StoreError, Timer, Unit,
};
use serde_json::{Value, json};
use tokio_postgres::Row;

use crate::error::damaged;
use crate::events::{bounded, bytes, get, is_unkept, number, optional_text, position, text};
use crate::lists::{Books, Bound};
use crate::readers::{PAGE, Readers};
use crate::time::Time;
use crate::turns::{self, page};

pub(crate) fn lay_checkpoint<'u>(
    books: &mut Books<'u>,
    write: &'u CheckpointWrite,
    unit: i32,
    who: i32,
) {
    books.k_unit.push(unit);
    books.k_who.push(who);
    books.k_consumer.push(&write.consumer);
    books.k_expected.push(bounded(write.expected.0));
    books.k_position.push(bounded(write.position.0));
    books.k_fingerprint.push(&write.fingerprint);
}

/// Lays the rest of a unit's books out, in the order of its fields.
pub(crate) fn lay<'u>(books: &mut Books<'u>, unit: &'u Unit, number: i32) {
    books.reset = unit.reset.as_deref();
    let mut keep = |kind, entry: Value| {
        books.b_unit.push(number);
        books.b_kind.push(kind);
        books.b_json.push(entry.to_string());
    };
    for saga in &unit.sagas {
        keep("saga", saga_json(saga));
    }
    for letter in &unit.letters {
        keep("letter", letter_json(letter));
    }
    for Retry { consumer, position, attempts, due, reason } in &unit.retries {
        let (reason, at) = (mended(reason), position.0);
        keep(
            "retry",
            json!({ "consumer": **consumer, "position": at, "attempts": attempts,
                    "due_us": due.0, "reason": reason }),
        );
    }
    for (consumer, position) in &unit.retries_done {
        keep("retry_done", json!({ "consumer": **consumer, "position": position.0 }));
    }
    for Timer { consumer, position, stream, due } in &unit.timers {
        keep(
            "timer",
            json!({ "consumer": **consumer, "position": position.0, "due_us": due.0,
                    "aggregate": *stream.aggregate, "aggregate_id": *stream.id }),
        );
    }
    for (consumer, position) in &unit.timers_done {
        keep("timer_done", json!({ "consumer": **consumer, "position": position.0 }));
    }
    for request in &unit.requests_done {
        keep("request_done", json!({ "request": request }));
    }
}

fn saga_json(saga: &SagaRow) -> Value {
    json!({
        "saga": *saga.saga, "key": *saga.key, "status": *saga.status,
        "failure": mended(&saga.failure), "open": saga.open, "due_us": saga.due.map(|due| due.0),
        "version": saga.version.0, "fingerprint": *saga.fingerprint,
        "started_at": time_text(saga.started_at), "changed_at": time_text(saga.changed_at),
        "state": hex(&saga.state),
    })
}

fn letter_json(letter: &Letter) -> Value {
    json!({
        "id": letter.id, "consumer": *letter.consumer, "key": *letter.key,
        "position": letter.position.0, "event_id": letter.event_id,
        "event_type": *letter.event_type, "status": status_text(letter.status),
        "attempts": letter.attempts, "reason": mended(&letter.reason),
        "resolution": letter.resolution.as_deref().map(mended),
        "parked_at": time_text(letter.parked_at), "changed_at": time_text(letter.changed_at),
    })
}

pub(crate) async fn checkpoint(
    readers: &Readers,
    consumer: &str,
) -> Result<Option<Checkpoint>, StoreError> {
    let sql = "SELECT position, fingerprint FROM annals_checkpoints WHERE consumer = $1";
    let rows = readers.query(sql, &[&consumer]).await?;
    let read = |row| Ok(Checkpoint { position: position(row, 0)?, fingerprint: text(row, 1)? });
    rows.first().map(read).transpose()
}

pub(crate) async fn retries(readers: &Readers, consumer: &str) -> Result<Vec<Retry>, StoreError> {
    let columns = "consumer, position, attempts, due_us, reason";
    let sql = page((columns, "annals_retries"), ("consumer = $4 AND ", "position"), "true");
    let read = |row: &Row| {
        Ok(Retry {
            consumer: text(row, 0)?,
            position: position(row, 1)?,
            attempts: attempts(row, 2)?,
            due: Timestamp(get(row, 3)?),
            reason: text(row, 4)?,
        })
    };
    turns::rows(readers, &sql, (">=", 0_i64), (&[&consumer], 0), read).await
}

pub(crate) async fn timers(readers: &Readers, consumer: &str) -> Result<Vec<Timer>, StoreError> {
    let columns = "consumer, position, aggregate, aggregate_id, due_us";
    let sql = page((columns, "annals_timers"), ("consumer = $4 AND ", "position"), "true");
    let read = |row: &Row| {
        Ok(Timer {
            consumer: text(row, 0)?,
            position: position(row, 1)?,
            stream: StreamId { aggregate: text(row, 2)?, id: text(row, 3)? },
            due: Timestamp(get(row, 4)?),
        })
    };
    let mut timers = turns::rows(readers, &sql, (">=", 0_i64), (&[&consumer], 0), read).await?;
    timers.sort_by_key(|timer| (timer.due, timer.position));
    Ok(timers)
}

pub(crate) async fn letters(
    readers: &Readers,
    query: &LetterQuery,
) -> Result<Vec<Letter>, StoreError> {
    let words = [query.consumer.as_deref(), query.key.as_deref()];
    if words.into_iter().flatten().any(|word| is_unkept(&[word])) {
        return Ok(Vec::new());
    }
    let along = match (&words[0], query.id) {
        (_, Some(_)) => Letters::One,
        // All of a consumer, which has an index of its own.
        (Some(_), None) if query.limit == 0 => Letters::Consumer,
        _ => Letters::All,
    };
    let statuses: Vec<&str> = query.statuses.iter().map(|status| status_text(*status)).collect();
    let (id, after) = (query.id.map(bounded), bounded(query.after));
    let mut bound: Vec<Bound<'_>> = vec![&words[0], &words[1], &statuses];
    let sql = page_of_letters(along);
    match along {
        Letters::One => bound.push(&id),
        Letters::Consumer => bound.push(&after),
        Letters::All => {}
    }
    let from = if along == Letters::Consumer { (">=", 0) } else { (">", after) };
    let mut letters = turns::rows(readers, &sql, from, (&bound, query.limit), letter).await?;
    letters.sort_by_key(|letter| letter.id);
    Ok(letters)
}

/// What letters are read along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    All,
    Consumer,
    One,
}

/// A turn along letters.
pub(crate) fn page_of_letters(along: Letters) -> String {
    let columns = "id, consumer, key, position, event_id, event_type, status, attempts, reason, \
                   resolution, parked_at, changed_at";
    let (of, by, wanted) = match along {
        Letters::All => ("", "id", "($4::text IS NULL OR consumer = $4) AND "),
        Letters::One => ("id = $7 AND ", "id", "($4::text IS NULL OR consumer = $4) AND "),
        Letters::Consumer => ("consumer = $4 AND ", "position", "id > $7 AND "),
    };
    let wanted = format!(
        "({wanted}($5::text IS NULL OR key = $5) \
         AND (cardinality($6::text[]) = 0 OR status = ANY ($6)))"
    );
    page((columns, "annals_letters"), (of, by), &wanted)
}

pub(crate) async fn sagas(
    readers: &Readers,
    query: &SagaQuery,
) -> Result<Vec<SagaRow>, StoreError> {
    let words = [query.key.as_deref(), query.after.as_deref(), query.status.as_deref()];
    if words.into_iter().flatten().any(|word| is_unkept(&[word])) {
        return Ok(Vec::new());
    }
    let name = &*query.saga;
    let mut bound: Vec<Bound<'_>> = vec![&name, &words[2]];
    bound.extend(words[0].as_ref().map(|key| key as Bound<'_>));
    let sql = page_of_sagas(words[0].is_some(), query.open);
    let from = match query.after.as_deref() {
        Some(after) => (">", after.to_owned()),
        None => (">=", String::new()),
    };
    turns::rows(readers, &sql, from, (&bound, query.limit), saga).await
}

/// A turn along the instances of a saga, along those that are open, which an index has alone, or,
/// by its key, one.
pub(crate) fn page_of_sagas(by_key: bool, open: bool) -> String {
    let columns = "saga, key, status, failure, open, due_us, version, fingerprint, started_at, \
                   changed_at, state";
    let one = if by_key { "key = $6 AND " } else { "" };
    let open = if open { "open AND " } else { "" };
    let of = format!("saga = $4 AND {one}{open}");
    page((columns, "annals_sagas"), (&of, "key"), "($5::text IS NULL OR status = $5)")
}

/// The kinds of requests that this version knows.
const KINDS: &str = "kind IN ('redrive', 'discard')";

pub(crate) async fn requests(readers: &Readers) -> Result<Vec<(u64, Request)>, StoreError> {
    let columns = "request, kind, letter, reason, at_us";
    let sql = page((columns, "annals_requests"), ("", "request"), KINDS);
    let read = |row: &Row| {
        let request = match get::<&str>(row, 1)? {
            "redrive" => Request::Redrive(number(row, 2)?),
            _ => Request::Discard {
                letter: number(row, 2)?,
                reason: text(row, 3)?,
                at: Timestamp(get(row, 4)?),
            },
        };
        Ok((number(row, 0)?, request))
    };
    turns::rows(readers, &sql, (">=", 0_i64), (&[], 0), read).await
}

pub(crate) async fn unknown_requests(readers: &Readers) -> Result<Vec<(u64, String)>, StoreError> {
    let wanted = format!("NOT {KINDS}");
    let sql = page(("request, kind", "annals_requests"), ("", "request"), &wanted);
    let read = |row: &Row| Ok((number(row, 0)?, get(row, 1)?));
    turns::rows(readers, &sql, (">=", 0_i64), (&[], 0), read).await
}

pub(crate) async fn write_request(readers: &Readers, request: &Request) -> Result<u64, StoreError> {
    let (kind, letter, reason, at) = match request {
        Request::Redrive(letter) => ("redrive", *letter, None, None),
        Request::Discard { letter, reason, at } => {
            ("discard", *letter, Some(mended(reason)), Some(at.0))
        }
    };
    let sql = "INSERT INTO annals_requests (kind, letter, reason, at_us) \
               VALUES ($1, $2, $3, $4) RETURNING request";
    let rows = readers.once(sql, &[&kind, &bounded(letter), &reason, &at]).await?;
    rows.first().map_or_else(|| Err(damaged("a request without a number")), |row| number(row, 0))
}

/// A turn at a time: whoever stops in between has deleted some.
pub(crate) async fn purge_letters(
    readers: &Readers,
    changed_before: Timestamp,
) -> Result<u64, StoreError> {
    let sql = "WITH page AS MATERIALIZED ( \
                 SELECT id AS place FROM annals_letters WHERE id > $1 ORDER BY id LIMIT $2), \
               gone AS (DELETE FROM annals_letters l USING page p WHERE l.id = p.place \
                 AND l.status IN ('redriven', 'discarded') AND l.changed_at < $3 \
                 AND l.position <= (SELECT c.position FROM annals_checkpoints c \
                                    WHERE c.consumer = l.consumer) RETURNING 1) \
               SELECT (SELECT count(*) FROM gone), count(*), max(place) FROM page";
    let (mut gone, mut place, page) = (0, 0_i64, PAGE as i64);
    loop {
        let rows = readers.query(sql, &[&place, &page, &Time(changed_before)]).await?;
        let row = rows.first().ok_or_else(|| damaged("a purge that says nothing".to_owned()))?;
        gone += number(row, 0)?;
        match get::<Option<i64>>(row, 2)? {
            Some(last) if get::<i64>(row, 1)? == page => place = last,
            _ => return Ok(gone),
        }
    }
}

pub(crate) async fn facts(readers: &Readers) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT name, value FROM annals_facts ORDER BY name";
    readers.query(sql, &[]).await?.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
}

pub(crate) async fn remember(
    readers: &Readers,
    facts: &[(String, String)],
) -> Result<(), StoreError> {
    // The last of one name holds.
    let last: std::collections::BTreeMap<&str, &str> =
        facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (names, values): (Vec<&str>, Vec<&str>) = last.into_iter().unzip();
    let sql = "INSERT INTO annals_facts (name, value) SELECT * FROM unnest($1::text[], $2::text[]) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    readers.query(sql, &[&names, &values]).await.map(|_| ())
}

/// By seeks in the index of types, so many of them in a turn.
pub(crate) async fn stored_types(readers: &Readers) -> Result<Vec<(String, Position)>, StoreError> {
    let sql = "WITH RECURSIVE types AS ( \
                 (SELECT event_type, position, 1 AS n FROM event_store WHERE event_type > $1 \
                   ORDER BY event_type, position LIMIT 1) \
                 UNION ALL \
                 SELECT e.event_type, e.position, t.n + 1 FROM types t CROSS JOIN LATERAL ( \
                   SELECT s.event_type, s.position FROM event_store s \
                   WHERE t.n < $2 AND s.event_type > t.event_type \
                   ORDER BY s.event_type, s.position LIMIT 1) e) \
               SELECT event_type, position FROM types";
    let (mut types, mut last) = (Vec::new(), String::new());
    loop {
        let rows = readers.query(sql, &[&last, &TYPES]).await?;
        for row in &rows {
            types.push((get(row, 0)?, position(row, 1)?));
        }
        match types.last() {
            Some((type_, _)) if rows.len() == TYPES as usize => last.clone_from(type_),
            _ => return Ok(types),
        }
    }
}

/// Types sought in a turn: of each the first entry of every partition is looked at.
const TYPES: i32 = PAGE as i32 / 8;

/// A status as it is stored.
fn status_text(status: LetterStatus) -> &'static str {
    match status {
        LetterStatus::Failed => "failed",
        LetterStatus::Blocked => "blocked",
        LetterStatus::Redriven => "redriven",
        LetterStatus::Discarded => "discarded",
    }
}

fn letter(row: &Row) -> Result<Letter, StoreError> {
    let status = match get::<&str>(row, 6)? {
        "failed" => LetterStatus::Failed,
        "blocked" => LetterStatus::Blocked,
        "redriven" => LetterStatus::Redriven,
        "discarded" => LetterStatus::Discarded,
        other => return Err(damaged(format!("a letter's status '{other}' is not known"))),
    };
    let (Time(parked_at), Time(changed_at)) = (get(row, 10)?, get(row, 11)?);
    Ok(Letter {
        id: number(row, 0)?,
        consumer: text(row, 1)?,
        key: text(row, 2)?,
        position: position(row, 3)?,
        event_id: get(row, 4)?,
        event_type: text(row, 5)?,
        status,
        attempts: attempts(row, 7)?,
        reason: text(row, 8)?,
        resolution: optional_text(row, 9)?,
        parked_at,
        changed_at,
    })
}

fn saga(row: &Row) -> Result<SagaRow, StoreError> {
    let (Time(started_at), Time(changed_at)) = (get(row, 8)?, get(row, 9)?);
    Ok(SagaRow {
        saga: text(row, 0)?,
        key: text(row, 1)?,
        status: text(row, 2)?,
        failure: text(row, 3)?,
        open: get(row, 4)?,
        due: get::<Option<i64>>(row, 5)?.map(Timestamp),
        version: Version(number(row, 6)?),
        fingerprint: text(row, 7)?,
        started_at,
        changed_at,
        state: bytes(row, 10)?,
    })
}

fn attempts(row: &Row, column: usize) -> Result<u32, StoreError> {
    u32::try_from(number(row, column)?).map_err(|error| damaged(error.to_string()))
}

/// What people wrote or programs said, without what text can't hold.
fn mended(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn time_text(time: Timestamp) -> String {
    time.clamp(Timestamp::FIRST, Timestamp::LAST).to_string()
}

/// Bytes as Postgres reads them in text.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
