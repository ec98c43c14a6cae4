//! Projections: events folded into rows.

use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::source::Span;

use super::{Assignment, Named, Term};

/// When a projection's rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// In the append itself.
    Immediate,
    /// Later, rows and checkpoint in one transaction.
    Eventual,
}

/// A read model by key.
#[derive(Clone, Debug)]
pub struct Projection {
    /// Its name, which is its table's.
    pub named: Named,
    /// The service that owns it.
    pub service: Arc<str>,
    /// When its rows are written.
    pub update: Update,
    /// The column that is the key.
    pub key: Arc<str>,
    /// The columns, in file order.
    pub columns: Vec<Column>,
    /// `row` as expressions see it: all columns.
    pub row: Arc<RecordType>,
    /// One handler an event.
    pub on: Vec<ProjectionHandler>,
}

/// One column of a read model.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub type_: Type,
    /// Where it is declared.
    pub span: Span,
}

/// What one event does to the row of its key.
#[derive(Clone, Debug)]
pub struct ProjectionHandler {
    /// The event's name.
    pub event: Arc<str>,
    /// Where the handler is written.
    pub span: Span,
    /// The row's key, from `event` and `meta`; its type is the key column's.
    pub key: Term,
    /// The columns that change (never the key), in column order: written or carried over.
    pub set: Vec<Assignment>,
}
