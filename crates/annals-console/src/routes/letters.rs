//! Reads of dead letters.

use annals_runtime::ports::{Letter, LetterQuery, LetterStatus};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::Api;
use crate::paging;
use crate::problem::Problem;
use crate::query::{Page, Parameters};
use crate::views;

pub(crate) async fn list(
    State(api): State<Api>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&["consumer", "status"])?;
    let after = page.after_number()?;
    let query = LetterQuery {
        consumer: page.text("consumer").map(Into::into),
        statuses: statuses(&page)?,
        ..LetterQuery::default()
    };
    let position = api.store.head().await?;
    let (letters, more) = paging::fill(
        page.limit,
        |letter: &Letter| letter.reason.len(),
        |last, limit| {
            let after = last.map_or(after, |letter| letter.id);
            api.store.letters(LetterQuery { after, limit, ..query.clone() })
        },
    )
    .await?;
    let next = letters.last().filter(|_| more).map(|letter| letter.id.to_string());
    Ok(paging::list(letters.iter().map(views::letter).collect(), next, position))
}

/// The dead ones unless the query asks for others.
fn statuses(page: &Page) -> Result<Vec<LetterStatus>, Problem> {
    let words = ["failed", "blocked", "redriven", "discarded", "all"];
    Ok(match page.word("status", &words)? {
        None => vec![LetterStatus::Failed],
        Some(word) => serde_json::from_value(json!(word)).into_iter().collect(),
    })
}
