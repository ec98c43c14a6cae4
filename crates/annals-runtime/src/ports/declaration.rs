//! A projection's table as stores remember it: JSON, so that the next start can compare.

use annals_core::{Column, ColumnType, Table};
use serde_json::{Value, json};

const COLUMN_TYPES: [(ColumnType, &str); 9] = [
    (ColumnType::Bool, "bool"),
    (ColumnType::Int, "int"),
    (ColumnType::Float, "float"),
    (ColumnType::Text, "text"),
    (ColumnType::Uuid, "uuid"),
    (ColumnType::Time, "time"),
    (ColumnType::Date, "date"),
    (ColumnType::Duration, "duration"),
    (ColumnType::Json, "json"),
];

/// `{"columns": [{"name", "type", "optional"}], "key": index}`.
pub fn declaration(table: &Table) -> Value {
    let columns = table.columns.iter().map(|column| {
        let type_ = COLUMN_TYPES.iter().find(|(known, _)| *known == column.type_);
        let type_ = type_.map_or("text", |(_, name)| name);
        json!({ "name": *column.name, "type": type_, "optional": column.optional })
    });
    json!({ "columns": columns.collect::<Vec<_>>(), "key": table.key })
}

/// What [`declaration`] said of the table of that name; `None` where it is something else.
pub fn declared(name: &str, text: &str) -> Option<Table> {
    let value: Value = serde_json::from_str(text).ok()?;
    let column = |value: &Value| {
        let type_ = value.get("type")?.as_str()?;
        Some(Column {
            name: value.get("name")?.as_str()?.into(),
            type_: COLUMN_TYPES.iter().find(|(_, known)| *known == type_)?.0,
            optional: value.get("optional")?.as_bool()?,
        })
    };
    let columns = value.get("columns")?.as_array()?;
    let columns = columns.iter().map(column).collect::<Option<Vec<Column>>>()?;
    let key = usize::try_from(value.get("key")?.as_u64()?).ok()?;
    (key < columns.len()).then(|| Table { name: name.into(), columns, key })
}
