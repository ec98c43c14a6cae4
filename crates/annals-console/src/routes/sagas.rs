//! Reads of sagas.

use annals_core::{StreamId, Version};
use annals_runtime::ports::SagaQuery;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use crate::api::Api;
use crate::problem::Problem;
use crate::query::Page;
use crate::views;

/// Events of one history that are shown at most.
const HISTORY_LIMIT: usize = 1_000;

pub(crate) async fn list(State(api): State<Api>) -> Json<Value> {
    let items: Vec<Value> = api.sagas.keys().map(|name| json!({ "name": name })).collect();
    Json(json!({ "items": items, "next": null }))
}

pub(crate) async fn instances(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    known(&api, &name)?;
    let limit = page.limit()?;
    let query = SagaQuery {
        saga: name.into(),
        after: page.after.as_deref().map(Into::into),
        status: page.status.as_deref().map(Into::into),
        limit,
        ..SagaQuery::default()
    };
    let rows = api.store.sagas(query).await?;
    let last = rows.last().map(|row| row.key.to_string());
    let next = if rows.len() == limit { last } else { None };
    let items: Vec<Value> = rows.iter().map(views::instance).collect();
    let position = api.store.head().await?;
    Ok(Json(json!({ "items": items, "next": next, "position": position })))
}

pub(crate) async fn instance(
    State(api): State<Api>,
    Path((name, key)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    known(&api, &name)?;
    let query = SagaQuery {
        saga: name.as_str().into(),
        key: Some(key.as_str().into()),
        limit: 1,
        ..SagaQuery::default()
    };
    let rows = api.store.sagas(query).await?;
    let Some(row) = rows.first() else {
        return Err(Problem::not_found(format!("saga {name} has no instance {key}")));
    };
    let stream = StreamId::new(format!("saga-{name}"), key);
    let history = api.store.read_stream(&stream, Version(0), HISTORY_LIMIT).await?;
    let mut shown = views::instance(row);
    shown["history"] = views::timeline(&history);
    Ok(Json(shown))
}

fn known(api: &Api, name: &str) -> Result<(), Problem> {
    if api.sagas.contains_key(name) {
        return Ok(());
    }
    Err(Problem::not_found(format!("there is no saga named {name}")))
}
