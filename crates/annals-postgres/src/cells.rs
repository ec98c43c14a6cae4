//! Cells of projections as Postgres's values, and back.

use annals_core::{Cell, Column, ColumnType, Row, Table, Timestamp, format_date};
use annals_runtime::ports::StoreError;
use serde_json::Value;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::error::damaged;
use crate::time::{Day, Time};

/// A key on its way into a statement, as text in the form that its column's type reads.
pub(crate) fn key_text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) | Cell::Duration(value) => value.to_string(),
        Cell::Float(value) => format!("{:?}", value + 0.0),
        Cell::Text(text) | Cell::Json(text) => text.to_string(),
        Cell::Time(us) => time_text(*us),
        Cell::Date(day) => format_date(*day),
    }
}

/// A row as a JSON object, as `json_populate_record` reads it.
pub(crate) fn row_json(table: &Table, row: &Row) -> String {
    let mut text = String::from("{");
    for (index, (column, cell)) in table.columns.iter().zip(row).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let value = match cell {
            Cell::Null => "null".to_owned(),
            Cell::Bool(value) => value.to_string(),
            Cell::Int(value) | Cell::Duration(value) => value.to_string(),
            // In quotes, since JSON has no infinity.
            Cell::Float(value) => format!("\"{:?}\"", value + 0.0),
            // As it is: the column keeps the text. As a key it is text.
            Cell::Json(json) if index != table.key => json.to_string(),
            Cell::Text(text) | Cell::Json(text) => Value::from(&**text).to_string(),
            Cell::Time(us) => format!("\"{}\"", time_text(*us)),
            Cell::Date(day) => format!("\"{}\"", format_date(*day)),
        };
        text.push_str(&format!("{comma}{}:{value}", Value::from(&*column.name)));
    }
    text.push('}');
    text
}

/// The type that the column has in the table.
pub(crate) fn sql_type(type_: ColumnType, is_key: bool) -> &'static str {
    match type_ {
        ColumnType::Bool => "boolean",
        ColumnType::Int | ColumnType::Duration => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Uuid => "uuid",
        ColumnType::Time => "timestamptz",
        ColumnType::Date => "date",
        // Of json there is no order.
        ColumnType::Json if !is_key => "json",
        ColumnType::Text | ColumnType::Json => "text COLLATE \"C\"",
    }
}

/// What a column's stored value says.
pub(crate) fn read(
    column: &Column,
    index: usize,
    is_key: bool,
    row: &tokio_postgres::Row,
) -> Result<Cell, StoreError> {
    let cell = match column.type_ {
        ColumnType::Bool => row.try_get::<_, Option<bool>>(index).map(|it| it.map(Cell::Bool)),
        ColumnType::Int => row.try_get::<_, Option<i64>>(index).map(|it| it.map(Cell::Int)),
        ColumnType::Duration => {
            row.try_get::<_, Option<i64>>(index).map(|it| it.map(Cell::Duration))
        }
        ColumnType::Float => row.try_get::<_, Option<f64>>(index).map(|it| it.map(Cell::Float)),
        ColumnType::Uuid => row
            .try_get::<_, Option<Uuid>>(index)
            .map(|it| it.map(|id| Cell::Text(id.to_string().into()))),
        ColumnType::Time => {
            row.try_get::<_, Option<Time>>(index).map(|it| it.map(|Time(time)| Cell::Time(time.0)))
        }
        ColumnType::Date => {
            row.try_get::<_, Option<Day>>(index).map(|it| it.map(|Day(day)| Cell::Date(day)))
        }
        ColumnType::Json if !is_key => row
            .try_get::<_, Option<JsonText>>(index)
            .map(|it| it.map(|JsonText(text)| Cell::Json(text.into()))),
        ColumnType::Json => {
            row.try_get::<_, Option<&str>>(index).map(|it| it.map(|text| Cell::Json(text.into())))
        }
        ColumnType::Text => {
            row.try_get::<_, Option<&str>>(index).map(|it| it.map(|text| Cell::Text(text.into())))
        }
    };
    let cell = cell.map_err(|error| {
        damaged(format!("column {} of type {:?}: {error}", column.name, column.type_))
    })?;
    Ok(cell.unwrap_or(Cell::Null))
}

fn time_text(us: i64) -> String {
    Timestamp(us).clamp(Timestamp::FIRST, Timestamp::LAST).to_string()
}

/// The text of a `json`.
struct JsonText(String);

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::JSON
    }
}
