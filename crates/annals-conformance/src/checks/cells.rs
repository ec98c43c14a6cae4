//! Cells of rows: each type comes back as it was, to the edges of its range and not beyond.

use std::sync::Arc;

use annals_core::{Cell, Column, ColumnType, FIRST_DAY, LAST_DAY, Position, Row, Table, Timestamp};
use annals_runtime::SeededEntropy;
use annals_runtime::ports::{Entropy, Refusal, RowWrite, Store, Unit};

use super::{check, ok, refused, take};
use crate::check::{Check, Checked, holds, same};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("cells of every type come back as they were, to the edges", edges),
        check!("cells beyond the edges refuse their unit", beyond),
        check!("floats come back to the last bit", floats),
    ]
}

/// The column of each type.
const TYPES: [(&str, ColumnType); 9] = [
    ("bool", ColumnType::Bool),
    ("int", ColumnType::Int),
    ("float", ColumnType::Float),
    ("text", ColumnType::Text),
    ("uuid", ColumnType::Uuid),
    ("time", ColumnType::Time),
    ("date", ColumnType::Date),
    ("duration", ColumnType::Duration),
    ("json", ColumnType::Json),
];

async fn prepared(store: &Arc<dyn Store>) -> Checked {
    let column = |name: &str, type_, optional| Column { name: name.into(), type_, optional };
    let key = column("id", ColumnType::Int, false);
    let columns = TYPES.iter().map(|(name, type_)| column(name, *type_, true));
    let columns = std::iter::once(key).chain(columns).collect();
    ok(store.prepare("orders", vec![Table { name: "cells".into(), columns, key: 0 }]).await)
}

fn write(number: i64, cell: &Cell) -> Unit {
    let column = match cell {
        Cell::Null => 0,
        Cell::Bool(_) => 1,
        Cell::Int(_) => 2,
        Cell::Float(_) => 3,
        Cell::Text(_) => 4,
        Cell::Time(_) => 6,
        Cell::Date(_) => 7,
        Cell::Duration(_) => 8,
        Cell::Json(_) => 9,
    };
    let mut row: Row = vec![Cell::Null; TYPES.len() + 1];
    row[column] = cell.clone();
    row[0] = Cell::Int(number);
    let key = row[0].clone();
    let position = Some(Position(1));
    let rows = vec![RowWrite { projection: "cells".into(), key, row, read: None, position }];
    Unit { rows, ..Unit::default() }
}

/// Writes rows with one cell each, and reads those cells again.
async fn there_and_back(store: &Arc<dyn Store>, cells: &[Cell]) -> Result<Vec<Cell>, String> {
    prepared(store).await?;
    for (number, cell) in (1..).zip(cells) {
        take(store, write(number, cell)).await.map_err(|why| format!("{cell:?}: {why}"))?;
    }
    let rows = ok(store.rows("cells", None, usize::MAX).await)?;
    let cell = |(row, _): (Row, Position)| {
        let told = row.into_iter().skip(1).find(|cell| *cell != Cell::Null);
        told.unwrap_or(Cell::Null)
    };
    Ok(rows.into_iter().map(cell).collect())
}

async fn edges(store: Arc<dyn Store>) -> Checked {
    let cells = [
        Cell::Null,
        Cell::Bool(false),
        Cell::Bool(true),
        Cell::Int(i64::MIN),
        Cell::Int(i64::MAX),
        Cell::Float(f64::MAX),
        Cell::Float(1.0),
        Cell::Text("".into()),
        Cell::Text("'\"\n\u{1F600}".into()),
        Cell::Time(Timestamp::FIRST.0),
        Cell::Time(-1),
        Cell::Time(Timestamp::LAST.0),
        Cell::Date(FIRST_DAY),
        Cell::Date(LAST_DAY),
        Cell::Duration(i64::MIN),
        Cell::Duration(i64::MAX),
        Cell::Json("{\"a\":[1e2]}".into()),
    ];
    same("cells", &there_and_back(&store, &cells).await?, &cells.to_vec())
}

async fn beyond(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let cells = [
        Cell::Float(f64::NAN),
        Cell::Time(Timestamp::FIRST.0 - 1),
        Cell::Time(Timestamp::LAST.0 + 1),
        Cell::Time(i64::MIN),
        Cell::Time(i64::MAX),
        Cell::Date(FIRST_DAY - 1),
        Cell::Date(LAST_DAY + 1),
        Cell::Text("a\0b".into()),
        Cell::Json("\"a\0b\"".into()),
    ];
    for cell in cells {
        let refusal = refused(&store, write(1, &cell)).await;
        let refusal = refusal.map_err(|why| format!("{cell:?}: {why}"))?;
        holds(&format!("{cell:?} unstorable"), matches!(refusal, Refusal::Unstorable(_)))?;
    }
    same("rows", &ok(store.rows("cells", None, 9).await)?.len(), &0)
}

/// Any pattern of bits that is a number; of zeros there is one.
async fn floats(store: Arc<dyn Store>) -> Checked {
    let dice = SeededEntropy::new(1);
    let any = std::iter::repeat_with(|| f64::from_bits(dice.next_u64()));
    let edges = [-0.0, f64::MIN_POSITIVE, 5e-324, 0.1 + 0.2, f64::MIN];
    let all: Vec<f64> = edges.into_iter().chain(any.filter(|it| !it.is_nan()).take(200)).collect();
    let cells: Vec<Cell> = all.iter().map(|it| Cell::Float(*it)).collect();
    let bits = |cell: &Cell| match cell {
        Cell::Float(value) => value.to_bits(),
        _ => 0,
    };
    let got = there_and_back(&store, &cells).await?;
    for (got, wanted) in got.iter().zip(&all) {
        same(&format!("{wanted:?}"), &bits(got), &(*wanted + 0.0).to_bits())?;
    }
    same("how many", &got.len(), &all.len())
}
