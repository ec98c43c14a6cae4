//! The books: whether stock, money, orders, rows, sagas and notifications add up. They are kept
//! from the log and from what others wrote down, never from what the engines say of themselves.

mod ledger;
mod notified;
mod rows;
mod stock;

use std::path::Path;

use annals_core::System;
use annals_runtime::ports::{LogQuery, SagaQuery, Store};
use serde::Serialize;

use crate::commands::run::RUN_FACT;
use crate::exit::Failed;
use ledger::Ledger;

/// The line that says whether sagas are under way.
pub(super) const ENDED: &str = "every saga ended";

/// Events read at once.
const PAGE: usize = 1_000;

/// One line of the books.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// What is compared.
    pub(crate) what: &'static str,
    /// The figures, as people read them.
    pub(crate) figures: String,
    /// Whether they add up.
    pub(crate) balances: bool,
}

impl Line {
    fn equal(what: &'static str, left: i64, right: i64, figures: String) -> Self {
        Self { what, figures, balances: left == right }
    }

    fn none(what: &'static str, wrong: u64, of: u64, unit: &str) -> Self {
        let figures =
            if wrong == 0 { format!("{of} {unit}") } else { format!("{wrong} of {of} {unit}") };
        Self { what, figures, balances: wrong == 0 }
    }
}

/// Audits a store that nothing runs on, or that has settled. `notifications` is the file of the
/// demo's notification service; where there is none the notifications can't be audited, and that is
/// said.
pub(crate) async fn audit(
    store: &dyn Store,
    system: &System,
    notifications: &Path,
) -> Result<Vec<Line>, Failed> {
    let mut ledger = Ledger::default();
    let mut folds = rows::Folds::new(system);
    let mut query = LogQuery { limit: PAGE, without_sagas: true, ..LogQuery::default() };
    loop {
        let events = store.read_log(query.clone()).await?;
        let Some(last) = events.last() else { break };
        query.after = last.position;
        for event in &events {
            ledger.enter(event);
            folds.fold(event)?;
        }
    }
    let mut lines = stock::lines(store, system, &ledger).await?;
    lines.push(ledger.deliveries());
    lines.push(ledger.money());
    lines.push(ledger.orders());
    lines.extend(sagas(store, system).await?);
    lines.extend(folds.compare(store).await?);
    let elsewhere = store.facts().await?.iter().any(|(name, _)| name == RUN_FACT);
    lines.extend(notified::lines(notifications, &ledger, elsewhere)?);
    Ok(lines)
}

/// No saga is open or stuck.
async fn sagas(store: &dyn Store, system: &System) -> Result<Vec<Line>, Failed> {
    let mut lines = Vec::new();
    for saga in &system.sagas {
        let name = &saga.definition().name;
        let all = SagaQuery { saga: name.clone(), ..SagaQuery::default() };
        let open = store.sagas(SagaQuery { open: true, ..all.clone() }).await?;
        let stuck = SagaQuery { status: Some("stuck".into()), ..all };
        let stuck = store.sagas(stuck).await?;
        lines.push(Line {
            what: ENDED,
            figures: format!("{name}: {} open, {} stuck", open.len(), stuck.len()),
            balances: open.is_empty() && stuck.is_empty(),
        });
    }
    Ok(lines)
}
