//! Reads of read models.

use annals_core::{Position, Projection};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};

use crate::api::Api;
use crate::problem::Problem;
use crate::query::Page;
use crate::views;

pub(crate) async fn list(State(api): State<Api>) -> Json<Value> {
    let items: Vec<Value> = api
        .projections
        .values()
        .map(|projection| {
            let update = if projection.immediate() { "immediate" } else { "eventual" };
            json!({ "name": projection.table().name, "update": update })
        })
        .collect();
    Json(json!({ "items": items, "next": null }))
}

pub(crate) async fn rows(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let (projection, limit) = (find(&api, &name)?, page.limit()?);
    let after = page.after.as_deref().map(|key| projection.parse_key(key)).transpose()?;
    let position = position(&api, projection).await?;
    let rows = api.store.rows(&name, after, limit).await?;
    let table = projection.table();
    let last = rows.last().map(|(row, _)| views::key_text(&row[table.key]));
    let next = if rows.len() == limit { last } else { None };
    let items: Vec<Value> = rows.iter().map(|(row, _)| views::row(table, row)).collect();
    Ok(Json(json!({ "items": items, "next": next, "position": position })))
}

pub(crate) async fn row(
    State(api): State<Api>,
    Path((name, key)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let projection = find(&api, &name)?;
    let key_cell = projection.parse_key(&key)?;
    match api.store.row(&name, &key_cell).await? {
        Some((row, _)) => Ok(Json(views::row(projection.table(), &row))),
        None => Err(Problem::not_found(format!("{name} has no row {key}"))),
    }
}

/// Up to where the rows are the fold of the log.
async fn position(api: &Api, projection: &dyn Projection) -> Result<Position, Problem> {
    if projection.immediate() {
        return Ok(api.store.head().await?);
    }
    let checkpoint = api.store.checkpoint(&projection.table().name).await?;
    Ok(checkpoint.map_or(Position(0), |checkpoint| checkpoint.position))
}

fn find<'a>(api: &'a Api, name: &str) -> Result<&'a dyn Projection, Problem> {
    let projection = api.projections.get(name).map(|projection| &**projection);
    projection.ok_or_else(|| Problem::not_found(format!("there is no projection named {name}")))
}
