//! # Projection column without a source
//!
//! ## What it does
//! Finds a column that no handler of its projection ever sets.
//!
//! ## Why it is bad
//! It holds its zero value in every row, for ever, and looks like data.
//!
//! ## Example
//! ```yaml
//! columns: { order_id: uuid, status: text, total_cents: int }
//! on:
//!   OrderCompleted: { status: completed }
//! ```
//!
//! ## Use instead
//! An event that carries the value (a field of the column's name and type is carried over by
//! itself), or a handler that computes it.

use annals_model::{Model, Problems};

use crate::codes::COLUMN_WITHOUT_SOURCE;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    for projection in &model.projections {
        let set = |name: &str| {
            projection.on.iter().any(|handler| handler.set.iter().any(|a| &*a.field == name))
        };
        let others = projection.columns.iter().filter(|column| column.name != projection.key);
        for column in others.filter(|column| !set(&column.name)) {
            problems
                .warning(
                    COLUMN_WITHOUT_SOURCE,
                    column.span,
                    format!(
                        "no event sets column '{}' of projection '{}'",
                        column.name, projection.named.name
                    ),
                )
                .cure(
                    "set it under `on:`, or read an event that has a field of this name and type",
                );
        }
    }
}
