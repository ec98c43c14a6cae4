//! Cells of rows: values as stores keep them, and back.

use annals_core::{Cell, ColumnType};
use annals_expression::{Type, Unknown, Value};

/// The column type of a type, and whether it may be null.
pub(crate) fn column(type_: &Type) -> (ColumnType, bool) {
    let plain = match type_.without_null() {
        Type::Bool => ColumnType::Bool,
        Type::Int(_) => ColumnType::Int,
        Type::Float => ColumnType::Float,
        Type::Uuid => ColumnType::Uuid,
        Type::Time => ColumnType::Time,
        Type::Date => ColumnType::Date,
        Type::Duration => ColumnType::Duration,
        Type::List(_) | Type::Map(_) | Type::Record(_) => ColumnType::Json,
        Type::Text(_) | Type::Enum(_) | Type::Optional(_) | Type::Null => ColumnType::Text,
    };
    (plain, type_.is_optional())
}

/// A value as a cell.
pub(crate) fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Int(number) => Cell::Int(*number),
        // Stores have one zero, and a row must not depend on whether it has been there and back.
        Value::Float(number) => Cell::Float(*number + 0.0),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Time(us) => Cell::Time(*us),
        Value::Date(days) => Cell::Date(*days),
        Value::Duration(us) => Cell::Duration(*us),
        Value::List(_) | Value::Map(_) | Value::Record(_) => {
            Cell::Json(value.to_json().to_string().into())
        }
    }
}

/// A cell as a value of a type; `None` where it is none. Limits aren't looked at: rows are stored
/// data.
pub(crate) fn value(cell: &Cell, type_: &Type) -> Option<Value> {
    Some(match (cell, type_) {
        (Cell::Null, type_) if type_.is_optional() => Value::Null,
        (cell, Type::Optional(inner)) => return value(cell, inner),
        (Cell::Bool(flag), Type::Bool) => Value::Bool(*flag),
        (Cell::Int(number), Type::Int(_)) => Value::Int(*number),
        (Cell::Float(number), Type::Float) => Value::Float(*number),
        (Cell::Text(text), Type::Text(_) | Type::Uuid | Type::Enum(_)) => Value::Text(text.clone()),
        (Cell::Time(us), Type::Time) => Value::Time(*us),
        (Cell::Date(days), Type::Date) => Value::Date(*days),
        (Cell::Duration(us), Type::Duration) => Value::Duration(*us),
        (Cell::Json(text), Type::List(_) | Type::Map(_) | Type::Record(_)) => {
            let json = serde_json::from_str(text).ok()?;
            type_.decode(&json, Unknown::Ignore).ok()?
        }
        _ => return None,
    })
}
