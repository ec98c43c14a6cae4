//! What commands came to.

use annals_core::{StreamId, Timestamp};
use annals_runtime::ports::OutcomeWrite;
use rusqlite::{Connection, OptionalExtension, Result, Row};
use uuid::Uuid;

use crate::events::{bounded, id, text};
use crate::time::parse_time;

/// The recorded outcome of a command.
pub(crate) fn outcome(
    conn: &Connection,
    stream: &StreamId,
    command_id: Uuid,
) -> Result<Option<OutcomeWrite>> {
    let sql = "SELECT stream FROM annals_streams WHERE aggregate = ?1 AND aggregate_id = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let bound = (&*stream.aggregate, &*stream.id);
    let number: Option<i64> = statement.query_row(bound, |row| row.get(0)).optional()?;
    number.map_or(Ok(None), |number| outcome_of(conn, number, stream, command_id))
}

/// What the commands of one correlation came to, by time.
pub(crate) fn outcomes(
    conn: &Connection,
    correlation_id: Uuid,
    limit: usize,
) -> Result<Vec<OutcomeWrite>> {
    let sql = format!(
        "SELECT {COLUMNS}, s.aggregate, s.aggregate_id FROM annals_outcomes o \
         JOIN annals_streams s ON s.stream = o.stream WHERE o.correlation_id = ?1 \
         ORDER BY o.time, o.command_id LIMIT ?2"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let bound = (correlation_id.as_bytes(), bounded(limit as u64));
    let read = |row: &Row<'_>| {
        let stream = StreamId { aggregate: text(row, 6)?, id: text(row, 7)? };
        outcome_from(row, stream)
    };
    statement.query_map(bound, read)?.collect()
}

/// The recorded outcome of a command of the stream with this number.
pub(crate) fn outcome_of(
    conn: &Connection,
    number: i64,
    stream: &StreamId,
    command_id: Uuid,
) -> Result<Option<OutcomeWrite>> {
    let sql =
        format!("SELECT {COLUMNS} FROM annals_outcomes o WHERE stream = ?1 AND command_id = ?2");
    let mut statement = conn.prepare_cached(&sql)?;
    let bound = (number, command_id.as_bytes());
    statement.query_row(bound, |row| outcome_from(row, stream.clone())).optional()
}

/// The columns that [`outcome_from`] reads, in its order.
const COLUMNS: &str =
    "o.command_id, o.request_hash, o.outcome, o.command, o.correlation_id, o.time";

/// An outcome from a row of [`COLUMNS`]. Stores of the first schema have neither a
/// correlation nor a time in those that they recorded.
fn outcome_from(row: &Row<'_>, stream: StreamId) -> Result<OutcomeWrite> {
    let time = row.get_ref(5)?.as_str_or_null()?.map_or(Ok(Timestamp(0)), parse_time)?;
    Ok(OutcomeWrite {
        stream,
        command_id: id(row, 0)?.unwrap_or_default(),
        command: text(row, 3)?,
        correlation_id: id(row, 4)?.unwrap_or_default(),
        time,
        request_hash: row.get(1)?,
        outcome: row.get_ref(2)?.as_blob()?.into(),
    })
}
