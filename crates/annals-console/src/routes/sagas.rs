//! Reads of sagas.

use annals_core::{SagaDefinition, SagaLogic, StreamId, Version};
use annals_runtime::ports::{SagaQuery, SagaRow};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::Api;
use crate::names::Names;
use crate::paging::{self, event_bytes};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::views;

/// What an instance can be.
const STATUSES: [&str; 5] = ["running", "compensating", "completed", "failed", "stuck"];

/// Events of one history that are shown with its instance; more are in its stream.
const HISTORY_LIMIT: usize = 1_000;

pub(crate) async fn list(
    State(api): State<Api>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&[])?;
    let position = api.store.head().await?;
    let (named, next) = paging::by_name(&api.sagas, &page);
    let items = named.map(|saga| {
        let definition = saga.definition();
        json!({ "name": definition.name, "start": definition.start, "steps": steps(definition) })
    });
    Ok(paging::list(items.collect(), next, position))
}

/// The steps by name, in the order by which a history counts them, from 0.
fn steps(definition: &SagaDefinition) -> Vec<&str> {
    definition.steps.iter().map(|step| &*step.name).collect()
}

pub(crate) async fn instances(
    State(api): State<Api>,
    Names(name): Names<String>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&["status"])?;
    let logic = find(&api, &name)?;
    let after = page.after_key(|key| logic.canonical_key(key))?;
    let status = page.word("status", &STATUSES)?.map(Into::into);
    let query = SagaQuery { saga: name.into(), status, ..SagaQuery::default() };
    let position = api.store.head().await?;
    let (rows, more) = paging::fill(
        page.limit,
        |row: &SagaRow| row.state.len(),
        |last, limit| {
            let after = last.map(|row| row.key.clone()).or_else(|| after.clone());
            api.store.sagas(SagaQuery { after, limit, ..query.clone() })
        },
    )
    .await?;
    let next = rows.last().filter(|_| more).map(|row| row.key.to_string());
    Ok(paging::list(rows.iter().map(views::instance).collect(), next, position))
}

pub(crate) async fn instance(
    State(api): State<Api>,
    Names((name, key)): Names<(String, String)>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.none()?;
    let logic = find(&api, &name)?;
    let key = logic.canonical_key(&key)?;
    let query = SagaQuery {
        saga: name.as_str().into(),
        key: Some(key.clone()),
        limit: 1,
        ..SagaQuery::default()
    };
    let rows = api.store.sagas(query).await?;
    let Some(row) = rows.first() else {
        return Err(Problem::not_found(format!("saga {name} has no instance {key}")));
    };
    let stream = StreamId::history_of(&name, key);
    let (history, more) = paging::fill(HISTORY_LIMIT, event_bytes, |last, limit| {
        let after = last.map_or(Version(0), |event| event.version);
        api.store.read_stream(&stream, after, limit)
    })
    .await?;
    let next = history.last().filter(|_| more).map(|event| event.version.0.to_string());
    let mut shown = views::instance(row);
    shown["steps"] = json!(steps(logic.definition()));
    shown["history"] = views::timeline(&history);
    shown["history_next"] = json!(next);
    Ok(Json(shown))
}

fn find<'a>(api: &'a Api, name: &str) -> Result<&'a dyn SagaLogic, Problem> {
    let saga = api.sagas.get(name).map(|saga| &**saga);
    saga.ok_or_else(|| Problem::not_found(format!("there is no saga named {name}")))
}
