//! Reading events and what belongs to one stream.

use std::sync::Arc;

use annals_core::{EventType, Metadata, NewEvent, Position, RecordedEvent, StreamId, Version};
use annals_runtime::ports::{Snapshot, StoreError};
use tokio_postgres::Row;

use crate::error::{damaged, store_error};
use crate::lists::Bound;
use crate::readers::{PAGE, Readers};
use crate::time::Time;

/// The payload's encoding: JSON in plain sight.
const JSON: i16 = 0;

/// The columns that [`event`] reads, in its order, of the table named `e`.
pub(crate) const COLUMNS: &str = "e.position, e.id, e.aggregate, e.aggregate_id, e.version, \
     e.event_type, e.time, e.encoding, e.data, e.correlation_id, e.causation_id, e.command_id, \
     e.actor, e.traceparent, e.tags";

/// How many they are.
const WIDTH: usize = 15;

/// The position of the last event.
pub(crate) async fn head(readers: &Readers) -> Result<Position, StoreError> {
    let sql = "SELECT head FROM annals_commits ORDER BY head DESC LIMIT 1";
    let rows = readers.query(sql, &[]).await?;
    rows.first().map_or(Ok(Position(0)), |row| position(row, 0))
}

/// Events of one stream after a version, from the partition of that number or the whole table.
pub(crate) async fn stream(
    readers: &Readers,
    id: &StreamId,
    after: Version,
    (limit, partition): (usize, Option<u64>),
) -> Result<Vec<RecordedEvent>, StoreError> {
    if is_unkept(&[&id.aggregate, &id.id]) {
        return Ok(Vec::new());
    }
    let table = partition.map_or(String::new(), |number| format!("_{number}"));
    let sql = format!(
        "SELECT {COLUMNS} FROM event_store{table} e \
         WHERE e.aggregate_id = $1 AND e.aggregate = $2 \
         AND e.version > $3 ORDER BY e.version LIMIT $4"
    );
    let (mut events, mut after) = (Vec::new(), bounded(after.0));
    loop {
        let wanted = (limit - events.len()).min(PAGE);
        let bound: [Bound<'_>; 4] = [&&*id.id, &&*id.aggregate, &after, &bounded(wanted as u64)];
        let page = self::events(readers, &sql, &bound).await?;
        let is_last = page.len() < wanted;
        events.extend(page);
        if is_last || events.len() == limit {
            return Ok(events);
        }
        after += wanted as i64;
    }
}

/// Events at these positions, in the order of the log.
pub(crate) async fn at(
    readers: &Readers,
    mut positions: Vec<Position>,
) -> Result<Vec<RecordedEvent>, StoreError> {
    positions.sort_unstable();
    positions.dedup();
    let mut found = Vec::with_capacity(positions.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM unnest($1::bigint[]) WITH ORDINALITY w(position, n) \
         CROSS JOIN LATERAL (SELECT * FROM event_store s WHERE s.position = w.position LIMIT 1) e \
         ORDER BY w.n"
    );
    for part in positions.chunks(PAGE) {
        let part: Vec<i64> = part.iter().map(|position| bounded(position.0)).collect();
        found.extend(self::events(readers, &sql, &[&part]).await?);
    }
    Ok(found)
}

/// The newest snapshot of a stream.
pub(crate) async fn snapshot(
    readers: &Readers,
    id: &StreamId,
) -> Result<Option<Snapshot>, StoreError> {
    if is_unkept(&[&id.aggregate, &id.id]) {
        return Ok(None);
    }
    let sql = "SELECT version, fingerprint, state FROM annals_snapshots \
               WHERE aggregate_id = $1 AND aggregate = $2";
    let rows = readers.query(sql, &[&&*id.id, &&*id.aggregate]).await?;
    let read = |row: &Row| {
        Ok(Snapshot {
            stream: id.clone(),
            version: Version(number(row, 0)?),
            fingerprint: text(row, 1)?,
            state: bytes(row, 2)?,
        })
    };
    rows.first().map(read).transpose()
}

/// Keeps snapshots, unless a newer one of the same definition is there, or nothing of the stream.
pub(crate) async fn keep(readers: &Readers, snapshots: &[Snapshot]) -> Result<(), StoreError> {
    let sql = "INSERT INTO annals_snapshots AS kept \
               (aggregate_id, aggregate, version, fingerprint, state) \
               SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT FROM event_store e \
               WHERE e.aggregate_id = $1 AND e.aggregate = $2) \
               ON CONFLICT (aggregate_id, aggregate) DO UPDATE SET version = excluded.version, \
               fingerprint = excluded.fingerprint, state = excluded.state \
               WHERE excluded.version >= kept.version OR excluded.fingerprint <> kept.fingerprint";
    for Snapshot { stream, version, fingerprint, state } in snapshots {
        let (id, aggregate) = (&*stream.id, &*stream.aggregate);
        let version = bounded(version.0);
        readers.query(sql, &[&id, &aggregate, &version, &&**fingerprint, &&**state]).await?;
    }
    Ok(())
}

/// Events of a statement that selects [`COLUMNS`].
pub(crate) async fn events(
    readers: &Readers,
    sql: &str,
    bound: &[Bound<'_>],
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut names = Names::default();
    readers.read(sql, bound, |row| event(&row, &mut names)).await
}

/// Rows of a statement that selects [`COLUMNS`], a place and whether the event is wanted.
pub(crate) async fn sifted(
    readers: &Readers,
    sql: &str,
    bound: &[Bound<'_>],
) -> Result<Vec<(i64, Option<RecordedEvent>)>, StoreError> {
    let mut names = Names::default();
    let seen = |row: Row| {
        let wanted = get::<bool>(&row, WIDTH + 1)?.then(|| event(&row, &mut names));
        Ok((get(&row, WIDTH)?, wanted.transpose()?))
    };
    readers.read(sql, bound, seen).await
}

/// Names that many events of a page have in common: they share them instead of each having a copy.
#[derive(Default)]
struct Names {
    aggregates: Vec<Arc<str>>,
    types: Vec<(Box<str>, EventType)>,
}

impl Names {
    /// Names at most: looking through more would cost what a copy does.
    const MOST: usize = 16;

    fn aggregate(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.aggregates.iter().find(|known| ***known == *name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        if self.aggregates.len() < Self::MOST {
            self.aggregates.push(Arc::clone(&name));
        }
        name
    }

    fn type_(&mut self, text: &str) -> Option<EventType> {
        if let Some((_, known)) = self.types.iter().find(|(known, _)| **known == *text) {
            return Some(known.clone());
        }
        let type_ = EventType::parse(text)?;
        if self.types.len() < Self::MOST {
            self.types.push((text.into(), type_.clone()));
        }
        Some(type_)
    }
}

/// An event from a row of [`COLUMNS`].
fn event(row: &Row, names: &mut Names) -> Result<RecordedEvent, StoreError> {
    let position = position(row, 0)?;
    let at = |what: &str| damaged(format!("the event at position {}: {what}", position.0));
    let name: &str = get(row, 5)?;
    let type_ = names.type_(name).ok_or_else(|| at(&format!("'{name}' is no event type")))?;
    let encoding: i16 = get(row, 7)?;
    if encoding != JSON {
        return Err(at(&format!("its data has encoding {encoding}, which this Annals can't read")));
    }
    let metadata = Metadata {
        correlation_id: get(row, 9)?,
        causation_id: get(row, 10)?,
        command_id: get(row, 11)?,
        actor: optional_text(row, 12)?,
        traceparent: optional_text(row, 13)?,
    };
    let tags = match get::<Option<&str>>(row, 14)? {
        None => Arc::default(),
        Some(tags) => serde_json::from_str(tags).map_err(|error| at(&format!("tags: {error}")))?,
    };
    let Time(time) = get(row, 6)?;
    let event = NewEvent { id: get(row, 1)?, type_, time, data: bytes(row, 8)?, metadata, tags };
    let stream = StreamId { aggregate: names.aggregate(get(row, 2)?), id: text(row, 3)? };
    Ok(RecordedEvent { position, stream, version: Version(number(row, 4)?), event })
}

/// A column.
pub(crate) fn get<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    column: usize,
) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| store_error(&error))
}

/// A text column.
pub(crate) fn text(row: &Row, column: usize) -> Result<Arc<str>, StoreError> {
    get::<&str>(row, column).map(Into::into)
}

/// A text column that may be null.
pub(crate) fn optional_text(row: &Row, column: usize) -> Result<Option<Arc<str>>, StoreError> {
    Ok(get::<Option<&str>>(row, column)?.map(Into::into))
}

/// A column of bytes.
pub(crate) fn bytes(row: &Row, column: usize) -> Result<Arc<[u8]>, StoreError> {
    get::<&[u8]>(row, column).map(Into::into)
}

/// A column of a number that isn't negative.
pub(crate) fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|error| damaged(error.to_string()))
}

/// A column of a position.
pub(crate) fn position(row: &Row, column: usize) -> Result<Position, StoreError> {
    number(row, column).map(Position)
}

/// A number as Postgres can compare it.
pub(crate) fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whether nothing can be found by these words, since no text in the store holds U+0000.
pub(crate) fn is_unkept(words: &[&str]) -> bool {
    words.iter().any(|word| word.contains('\0'))
}
