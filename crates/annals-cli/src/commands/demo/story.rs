//! One compensated order, as the trace tells it.

use annals_console::views::{self, TraceLine};
use annals_core::{StreamId, Version};
use annals_runtime::ports::{LogQuery, SagaQuery, Store};
use uuid::Uuid;

use crate::exit::Failed;
use crate::live_system::LiveSystem;

/// Instances that are looked at for a good story.
const LOOKED_AT: usize = 5_000;

/// The trace of an order that was compensated after the most steps.
pub(crate) struct Story {
    pub(crate) correlation_id: Uuid,
    pub(crate) lines: Vec<TraceLine>,
}

/// Finds a story: an instance whose shipment failed, else any that was compensated.
pub(crate) async fn tell(live: &LiveSystem, store: &dyn Store) -> Result<Option<Story>, Failed> {
    let query = SagaQuery {
        saga: "OrderFulfillment".into(),
        status: Some("failed".into()),
        limit: LOOKED_AT,
        ..SagaQuery::default()
    };
    let failed = store.sagas(query).await?;
    let best = failed.iter().find(|row| row.failure.starts_with("ship_order"));
    let Some(row) = best.or_else(|| failed.first()) else { return Ok(None) };
    let stream = StreamId::history_of("OrderFulfillment", row.key.clone());
    let history = store.read_stream(&stream, Version(0), 1).await?;
    let Some(first) = history.first() else { return Ok(None) };
    let correlation_id = first.event.metadata.correlation_id;
    let query =
        LogQuery { limit: 1_000, correlation_id: Some(correlation_id), ..LogQuery::default() };
    let events = store.read_log(query).await?;
    let outcomes = store.outcomes(correlation_id, 1_000).await?;
    let api = &live.api;
    let seen_by = views::SeenBy {
        upcaster: &*api.upcaster,
        projections: &api.projections,
        sagas: &api.sagas,
    };
    let lines = views::trace(&events, &outcomes, &seen_by);
    Ok(Some(Story { correlation_id, lines }))
}
