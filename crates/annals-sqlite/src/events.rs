//! Reading events and what belongs to one stream.

use std::sync::Arc;

use annals_core::{EventType, Metadata, NewEvent, Position, RecordedEvent, StreamId, Version};
use annals_runtime::ports::{Snapshot, StoreError};
use rusqlite::{Connection, OptionalExtension, Result, Row};
use uuid::Uuid;

use crate::error::damaged;
use crate::readers::{ROWS, Readers, Turn};
use crate::time::parse_time;
use crate::write::JSON;

/// The columns that [`event`] reads, in its order.
pub(crate) const COLUMNS: &str = "event_store.position, id, aggregate, aggregate_id, version, \
     event_type, time, encoding, data, correlation_id, causation_id, command_id, actor, \
     traceparent, tags";

/// How many those are.
pub(crate) const WIDTH: usize = 15;

/// The position of the last event.
pub(crate) fn head(conn: &Connection) -> Result<Position> {
    let mut statement = conn.prepare_cached("SELECT max(position) FROM event_store")?;
    let last: Option<u64> = statement.query_row([], |row| row.get(0))?;
    Ok(Position(last.unwrap_or(0)))
}

/// Events of one stream after a version, at most `limit` in all with those that earlier turns read;
/// whether that was the last turn.
pub(crate) fn stream(
    conn: &Connection,
    id: &StreamId,
    (after, limit): (Version, usize),
    events: &mut Vec<RecordedEvent>,
) -> Result<bool> {
    let after = events.last().map_or(after, |last| last.version);
    let left = limit - events.len();
    let sql = format!(
        "SELECT {COLUMNS} FROM event_store WHERE stream = (SELECT stream FROM annals_streams \
         WHERE aggregate = ?1 AND aggregate_id = ?2) AND version > ?3 ORDER BY version LIMIT ?4"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let bound = (&*id.aggregate, &*id.id, bounded(after.0), bounded(left as u64));
    let mut rows = statement.query(bound)?;
    let mut turn = Turn::begin();
    while let Some(row) = rows.next()? {
        events.push(event(row)?);
        if turn.is_over() {
            return Ok(events.len() == limit);
        }
    }
    Ok(true)
}

/// Events at these positions, in the order of the log.
pub(crate) async fn at(
    readers: &Readers,
    mut positions: Vec<Position>,
) -> std::result::Result<Vec<RecordedEvent>, StoreError> {
    positions.sort_unstable();
    positions.dedup();
    let (mut parts, mut events) = (positions.chunks(ROWS), Vec::with_capacity(positions.len()));
    let turn = |conn: &Connection| {
        let sql = format!("SELECT {COLUMNS} FROM event_store WHERE position = ?1");
        let mut statement = conn.prepare_cached(&sql)?;
        let Some(part) = parts.next() else { return Ok(true) };
        for position in part {
            events.extend(statement.query_row([bounded(position.0)], event).optional()?);
        }
        Ok(parts.len() == 0)
    };
    readers.read_in_turns(turn).await?;
    Ok(events)
}

/// The newest snapshot of a stream.
pub(crate) fn snapshot(conn: &Connection, id: &StreamId) -> Result<Option<Snapshot>> {
    let sql = "SELECT p.version, p.fingerprint, p.state FROM annals_streams s \
               JOIN annals_snapshots p ON p.stream = s.stream \
               WHERE s.aggregate = ?1 AND s.aggregate_id = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row((&*id.aggregate, &*id.id), |row| {
        Ok(Snapshot {
            stream: id.clone(),
            version: Version(row.get(0)?),
            fingerprint: text(row, 1)?,
            state: row.get_ref(2)?.as_blob()?.into(),
        })
    });
    found.optional()
}

/// An event from a row of [`COLUMNS`].
pub(crate) fn event(row: &Row<'_>) -> Result<RecordedEvent> {
    let position = Position(row.get(0)?);
    let at = |what: &str| damaged(format!("the event at position {}: {what}", position.0));
    let name = row.get_ref(5)?.as_str()?;
    let type_ = EventType::parse(name).ok_or_else(|| at(&format!("'{name}' is no event type")))?;
    let encoding: u8 = row.get(7)?;
    if encoding != JSON {
        return Err(at(&format!("its data has encoding {encoding}, which this Annals can't read")));
    }
    let metadata = Metadata {
        correlation_id: id(row, 9)?.ok_or_else(|| at("it has no correlation id"))?,
        causation_id: id(row, 10)?,
        command_id: id(row, 11)?,
        actor: optional_text(row, 12)?,
        traceparent: optional_text(row, 13)?,
    };
    let event = NewEvent {
        id: id(row, 1)?.ok_or_else(|| at("it has no id"))?,
        type_,
        time: parse_time(row.get_ref(6)?.as_str()?)?,
        data: row.get_ref(8)?.as_blob()?.into(),
        metadata,
        tags: tags(row.get_ref(14)?.as_str_or_null()?).map_err(|why| at(&why))?,
    };
    let stream = StreamId { aggregate: text(row, 2)?, id: text(row, 3)? };
    Ok(RecordedEvent { position, stream, version: Version(row.get(4)?), event })
}

/// Tags as they were given, from the text that they are stored as.
fn tags(stored: Option<&str>) -> std::result::Result<Arc<[Arc<str>]>, String> {
    let Some(stored) = stored else { return Ok(Arc::default()) };
    let tags: Vec<String> =
        serde_json::from_str(stored).map_err(|_| format!("its tags can't be read: {stored}"))?;
    Ok(tags.into_iter().map(Arc::from).collect())
}

/// A text column.
pub(crate) fn text(row: &Row<'_>, column: usize) -> Result<Arc<str>> {
    Ok(row.get_ref(column)?.as_str()?.into())
}

/// A column of 16 bytes, or null.
pub(crate) fn id(row: &Row<'_>, column: usize) -> Result<Option<Uuid>> {
    let bytes = row.get_ref(column)?.as_blob_or_null()?;
    let read = |bytes| Uuid::from_slice(bytes).map_err(|error| damaged(error.to_string()));
    bytes.map(read).transpose()
}

/// A number as SQLite can compare it.
pub(crate) fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn optional_text(row: &Row<'_>, column: usize) -> Result<Option<Arc<str>>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Into::into))
}
