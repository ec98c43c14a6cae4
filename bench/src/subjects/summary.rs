//! An immediate projection: a row for each stream, which counts its events.

use std::sync::Arc;

use annals_core::{Cell, Column, ColumnType, EventView, Failure, Projection, Row, Table};

/// The projection.
pub(super) struct Summary {
    table: Table,
    reads: [Arc<str>; 1],
}

impl Default for Summary {
    fn default() -> Self {
        let column = |name: &str, type_| Column { name: name.into(), type_, optional: false };
        let columns = vec![column("stream", ColumnType::Text), column("events", ColumnType::Int)];
        let table = Table { name: "summary".into(), columns, key: 0 };
        Self { table, reads: ["OrderPlaced".into()] }
    }
}

impl Projection for Summary {
    fn table(&self) -> &Table {
        &self.table
    }

    fn immediate(&self) -> bool {
        true
    }

    fn reads(&self) -> &[Arc<str>] {
        &self.reads
    }

    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure> {
        Ok(Cell::Text(event.stream.id.clone()))
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, _: &EventView<'_>) -> Result<Row, Failure> {
        let events = match row.and_then(|row| row.get(1)) {
            Some(Cell::Int(events)) => *events,
            _ => 0,
        };
        Ok(vec![key.clone(), Cell::Int(events + 1)])
    }

    fn parse_key(&self, text: &str) -> Result<Cell, Failure> {
        Ok(Cell::Text(text.into()))
    }

    fn fingerprint(&self) -> &str {
        "1"
    }
}
