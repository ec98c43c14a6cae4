//! Reads of the log: all of it, one stream, one correlation.

use annals_core::{StreamId, Version};
use annals_runtime::ports::LogQuery;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::problem::Problem;
use crate::query::Page;
use crate::views;

/// Events of one trace at most: a correlation that set off more is shown in part, and says so.
const TRACE_LIMIT: usize = 1_000;

pub(crate) async fn log(
    State(api): State<Api>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit()?;
    let query = LogQuery {
        after: page.after_position()?,
        limit,
        names: page.type_.iter().map(|name| name.as_str().into()).collect(),
        without_sagas: page.include.as_deref() != Some("sagas"),
        ..LogQuery::default()
    };
    let events = api.store.read_log(query).await?;
    let next = (events.len() == limit).then(|| events.last().map(|e| e.position.0.to_string()));
    let items: Vec<Value> = events.iter().map(|event| shown(&api, event, page.raw)).collect();
    let position = api.store.head().await?;
    Ok(Json(json!({ "items": items, "next": next.flatten(), "position": position })))
}

pub(crate) async fn stream(
    State(api): State<Api>,
    Path((aggregate, id)): Path<(String, String)>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit()?;
    let id = match api.deciders.get(&*aggregate) {
        Some(decider) => decider.canonical_id(&id)?,
        None if aggregate.starts_with("saga-") => id.into(),
        None => return Err(Problem::not_found(format!("there is no aggregate named {aggregate}"))),
    };
    let stream = StreamId::new(aggregate, id);
    let after = Version(page.after_number()?);
    let events = api.store.read_stream(&stream, after, limit).await?;
    if events.is_empty() && after == Version(0) {
        return Err(Problem::not_found(format!("there is no {stream}")));
    }
    let next = (events.len() == limit).then(|| events.last().map(|e| e.version.0.to_string()));
    let items: Vec<Value> = events.iter().map(|event| shown(&api, event, page.raw)).collect();
    let position = api.store.head().await?;
    Ok(Json(json!({ "items": items, "next": next.flatten(), "position": position })))
}

pub(crate) async fn trace(
    State(api): State<Api>,
    Path(correlation_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let correlation_id = Uuid::try_parse(&correlation_id)
        .map_err(|_| Problem::bad_request("a correlation id is a UUID"))?;
    let query = LogQuery {
        limit: TRACE_LIMIT,
        correlation_id: Some(correlation_id),
        ..LogQuery::default()
    };
    let events = api.store.read_log(query).await?;
    let outcomes = api.store.outcomes(correlation_id, TRACE_LIMIT).await?;
    if events.is_empty() && outcomes.is_empty() {
        return Err(Problem::not_found(format!("nothing has the correlation {correlation_id}")));
    }
    let seen_by = views::SeenBy {
        upcaster: &*api.upcaster,
        projections: &api.projections,
        sagas: &api.sagas,
    };
    let lines = views::trace(&events, &outcomes, &seen_by);
    Ok(Json(json!({
        "correlation_id": correlation_id,
        "items": lines,
        "complete": events.len() < TRACE_LIMIT && outcomes.len() < TRACE_LIMIT,
    })))
}

fn shown(api: &Api, event: &annals_core::RecordedEvent, raw: bool) -> Value {
    if raw { views::raw_envelope(event) } else { views::envelope(event, &*api.upcaster) }
}
