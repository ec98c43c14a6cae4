//! Reads of read models.

use annals_core::{Position, Projection};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::Api;
use crate::names::Names;
use crate::paging::{self, row_bytes};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::views;

pub(crate) async fn list(
    State(api): State<Api>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&[])?;
    let position = api.store.head().await?;
    let (named, next) = paging::by_name(&api.projections, &page);
    let items = named.map(|projection| {
        let update = if projection.immediate() { "immediate" } else { "eventual" };
        json!({ "name": projection.table().name, "update": update })
    });
    Ok(paging::list(items.collect(), next, position))
}

pub(crate) async fn rows(
    State(api): State<Api>,
    Names(name): Names<String>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&[])?;
    let projection = find(&api, &name)?;
    let table = projection.table();
    let after = page.after_key(|key| projection.parse_key(key))?;
    let position = position(&api, projection).await?;
    let (rows, more) = paging::fill(
        page.limit,
        |(row, _)| row_bytes(row),
        |last, limit| {
            let after = last.map(|(row, _)| row[table.key].clone()).or_else(|| after.clone());
            api.store.rows(&name, after, limit)
        },
    )
    .await?;
    let last = rows.last().filter(|_| more);
    let next = last.map(|(row, _)| views::key_text(&row[table.key]));
    Ok(paging::list(rows.iter().map(|(row, _)| views::row(table, row)).collect(), next, position))
}

pub(crate) async fn row(
    State(api): State<Api>,
    Names((name, key)): Names<(String, String)>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.none()?;
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
