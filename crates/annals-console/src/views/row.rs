//! Rows of projections.

use annals_core::{Cell, Row, Table, Timestamp, format_date};
use annals_model::format_duration;
use serde_json::{Map, Value, json};

/// A row by column names.
pub fn row(table: &Table, row: &Row) -> Value {
    let named = table.columns.iter().zip(row);
    let fields: Map<String, Value> =
        named.map(|(column, value)| (column.name.to_string(), cell(value))).collect();
    Value::Object(fields)
}

/// One cell, as events write such a value: times as RFC 3339, dates as ISO 8601, durations in their
/// largest unit.
pub fn cell(value: &Cell) -> Value {
    match value {
        Cell::Null => Value::Null,
        Cell::Bool(flag) => json!(flag),
        Cell::Int(number) => json!(number),
        Cell::Float(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Time(us) => json!(Timestamp(*us).to_string()),
        Cell::Date(days) => json!(format_date(*days)),
        Cell::Duration(us) => json!(format_duration(*us)),
        Cell::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

/// A key as it stands in a URL or on the command line.
pub fn key_text(key: &Cell) -> String {
    match cell(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
