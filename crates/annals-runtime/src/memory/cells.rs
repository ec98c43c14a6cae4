//! Cells as keys: their order.

use std::cmp::Ordering;

use annals_core::Cell;

/// A cell with a total order: by kind, then by value; text by its bytes.
#[derive(Clone, Debug)]
pub(super) struct KeyCell(pub(super) Cell);

fn kind(cell: &Cell) -> u8 {
    match cell {
        Cell::Null => 0,
        Cell::Bool(_) => 1,
        Cell::Int(_) => 2,
        Cell::Float(_) => 3,
        Cell::Text(_) => 4,
        Cell::Time(_) => 5,
        Cell::Date(_) => 6,
        Cell::Duration(_) => 7,
        Cell::Json(_) => 8,
    }
}

impl Ord for KeyCell {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
            (Cell::Int(a), Cell::Int(b))
            | (Cell::Time(a), Cell::Time(b))
            | (Cell::Duration(a), Cell::Duration(b)) => a.cmp(b),
            (Cell::Float(a), Cell::Float(b)) => a.total_cmp(b),
            (Cell::Text(a), Cell::Text(b)) | (Cell::Json(a), Cell::Json(b)) => a.cmp(b),
            (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
            (a, b) => kind(a).cmp(&kind(b)),
        }
    }
}

impl PartialOrd for KeyCell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for KeyCell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for KeyCell {}
