//! Reads of dead letters.

use annals_runtime::ports::{LetterQuery, LetterStatus};
use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use crate::api::Api;
use crate::problem::Problem;
use crate::query::Page;
use crate::views;

pub(crate) async fn list(
    State(api): State<Api>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit()?;
    let query = LetterQuery {
        after: page.after_number()?,
        limit,
        consumer: page.consumer.as_deref().map(Into::into),
        statuses: statuses(page.status.as_deref())?,
        ..LetterQuery::default()
    };
    let letters = api.store.letters(query).await?;
    let last = letters.last().map(|letter| letter.id.to_string());
    let next = if letters.len() == limit { last } else { None };
    let items: Vec<Value> = letters.iter().map(views::letter).collect();
    let position = api.store.head().await?;
    Ok(Json(json!({ "items": items, "next": next, "position": position })))
}

/// The dead ones unless the query asks for others.
fn statuses(asked: Option<&str>) -> Result<Vec<LetterStatus>, Problem> {
    match asked {
        None => Ok(vec![LetterStatus::Failed]),
        Some("all") => Ok(Vec::new()),
        Some(text) => {
            serde_json::from_value(json!(text)).map(|status| vec![status]).map_err(|_| {
                Problem::bad_request(format!(
                    "status is '{text}'; it is failed, blocked, redriven, discarded or all"
                ))
            })
        }
    }
}
