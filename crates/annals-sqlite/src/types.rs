//! Which event types are stored, and how many events of each: by seeks in the index by type, whose
//! entries of one type are in the order of the log.

use rusqlite::{Connection, OptionalExtension, Result};

use crate::events::{bounded, head};

/// Entries of the index that a turn counts: some milliseconds. (Tests take turns sooner.)
const COUNTED: u64 = if cfg!(test) { 10 } else { 100_000 };

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

/// Counts the events of each type in turns, up to the head that the first one finds.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) types: Vec<(String, u64)>,
    /// The log's head in the first turn.
    head: Option<u64>,
    /// Up to here the last type is counted; `None`: all of it.
    at: Option<u64>,
}

impl Count {
    /// A turn; whether it was the last.
    pub(crate) fn turn(&mut self, conn: &Connection) -> Result<bool> {
        let head = match self.head {
            Some(head) => head,
            None => *self.head.insert(head(conn)?.0),
        };
        if self.at.is_none() {
            let last = self.types.last().map_or("", |(type_, _)| type_);
            let sql = "SELECT event_type FROM event_store WHERE event_type > ?1 \
                       ORDER BY event_type LIMIT 1";
            let mut statement = conn.prepare_cached(sql)?;
            let Some(next) = statement.query_row([last], |row| row.get(0)).optional()? else {
                // One that came to be since the first turn has no event up to its head.
                self.types.retain(|(_, count)| *count > 0);
                return Ok(true);
            };
            self.types.push((next, 0));
            self.at = Some(0);
        }
        let (Some((type_, count)), Some(at)) = (self.types.last_mut(), self.at) else {
            return Ok(true);
        };
        let sql = "SELECT count(*), max(position) FROM (SELECT position FROM event_store \
                   WHERE event_type = ?1 AND position > ?2 AND position <= ?3 \
                   ORDER BY position LIMIT ?4)";
        let bound = (&*type_, bounded(at), bounded(head), bounded(COUNTED));
        let (counted, last) = conn
            .prepare_cached(sql)?
            .query_row(bound, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, Option<u64>>(1)?)))?;
        *count += counted;
        self.at = last.filter(|_| counted == COUNTED);
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
