//! Which event types are stored: by seeks in the index by type, whose entries of one type are in
//! the order of the log.

use annals_core::Position;
use annals_runtime::ports::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, Result, Row};

use crate::readers::Readers;

/// Two seeks a type.
const STORED: &str = "WITH RECURSIVE types (name) AS ( \
     SELECT min(event_type) FROM event_store WHERE event_type {beyond} ?1 \
     UNION ALL \
     SELECT (SELECT min(event_type) FROM event_store WHERE event_type > types.name) \
     FROM types WHERE types.name IS NOT NULL) \
     SELECT name, (SELECT min(position) FROM event_store WHERE event_type = name), name, true \
     FROM types WHERE name IS NOT NULL";

/// The stored types, with where the first event of each is.
pub(crate) async fn stored(
    readers: &Readers,
) -> std::result::Result<Vec<(String, Position)>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, Position(row.get(1)?)));
    readers.rows((">", Value::Text(String::new())), (STORED, &[]), 0, read).await
}

/// The stored types of an event's name: a few seeks in the index by type.
pub(crate) fn types_of(conn: &Connection, name: &str) -> Result<Vec<String>> {
    let sql = "WITH RECURSIVE types (name) AS ( \
               SELECT min(event_type) FROM event_store WHERE event_type > ?1 AND event_type < ?2 \
               UNION ALL \
               SELECT (SELECT min(event_type) FROM event_store \
                       WHERE event_type > types.name AND event_type < ?2) \
               FROM types WHERE types.name IS NOT NULL) \
               SELECT name FROM types WHERE name IS NOT NULL";
    let mut statement = conn.prepare_cached(sql)?;
    let (from, to) = (format!("{name}.v"), format!("{name}.w"));
    let digits = |type_: &String| type_[from.len()..].bytes().all(|it| it.is_ascii_digit());
    let found = statement.query_map([&from, &to], |row| row.get::<_, String>(0))?;
    Ok(found.collect::<Result<Vec<_>>>()?.into_iter().filter(digits).collect())
}

#[cfg(test)]
mod tests;
