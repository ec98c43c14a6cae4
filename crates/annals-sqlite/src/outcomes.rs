//! What commands came to.

use annals_core::{StreamId, Timestamp};
use annals_runtime::ports::{OutcomeWrite, StoreError};
use rusqlite::{Connection, OptionalExtension, Result, Row};
use uuid::Uuid;

use crate::events::{id, text};
use crate::readers::{Readers, Turn};
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

/// A turn along the outcomes of a correlation.
fn turn() -> String {
    format!(
        "SELECT {COLUMNS}, s.aggregate, s.aggregate_id, o.stream FROM annals_outcomes o \
         JOIN annals_streams s ON s.stream = o.stream WHERE o.correlation_id = ?1 \
         AND (o.stream, o.command_id) > (?2, ?3) ORDER BY o.stream, o.command_id"
    )
}

/// What the commands of one correlation came to, by time: read in turns by stream and command.
pub(crate) async fn outcomes(
    readers: &Readers,
    correlation_id: Uuid,
    limit: usize,
) -> std::result::Result<Vec<OutcomeWrite>, StoreError> {
    let sql = turn();
    let (mut found, mut place) = (Vec::new(), (0_i64, Vec::new()));
    let turn = |conn: &Connection| {
        let mut statement = conn.prepare_cached(&sql)?;
        let bound = (correlation_id.as_bytes(), place.0, &place.1);
        let mut rows = statement.query(bound)?;
        let mut turn = Turn::begin();
        while let Some(row) = rows.next()? {
            let stream = StreamId { aggregate: text(row, 6)?, id: text(row, 7)? };
            found.push(outcome_from(row, stream)?);
            if turn.is_over() {
                let next = (row.get(8)?, row.get(0)?);
                drop(rows);
                place = next;
                if found.len() > limit {
                    first(&mut found, limit);
                }
                return Ok(false);
            }
        }
        Ok(true)
    };
    readers.read_in_turns(turn).await?;
    first(&mut found, limit);
    Ok(found)
}

/// Leaves the first of all that were found.
fn first(found: &mut Vec<OutcomeWrite>, limit: usize) {
    found.sort_by_key(|outcome| (outcome.time, outcome.command_id));
    found.truncate(limit);
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

#[cfg(test)]
mod tests;
