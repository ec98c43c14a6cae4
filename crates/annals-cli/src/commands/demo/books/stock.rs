//! Stock: received = available + reserved + taken, and nothing stays reserved.

use annals_core::{EventView, StreamId, System, Version};
use annals_runtime::ports::Store;
use serde_json::Value;

use super::{Ledger, Line, PAGE};
use crate::exit::Failed;

pub(super) async fn lines(
    store: &dyn Store,
    system: &System,
    ledger: &Ledger,
) -> Result<Vec<Line>, Failed> {
    let decider = system.deciders.iter().find(|decider| decider.aggregate() == "StockItem");
    let decider = decider
        .ok_or_else(|| Failed::Input("this is no store of the demo: it has no StockItem".into()))?;
    let (mut available, mut reserved, mut taken) = (0, 0, 0);
    for sku in &ledger.skus {
        let stream = StreamId::new("StockItem", sku.clone());
        let (mut state, mut after) = (decider.initial(sku), Version(0));
        loop {
            let events = store.read_stream(&stream, after, PAGE).await?;
            let Some(last) = events.last() else { break };
            after = last.version;
            for event in &events {
                state = decider
                    .evolve(&state, &EventView::from(event))
                    .map_err(|error| Failed::System(error.to_string()))?;
            }
        }
        let state: Value = serde_json::from_slice(&decider.encode(&state)).unwrap_or_default();
        available += state["available"].as_i64().unwrap_or(0);
        taken += state["taken"].as_i64().unwrap_or(0);
        let by_order = state["reserved"].as_object();
        let held = by_order.into_iter().flat_map(|orders| orders.values());
        reserved += held.filter_map(Value::as_i64).sum::<i64>();
    }
    let received = ledger.received;
    Ok(vec![
        Line::equal(
            "stock received = available + reserved + taken",
            received,
            available + reserved + taken,
            format!("{received} = {available} + {reserved} + {taken}"),
        ),
        Line::equal("nothing is left reserved", reserved, 0, format!("{reserved} reserved")),
    ])
}
