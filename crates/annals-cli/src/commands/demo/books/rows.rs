//! Projections: each table equals the fold of the log.

use std::collections::HashMap;
use std::sync::Arc;

use annals_console::views;
use annals_core::{Cell, EventView, Projection, RecordedEvent, Row, System};
use annals_runtime::ports::Store;

use super::{Line, PAGE};
use crate::exit::Failed;

/// The folds of all projections, made from the log alone.
pub(super) struct Folds {
    tables: Vec<(Arc<dyn Projection>, HashMap<String, Row>)>,
}

impl Folds {
    pub(super) fn new(system: &System) -> Self {
        Self { tables: system.projections.iter().map(|p| (p.clone(), HashMap::new())).collect() }
    }

    /// Folds one event into every projection that reads it.
    pub(super) fn fold(&mut self, event: &RecordedEvent) -> Result<(), Failed> {
        let view = EventView::from(event);
        for (projection, rows) in &mut self.tables {
            if !projection.reads().contains(&event.event.type_.name) {
                continue;
            }
            let failed = |error: annals_core::Failure| Failed::System(error.to_string());
            let key: Cell = projection.key(&view).map_err(failed)?;
            let text = views::key_text(&key);
            let row = projection.fold(&key, rows.get(&text), &view).map_err(failed)?;
            rows.insert(text, row);
        }
        Ok(())
    }

    /// Compares each fold with the store's table, row by row.
    pub(super) async fn compare(self, store: &dyn Store) -> Result<Vec<Line>, Failed> {
        let mut lines = Vec::new();
        for (projection, mut expected) in self.tables {
            let table = projection.table();
            let total = expected.len();
            let (mut wrong, mut after) = (0, None);
            loop {
                let rows = store.rows(&table.name, after.take(), PAGE).await?;
                let Some((last, _)) = rows.last() else { break };
                after = Some(last[table.key].clone());
                for (row, _) in &rows {
                    let fold = expected.remove(&views::key_text(&row[table.key]));
                    wrong += usize::from(fold.as_ref() != Some(row));
                }
            }
            wrong += expected.len();
            let figures = if wrong == 0 {
                format!("{}: {total} rows", table.name)
            } else {
                format!("{}: {wrong} of {total} rows differ", table.name)
            };
            lines.push(Line {
                what: "each projection equals the fold of the log",
                figures,
                balances: wrong == 0,
            });
        }
        Ok(lines)
    }
}
