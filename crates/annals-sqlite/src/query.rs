//! The log by a query: one SQL statement whose order comes from an index, however the filters are
//! combined. Each turn looks at so many rows at most, matching or not, and the next goes on behind
//! the last of them: no query, however narrow its filters, pins the journal.
//!
//! There is no index by aggregate: it would cost every append an entry in one more tree, and those
//! who ask by aggregate want a good part of the log or its last page, which the log's own order
//! gives. In a large log of which it has little its event types are the better question.

use annals_core::{RecordedEvent, StreamId};
use annals_runtime::ports::LogQuery;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, params_from_iter};

use crate::events::{COLUMNS, WIDTH, bounded, event, head};
use crate::readers::Turn;
use crate::types::types_of;

/// Above this many event types their indexes are not merged, but the log filtered.
const MERGED: usize = 100;

/// A statement and what is bound to it.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) bound: Vec<Value>,
}

/// A query on its way through the log.
#[derive(Debug)]
pub(crate) struct Walk {
    query: LogQuery,
    way: Option<Way>,
    pub(crate) events: Vec<RecordedEvent>,
}

/// What the first turn finds out.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// The stored types of the query's names.
    pub(crate) types: Option<Vec<String>>,
    /// The number of the query's stream.
    pub(crate) stream: Option<i64>,
    /// Between these, exclusive, lies what hasn't been looked at: versions of a stream, positions
    /// otherwise. The log's head in the first turn is the end: types that come to be later are not
    /// among ours.
    pub(crate) between: (u64, u64),
}

impl Walk {
    pub(crate) fn new(query: LogQuery) -> Self {
        Self { query, way: None, events: Vec::new() }
    }

    /// A turn; whether it was the last.
    pub(crate) fn turn(&mut self, conn: &Connection) -> Result<bool> {
        if self.query.limit == 0 {
            return Ok(true);
        }
        let way = match &mut self.way {
            Some(way) => way,
            None => match set_out(conn, &self.query)? {
                Some(way) => self.way.insert(way),
                None => return Ok(true),
            },
        };
        let sql = statement(&self.query, way);
        let mut statement = conn.prepare_cached(&sql.text)?;
        let mut rows = statement.query(params_from_iter(sql.bound))?;
        let mut turn = Turn::begin();
        while let Some(row) = rows.next()? {
            if row.get(WIDTH)? {
                self.events.push(event(row)?);
            }
            if self.events.len() == self.query.limit {
                return Ok(true);
            }
            if turn.is_over() {
                let place = row.get(if way.stream.is_some() { 4 } else { 0 })?;
                let bound =
                    if self.query.backward { &mut way.between.1 } else { &mut way.between.0 };
                *bound = place;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The way of a query; `None`: nothing can be on it.
fn set_out(conn: &Connection, query: &LogQuery) -> Result<Option<Way>> {
    let mut way = Way::default();
    if !query.names.is_empty() {
        let mut types = Vec::new();
        for name in &query.names {
            types.extend(types_of(conn, name)?);
        }
        types.sort();
        types.dedup();
        if types.is_empty() {
            return Ok(None);
        }
        way.types = Some(types);
    }
    let beyond = head(conn)?.0 + 1;
    way.between = match (query.backward, query.after.0) {
        (false, after) => (after, beyond),
        (true, 0) => (0, beyond),
        (true, before) => (0, before.min(beyond)),
    };
    if let Some(stream) = &query.stream {
        let Some(number) = stream_number(conn, stream)? else { return Ok(None) };
        way.stream = Some(number);
        let (first, end) = way.between;
        let before_end = versions_up_to(conn, number, end - 1)?;
        way.between = (versions_up_to(conn, number, first)?, before_end + 1);
    }
    Ok(Some(way))
}

/// The statement for what is left of a query on its way.
pub(crate) fn statement(query: &LogQuery, way: &Way) -> Sql {
    let direction = if query.backward { " DESC" } else { "" };
    let narrow = way.stream.is_some() || query.correlation_id.is_some() || !query.tags.is_empty();
    let mut sql = Sql::default();
    match &way.types {
        Some(types) if !narrow && types.len() <= MERGED => {
            // One arm a type, each in the order of its index; SQLite merges them lazily.
            for (index, type_) in types.iter().enumerate() {
                sql.text.push_str(if index == 0 { "" } else { " UNION ALL " });
                select(&mut sql, query, None, 0);
                sql.text.push_str(" FROM event_store WHERE event_type = ?");
                sql.bound.push(Value::Text(type_.clone()));
                between(&mut sql, "event_store.position", way);
            }
            sql.text.push_str(&format!(" ORDER BY position{direction}"));
            return sql;
        }
        _ => {}
    }
    let types = way.types.as_deref();
    let by_tag = way.stream.is_none() && query.correlation_id.is_none() && narrow;
    select(&mut sql, query, types, usize::from(by_tag));
    let mut place = "event_store.position";
    if let Some(number) = way.stream {
        sql.text.push_str(" FROM event_store WHERE stream = ?");
        sql.bound.push(Value::Integer(number));
        place = "version";
    } else if let Some(correlation) = query.correlation_id {
        sql.text.push_str(" FROM event_store WHERE correlation_id = ?");
        sql.bound.push(Value::Blob(correlation.as_bytes().to_vec()));
    } else if let Some(tag) = query.tags.first() {
        // A cross join keeps the tags outside: theirs is the order.
        sql.text.push_str(
            " FROM annals_tags CROSS JOIN event_store \
             ON event_store.position = annals_tags.position WHERE annals_tags.tag = ?",
        );
        sql.bound.push(Value::Text(tag.to_string()));
        place = "annals_tags.position";
    } else {
        sql.text.push_str(" FROM event_store WHERE 1");
    }
    between(&mut sql, place, way);
    sql.text.push_str(&format!(" ORDER BY {place}{direction}"));
    sql
}

/// The columns, and behind them whether the row is one of the query's: what its order's index
/// doesn't say of types, tags (less those that it does say), streams and correlation.
fn select(sql: &mut Sql, query: &LogQuery, types: Option<&[String]>, tags_said: usize) {
    let mut wanted: Vec<String> = Vec::new();
    if let Some(aggregate) = &query.aggregate {
        wanted.push("aggregate = ?".to_owned());
        sql.bound.push(Value::Text(aggregate.to_string()));
    }
    if query.without_sagas {
        wanted.push("substr(aggregate, 1, 5) <> 'saga-'".to_owned());
    }
    if let (Some(correlation), Some(_)) = (query.correlation_id, &query.stream) {
        wanted.push("correlation_id = ?".to_owned());
        sql.bound.push(Value::Blob(correlation.as_bytes().to_vec()));
    }
    if let Some(types) = types {
        wanted.push(format!("event_type IN ({})", vec!["?"; types.len()].join(", ")));
        sql.bound.extend(types.iter().cloned().map(Value::Text));
    }
    for tag in query.tags.iter().skip(tags_said) {
        wanted.push(
            "EXISTS (SELECT 1 FROM annals_tags AS also \
             WHERE also.tag = ? AND also.position = event_store.position)"
                .to_owned(),
        );
        sql.bound.push(Value::Text(tag.to_string()));
    }
    let wanted = if wanted.is_empty() { "1".to_owned() } else { wanted.join(" AND ") };
    sql.text.push_str(&format!("SELECT {COLUMNS}, {wanted}"));
}

fn between(sql: &mut Sql, place: &str, way: &Way) {
    sql.text.push_str(&format!(" AND {place} > ? AND {place} < ?"));
    sql.bound.extend([way.between.0, way.between.1].map(|it| Value::Integer(bounded(it))));
}

fn stream_number(conn: &Connection, stream: &StreamId) -> Result<Option<i64>> {
    let sql = "SELECT stream FROM annals_streams WHERE aggregate = ?1 AND aggregate_id = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    statement.query_row((&*stream.aggregate, &*stream.id), |row| row.get(0)).optional()
}

/// How many of a stream's events lie at or below a position: its versions are in the order of the
/// log, so halving finds it. Whoever follows a long stream page by page never reads it anew.
fn versions_up_to(conn: &Connection, stream: i64, position: u64) -> Result<u64> {
    let last = "SELECT coalesce(max(version), 0) FROM event_store WHERE stream = ?1";
    let at = "SELECT position FROM event_store WHERE stream = ?1 AND version = ?2";
    // Versions up to `low` lie at or below, those from `high` on above.
    let mut low = 0;
    let mut high = conn.prepare_cached(last)?.query_row([stream], |row| row.get::<_, u64>(0))? + 1;
    let mut statement = conn.prepare_cached(at)?;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let found: u64 = statement.query_row((stream, bounded(middle)), |row| row.get(0))?;
        if found <= position { low = middle } else { high = middle }
    }
    Ok(low)
}

#[cfg(test)]
mod tests;
