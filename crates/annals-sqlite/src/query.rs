//! The log by a query: one SQL statement whose order comes from an index, however the filters are
//! combined, so that a page costs as much as it holds.

use annals_core::RecordedEvent;
use annals_runtime::ports::LogQuery;
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params_from_iter};

use crate::events::{COLUMNS, bounded, event};

/// Above this many event types their indexes are not merged, but the log filtered.
const MERGED: usize = 100;

/// A statement and what is bound to it.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) bound: Vec<Value>,
}

/// Events by a query, in its order.
pub(crate) fn log(conn: &Connection, query: &LogQuery) -> Result<Vec<RecordedEvent>> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let types = match query.names.as_slice() {
        [] => None,
        names => {
            let mut types = Vec::new();
            for name in names {
                types.extend(types_of(conn, name)?);
            }
            types.sort();
            types.dedup();
            Some(types)
        }
    };
    if types.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let sql = statement(query, types.as_deref());
    let mut statement = conn.prepare_cached(&sql.text)?;
    statement.query_map(params_from_iter(sql.bound), event)?.collect()
}

/// The statement for a query whose names are resolved to these stored types.
pub(crate) fn statement(query: &LogQuery, types: Option<&[String]>) -> Sql {
    let direction = if query.backward { " DESC" } else { "" };
    let limit = Value::Integer(bounded(query.limit as u64));
    if let (Some(types), None, None) = (types, &query.stream, query.correlation_id)
        && types.len() <= MERGED
    {
        return merged(query, types, direction, limit);
    }
    let mut sql = Sql { text: format!("SELECT {COLUMNS} FROM event_store"), ..Sql::default() };
    let mut filters: Vec<String> = Vec::new();
    // A `+` keeps the filter from choosing the log's own order where a narrower index has it too.
    let narrow = query.stream.is_some() || query.correlation_id.is_some();
    let mut order = "position";
    if let Some(stream) = &query.stream {
        filters.push(
            "stream = (SELECT stream FROM annals_streams WHERE aggregate = ? AND aggregate_id = ?)"
                .to_owned(),
        );
        sql.bound.push(Value::Text(stream.aggregate.to_string()));
        sql.bound.push(Value::Text(stream.id.to_string()));
        order = "version";
    }
    if let Some(correlation) = query.correlation_id {
        let plus = if query.stream.is_some() { "+" } else { "" };
        filters.push(format!("{plus}correlation_id = ?"));
        sql.bound.push(Value::Blob(correlation.as_bytes().to_vec()));
    }
    if let Some(types) = types {
        filters.push(format!("+event_type IN ({})", vec!["?"; types.len()].join(", ")));
        sql.bound.extend(types.iter().cloned().map(Value::Text));
    }
    let plus = if narrow && query.stream.is_some() { "+" } else { "" };
    place(query, plus, &mut filters, &mut sql.bound);
    push_filters(&mut sql.text, &filters);
    sql.text.push_str(&format!(" ORDER BY {order}{direction} LIMIT ?"));
    sql.bound.push(limit);
    sql
}

/// One arm a type, each in the order of its index; SQLite merges them lazily.
fn merged(query: &LogQuery, types: &[String], direction: &str, limit: Value) -> Sql {
    let mut sql = Sql::default();
    for (index, type_) in types.iter().enumerate() {
        let mut filters = vec!["event_type = ?".to_owned()];
        sql.bound.push(Value::Text(type_.clone()));
        place(query, "", &mut filters, &mut sql.bound);
        sql.text.push_str(if index == 0 { "" } else { " UNION ALL " });
        sql.text.push_str(&format!("SELECT {COLUMNS} FROM event_store"));
        push_filters(&mut sql.text, &filters);
    }
    sql.text.push_str(&format!(" ORDER BY position{direction} LIMIT ?"));
    sql.bound.push(limit);
    sql
}

fn place(query: &LogQuery, plus: &str, filters: &mut Vec<String>, bound: &mut Vec<Value>) {
    if !query.backward {
        filters.push(format!("{plus}position > ?"));
        bound.push(Value::Integer(bounded(query.after.0)));
    } else if query.after.0 > 0 {
        filters.push(format!("{plus}position < ?"));
        bound.push(Value::Integer(bounded(query.after.0)));
    }
    if query.without_sagas {
        filters.push("substr(aggregate, 1, 5) <> 'saga-'".to_owned());
    }
}

fn push_filters(text: &mut String, filters: &[String]) {
    if !filters.is_empty() {
        text.push_str(" WHERE ");
        text.push_str(&filters.join(" AND "));
    }
}

/// The stored types of an event's name: a few seeks in the index by type.
fn types_of(conn: &Connection, name: &str) -> Result<Vec<String>> {
    let sql = "WITH RECURSIVE types (name) AS ( \
               SELECT min(event_type) FROM event_store WHERE event_type > ?1 AND event_type < ?2 \
               UNION ALL \
               SELECT (SELECT min(event_type) FROM event_store \
                       WHERE event_type > types.name AND event_type < ?2) \
               FROM types WHERE types.name IS NOT NULL) \
               SELECT name FROM types WHERE name IS NOT NULL";
    let mut statement = conn.prepare_cached(sql)?;
    let (from, to) = (format!("{name}.v"), format!("{name}.w"));
    statement.query_map([from, to], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests;
