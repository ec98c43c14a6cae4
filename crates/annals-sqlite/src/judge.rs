//! Judging a unit by what it read, before anything of it is written: so a refusal needs no
//! rollback.

use annals_core::{Position, StreamId, Version};
use annals_runtime::ports::{Append, Expected, Refusal, Unit, unfit_row};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::condition::first_match;
use crate::outcomes::outcome_of;
use crate::streams::Streams;
use crate::tables::{Declared, Tables};

/// A stream that a unit touches.
pub(crate) struct StreamAt<'u> {
    pub(crate) id: &'u StreamId,
    /// Its number; `None`: it isn't known yet.
    pub(crate) number: Option<i64>,
    /// Its version, less what the unit itself has appended.
    pub(crate) version: Version,
}

/// What judging found out, so that writing needn't ask again.
pub(crate) struct Judged<'u, 's> {
    pub(crate) streams: Vec<StreamAt<'u>>,
    known: &'s mut Streams,
    /// For each row of the unit its table.
    pub(crate) tables: Vec<std::sync::Arc<Declared>>,
}

impl<'u> Judged<'u, '_> {
    /// The stream's place in `streams`, looked up once.
    pub(crate) fn stream(&mut self, conn: &Connection, id: &'u StreamId) -> Result<usize> {
        if let Some(at) = self.streams.iter().position(|stream| stream.id == id) {
            return Ok(at);
        }
        if let Some((number, version)) = self.known.get(id) {
            self.streams.push(StreamAt { id, number: Some(number), version });
            return Ok(self.streams.len() - 1);
        }
        let sql = "SELECT s.stream, (SELECT e.version FROM event_store e \
                   WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1) \
                   FROM annals_streams s WHERE s.aggregate = ?1 AND s.aggregate_id = ?2";
        let mut statement = conn.prepare_cached(sql)?;
        let found = statement
            .query_row((&*id.aggregate, &*id.id), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<u64>>(1)?))
            })
            .optional()?;
        let number = found.map(|(number, _)| number);
        let version = Version(found.and_then(|(_, version)| version).unwrap_or(0));
        self.streams.push(StreamAt { id, number, version });
        Ok(self.streams.len() - 1)
    }

    /// Remembers where the streams are, once the unit is written.
    pub(crate) fn remember(self) {
        for StreamAt { id, number, version } in self.streams {
            if let Some(number) = number {
                self.known.put(id, number, version);
            }
        }
    }
}

/// Judges a unit. Whether it was committed before is told by writing its outcome, the first that is
/// written of it; only one that is refused is asked here, since a repetition is told apart from a
/// conflict. The log ended there before the transaction.
pub(crate) fn judge<'u, 's>(
    conn: &Connection,
    tables: &Tables,
    known: &'s mut Streams,
    (unit, unfit, before): (&'u Unit, Option<&str>, Position),
) -> Result<std::result::Result<Judged<'u, 's>, Refusal>> {
    let mut judged = Judged { streams: Vec::new(), known, tables: Vec::new() };
    let Some(refusal) = refusal(conn, tables, &mut judged, (unit, unfit, before))? else {
        return Ok(Ok(judged));
    };
    if let Some(outcome) = &unit.outcome {
        let at = judged.stream(conn, &outcome.stream)?;
        if let Some(number) = judged.streams[at].number
            && let Some(first) = outcome_of(conn, number, &outcome.stream, outcome.command_id)?
        {
            return Ok(Err(Refusal::Duplicate(Box::new(first))));
        }
    }
    Ok(Err(refusal))
}

/// Why what the unit expects isn't so.
fn refusal<'u>(
    conn: &Connection,
    tables: &Tables,
    judged: &mut Judged<'u, '_>,
    (unit, unfit, before): (&'u Unit, Option<&str>, Position),
) -> Result<Option<Refusal>> {
    if let Some(write) = &unit.checkpoint {
        let actual = crate::books::checkpoint(conn, &write.consumer)?
            .map(|checkpoint| checkpoint.position)
            .unwrap_or_default();
        if actual != write.expected {
            let consumer = write.consumer.clone();
            return Ok(Some(Refusal::StaleCheckpoint { consumer, actual }));
        }
    }
    if let Some(why) = unfit {
        return Ok(Some(Refusal::Unstorable(why.to_owned())));
    }
    if let Some(refusal) = conflict(conn, judged, &unit.appends)? {
        return Ok(Some(refusal));
    }
    if let Some(condition) = &unit.condition
        && let Some(position) = first_match(conn, condition)?
    {
        return Ok(Some(Refusal::Matched { position }));
    }
    stale_row(conn, tables, judged, (unit, before))
}

fn conflict<'u>(
    conn: &Connection,
    judged: &mut Judged<'u, '_>,
    appends: &'u [Append],
) -> Result<Option<Refusal>> {
    // How far the unit's own earlier appends have taken each stream.
    let mut grown: Vec<(usize, u64)> = Vec::new();
    for append in appends {
        let at = judged.stream(conn, &append.stream)?;
        let own: u64 = grown.iter().filter(|(stream, _)| *stream == at).map(|(_, n)| n).sum();
        let actual = Version(judged.streams[at].version.0 + own);
        let met = match append.expected {
            Expected::Any => true,
            Expected::Empty => actual.0 == 0,
            Expected::Exists => actual.0 > 0,
            Expected::Exactly(version) => actual == version,
        };
        if !met {
            return Ok(Some(Refusal::Conflict { stream: append.stream.clone(), actual }));
        }
        grown.push((at, append.events.len() as u64));
    }
    Ok(None)
}

fn stale_row(
    conn: &Connection,
    tables: &Tables,
    judged: &mut Judged<'_, '_>,
    (unit, before): (&Unit, Position),
) -> Result<Option<Refusal>> {
    for (index, write) in unit.rows.iter().enumerate() {
        let name = &*write.projection;
        let known = tables.read().ok().and_then(|tables| tables.get(name).cloned());
        let Some(table) = known else {
            return Ok(Some(Refusal::Unstorable(format!("there is no table for {name}"))));
        };
        if let Some(why) = unfit_row(&table.table, write, unit) {
            return Ok(Some(Refusal::Unstorable(why)));
        }
        // What the unit itself writes twice was read once, before the first.
        let first = !unit.rows[..index].iter().any(|own| own.same_row(write));
        if let Some(read) = write.read
            && first
            && table.position(conn, &write.key)? != unit.read_at(read, before)
        {
            let (projection, key) = (write.projection.clone(), write.key.clone());
            return Ok(Some(Refusal::StaleRow { projection, key }));
        }
        judged.tables.push(table);
    }
    Ok(None)
}
