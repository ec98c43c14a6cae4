//! What commands came to.

use annals_core::StreamId;
use annals_runtime::ports::{OutcomeWrite, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::damaged;
use crate::events::{bounded, bytes, get, is_unkept, text};
use crate::readers::Readers;
use crate::time::Time;

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
    let sql = format!(
        "SELECT {COLUMNS} FROM annals_outcomes \
         WHERE command_id = $1 AND aggregate_id = $2 AND aggregate = $3"
    );
    let rows = readers.query(&sql, &[&command_id, &&*stream.id, &&*stream.aggregate]).await?;
    rows.first().map(outcome_from).transpose()
}

/// What the commands of one correlation came to, by time: those without events by an index of their
/// own, the others by their events.
pub(crate) async fn outcomes(
    readers: &Readers,
    correlation_id: Uuid,
    limit: usize,
) -> Result<Vec<OutcomeWrite>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM annals_outcomes WHERE correlation_id = $1 AND NOT by_events \
         UNION ALL \
         SELECT {COLUMNS} FROM annals_outcomes \
         WHERE correlation_id = $1 AND by_events AND command_id IN ( \
           SELECT command_id FROM event_store WHERE correlation_id = $1) \
         ORDER BY time, command_id LIMIT $2"
    );
    let rows = readers.query(&sql, &[&correlation_id, &bounded(limit as u64)]).await?;
    rows.iter().map(outcome_from).collect()
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
