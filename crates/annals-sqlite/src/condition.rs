//! Judging a condition: the first event after a position that matches one of its criteria. Only
//! seeks in indexes, in the writer's transaction, so that units see what earlier ones of their
//! batch wrote; a condition whose position is the head costs one seek a criterion.

use annals_core::Position;
use annals_runtime::ports::{Condition, Criterion};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::events::{bounded, head};
use crate::types::types_of;

/// The first event of a type, or with a tag, from a position on.
pub(crate) const OF_TYPE: &str = "SELECT position FROM event_store \
                                  WHERE event_type = ?1 AND position >= ?2 \
                                  ORDER BY position LIMIT 1";
pub(crate) const WITH_TAG: &str = "SELECT position FROM annals_tags \
                                   WHERE tag = ?1 AND position >= ?2 ORDER BY position LIMIT 1";

/// The first event after the condition's position that matches.
pub(crate) fn first_match(conn: &Connection, condition: &Condition) -> Result<Option<Position>> {
    let mut first = None;
    for criterion in &condition.none_of {
        let found = matching(conn, criterion, condition.after.0.saturating_add(1))?;
        first = first.into_iter().chain(found).min();
    }
    Ok(first.map(Position))
}

/// The first match from a position on. Each list (the types, every tag) is asked for its next place
/// from where the others are, until all agree: as many seeks as the shortest list has places at
/// most, whichever that is.
fn matching(conn: &Connection, criterion: &Criterion, from: u64) -> Result<Option<u64>> {
    let mut lists: Vec<List<'_>> = criterion.tags.iter().map(|tag| List::Tag(tag)).collect();
    if !criterion.names.is_empty() {
        let mut types = Vec::new();
        for name in &criterion.names {
            types.extend(types_of(conn, name)?);
        }
        lists.push(List::Types(types));
    }
    if lists.is_empty() {
        return Ok((head(conn)?.0 >= from).then_some(from));
    }
    let (mut place, mut agreed) = (from, 0);
    for list in lists.iter().cycle() {
        let Some(next) = list.seek(conn, place)? else { break };
        agreed = if next == place { agreed + 1 } else { 1 };
        place = next;
        if agreed == lists.len() {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Positions in order.
enum List<'c> {
    /// Of the events of one of these stored types.
    Types(Vec<String>),
    /// Of the events that carry this tag.
    Tag(&'c str),
}

impl List<'_> {
    /// The first position from a place on.
    fn seek(&self, conn: &Connection, from: u64) -> Result<Option<u64>> {
        let one = |sql, text: &str| -> Result<Option<u64>> {
            let mut statement = conn.prepare_cached(sql)?;
            statement.query_row((text, bounded(from)), |row| row.get(0)).optional()
        };
        match self {
            Self::Tag(tag) => one(WITH_TAG, tag),
            Self::Types(types) => {
                let mut first = None;
                for type_ in types {
                    first = first.into_iter().chain(one(OF_TYPE, type_)?).min();
                }
                Ok(first)
            }
        }
    }
}
