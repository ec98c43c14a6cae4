//! The projection's seam: pure functions from events to rows of a declared table.

use std::sync::Arc;

use crate::{EventView, Failure};

/// The value of one column. Stores write it in their own types.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// SQL null.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number. Stores have one zero: -0.0 comes back as 0.0.
    Float(f64),
    /// Text, an enum's member, or a uuid in canonical form.
    Text(Arc<str>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds.
    Duration(i64),
    /// A list, map or record, as JSON text.
    Json(Arc<str>),
}

/// A column's type, as stores need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Text or an enum.
    Text,
    /// A uuid.
    Uuid,
    /// A point in time.
    Time,
    /// A day.
    Date,
    /// A length of time.
    Duration,
    /// A list, map or record.
    Json,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// `[a-z][a-z0-9_]{0,62}`.
    pub name: Arc<str>,
    /// Its type.
    pub type_: ColumnType,
    /// Whether it may be null.
    pub optional: bool,
}

/// The table of a projection: its name, its columns in order, and which of them is the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The projection's name.
    pub name: Arc<str>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Index of the key among them.
    pub key: usize,
}

/// One row: a cell for each column of its [`Table`], the key's among them.
pub type Row = Vec<Cell>;

/// One projection.
pub trait Projection: Send + Sync {
    /// Its table; the table's name is the projection's and the consumer's name.
    fn table(&self) -> &Table;

    /// Folded in the append itself.
    fn immediate(&self) -> bool;

    /// The events' names that it reads.
    fn reads(&self) -> &[Arc<str>];

    /// The key of the row that the event changes.
    ///
    /// # Errors
    /// [`Failure::Evaluation`] and [`Failure::Decoding`].
    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure>;

    /// The row after the event; `None` is the row that doesn't exist yet.
    ///
    /// # Errors
    /// As [`Projection::key`].
    fn fold(&self, key: &Cell, row: Option<&Row>, event: &EventView<'_>) -> Result<Row, Failure>;

    /// The key that a text of the API or the command line names.
    ///
    /// # Errors
    /// [`Failure::Invalid`].
    fn parse_key(&self, text: &str) -> Result<Cell, Failure>;

    /// A hash of the definition: another one means that the rows are rebuilt.
    fn fingerprint(&self) -> &str;
}
