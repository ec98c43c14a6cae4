//! What commands came to.

use annals_core::{StreamId, Timestamp};
use annals_runtime::ports::{OutcomeWrite, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::{damaged, store_error};
use crate::events::{bytes, get, is_unkept, text};
use crate::lists::Bound;
use crate::readers::{PAGE, Readers};
use crate::session::Session;
use crate::time::Time;
use crate::turns;

/// The columns that [`outcome_from`] reads, in its order.
const COLUMNS: &str =
    "command_id, request_hash, outcome, command, correlation_id, time, aggregate, aggregate_id";

/// The recorded outcome of a command.
pub(crate) async fn outcome(
    readers: &Readers,
    stream: &StreamId,
    command_id: Uuid,
) -> Result<Option<OutcomeWrite>, StoreError> {
    if is_unkept(&[&stream.aggregate, &stream.id]) {
        return Ok(None);
    }
    let rows = readers.query(&one(), &[&command_id, &&*stream.id, &&*stream.aggregate]).await?;
    rows.first().map(outcome_from).transpose()
}

/// The same, in a session that its caller has to itself.
pub(crate) async fn outcome_in(
    session: &Session,
    stream: &StreamId,
    command_id: Uuid,
) -> Result<Option<OutcomeWrite>, StoreError> {
    let rows = session.query(&one(), &[&command_id, &&*stream.id, &&*stream.aggregate]).await;
    let rows = rows.map_err(|error| store_error(&error))?;
    rows.first().map(outcome_from).transpose()
}

fn one() -> String {
    format!(
        "SELECT {COLUMNS} FROM annals_outcomes \
         WHERE command_id = $1 AND aggregate_id = $2 AND aggregate = $3"
    )
}

/// What the commands of one correlation came to, by time: those without events by an index of their
/// own, the others by their events.
pub(crate) async fn outcomes(
    readers: &Readers,
    correlation_id: Uuid,
    limit: usize,
) -> Result<Vec<OutcomeWrite>, StoreError> {
    let bound: [Bound<'_>; 1] = [&correlation_id];
    let mut found = Vec::new();
    let mut take = |outcomes: Vec<OutcomeWrite>| {
        found.extend(outcomes);
        found.sort_by(|a, b| key(a).cmp(&key(b)));
        // One comes with each of its events.
        found.dedup_by(|a, b| key(a) == key(b));
        found.truncate(limit);
        usize::MAX
    };
    let from = (">=", Uuid::nil());
    let page = (PAGE, PAGE);
    turns::each(readers, (&alone(), &bound), from, page, outcome_from, &mut take).await?;
    // Each event and its outcome.
    let (from, page) = ((">", 0_i64), (PAGE / 2, PAGE / 2));
    turns::each(readers, (&by_events(), &bound), from, page, outcome_from, take).await?;
    Ok(found)
}

/// A turn along the commands without events. One command id may be of several streams.
pub(crate) fn alone() -> String {
    format!(
        "WITH page AS MATERIALIZED ( \
           SELECT {COLUMNS} FROM annals_outcomes WHERE correlation_id = $4 AND NOT by_events \
           AND command_id {{beyond}} $1 ORDER BY command_id FETCH FIRST ($2) ROWS WITH TIES) \
         SELECT {COLUMNS}, b.seen, b.last, p.command_id IS NOT NULL \
         FROM (SELECT (SELECT count(*) FROM page) AS seen, \
           (SELECT command_id FROM page ORDER BY command_id DESC LIMIT 1) AS last) b \
         LEFT JOIN page p ON true LIMIT $3"
    )
}

/// A turn along the events, with the outcomes of their commands.
pub(crate) fn by_events() -> String {
    format!(
        "WITH page AS MATERIALIZED ( \
           SELECT position, command_id AS id FROM event_store WHERE correlation_id = $4 \
           AND position {{beyond}} $1 ORDER BY position LIMIT $2) \
         SELECT {COLUMNS}, b.seen, b.last, o.command_id IS NOT NULL \
         FROM (SELECT count(*) AS seen, max(position) AS last FROM page) b \
         LEFT JOIN (page p JOIN annals_outcomes o \
           ON o.command_id = p.id AND o.correlation_id = $4 AND o.by_events) ON true LIMIT $3"
    )
}

/// In which order outcomes are told, and what tells them apart.
fn key(outcome: &OutcomeWrite) -> (Timestamp, Uuid, &StreamId) {
    (outcome.time, outcome.command_id, &outcome.stream)
}

fn outcome_from(row: &Row) -> Result<OutcomeWrite, StoreError> {
    let Time(time) = get(row, 5)?;
    let hash: &[u8] = get(row, 1)?;
    let hash = hash.try_into().map_err(|_| damaged("a request's hash isn't 32 bytes"))?;
    Ok(OutcomeWrite {
        stream: StreamId { aggregate: text(row, 6)?, id: text(row, 7)? },
        command_id: get(row, 0)?,
        command: text(row, 3)?,
        correlation_id: get(row, 4)?,
        time,
        request_hash: hash,
        outcome: bytes(row, 2)?,
    })
}
