//! Whether the system is well.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::Api;
use crate::problem::Problem;
use crate::query::Parameters;

pub(crate) async fn health(
    State(api): State<Api>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.none()?;
    let head = api.store.head().await?;
    let statuses = api.statuses.all();
    let alarm = api.store.alarm();
    let well = alarm.is_none() && statuses.iter().all(|status| status.trouble.is_none());
    let consumers: Vec<Value> = statuses
        .iter()
        .map(|status| {
            json!({
                "name": status.name,
                "checkpoint": status.checkpoint,
                "lag_events": head.0.saturating_sub(status.checkpoint.0),
                "dead_letters": status.failed_letters,
                "held": status.held,
                "trouble": status.trouble,
            })
        })
        .collect();
    Ok(Json(json!({
        "status": if well { "up" } else { "degraded" },
        "system": api.name,
        "position": head,
        "alarm": alarm,
        "consumers": consumers,
    })))
}
