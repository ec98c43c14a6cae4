//! Cells of projections as SQLite's values, and back.

use annals_core::{Cell, Column, ColumnType};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Error, ToSql};

use crate::error::damaged;
use crate::time::{day_text, parse_day, parse_time, time_text};

/// A cell on its way into a statement.
pub(crate) struct Bound<'a>(pub(crate) &'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Bool(value) => ToSqlOutput::Owned(Value::Integer(i64::from(*value))),
            Cell::Int(value) | Cell::Duration(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Cell::Float(value) => ToSqlOutput::Owned(Value::Real(*value)),
            Cell::Text(text) | Cell::Json(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            Cell::Time(us) => ToSqlOutput::Owned(Value::Text(time_text(*us))),
            Cell::Date(day) => ToSqlOutput::Owned(Value::Text(day_text(*day))),
        })
    }
}

/// The type that the column has in the table.
pub(crate) fn sql_type(type_: ColumnType) -> &'static str {
    match type_ {
        ColumnType::Bool | ColumnType::Int | ColumnType::Duration => "INTEGER",
        ColumnType::Float => "REAL",
        ColumnType::Text
        | ColumnType::Uuid
        | ColumnType::Time
        | ColumnType::Date
        | ColumnType::Json => "TEXT",
    }
}

/// What a column's stored value says.
pub(crate) fn read(column: &Column, value: ValueRef<'_>) -> Result<Cell, Error> {
    let text = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned).map_err(|_| wrong(column, "text that isn't UTF-8"))
    };
    Ok(match (column.type_, value) {
        (_, ValueRef::Null) => Cell::Null,
        (ColumnType::Bool, ValueRef::Integer(value)) => Cell::Bool(value != 0),
        (ColumnType::Int, ValueRef::Integer(value)) => Cell::Int(value),
        (ColumnType::Duration, ValueRef::Integer(value)) => Cell::Duration(value),
        (ColumnType::Float, ValueRef::Real(value)) => Cell::Float(value),
        (ColumnType::Text | ColumnType::Uuid, ValueRef::Text(bytes)) => {
            Cell::Text(text(bytes)?.into())
        }
        (ColumnType::Json, ValueRef::Text(bytes)) => Cell::Json(text(bytes)?.into()),
        (ColumnType::Time, ValueRef::Text(bytes)) => Cell::Time(parse_time(&text(bytes)?)?.0),
        (ColumnType::Date, ValueRef::Text(bytes)) => Cell::Date(parse_day(&text(bytes)?)?),
        (_, other) => return Err(wrong(column, &format!("a value of type {}", other.data_type()))),
    })
}

fn wrong(column: &Column, what: &str) -> Error {
    damaged(format!("column {} of type {:?} holds {what}", column.name, column.type_))
}
