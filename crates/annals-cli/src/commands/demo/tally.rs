//! What became of the sagas, counted in the store: what an earlier run of the demo did counts too.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::System;
use annals_runtime::ports::{SagaQuery, Store};
use serde::Serialize;

use crate::exit::Failed;

/// Instances read at once.
const PAGE: usize = 1_000;

/// The instances of one saga.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tally {
    /// The saga.
    pub(super) name: Arc<str>,
    /// Instances that completed.
    pub(super) completed: u64,
    /// Instances that were compensated, by what turned them round.
    pub(super) compensated: BTreeMap<Arc<str>, u64>,
    /// Instances that are stuck.
    pub(super) stuck: u64,
}

impl Tally {
    /// Those of all sagas.
    pub(super) async fn all(store: &dyn Store, system: &System) -> Result<Vec<Self>, Failed> {
        let mut all = Vec::new();
        for saga in &system.sagas {
            let name = saga.definition().name.clone();
            let mut tally = Self { name: name.clone(), ..Self::default() };
            let mut query = SagaQuery { saga: name, limit: PAGE, ..SagaQuery::default() };
            loop {
                let rows = store.sagas(query.clone()).await?;
                let Some(last) = rows.last() else { break };
                query.after = Some(last.key.clone());
                for row in rows {
                    match &*row.status {
                        "completed" => tally.completed += 1,
                        "stuck" => tally.stuck += 1,
                        "failed" => *tally.compensated.entry(row.failure).or_default() += 1,
                        _ => {}
                    }
                }
            }
            all.push(tally);
        }
        Ok(all)
    }
}
