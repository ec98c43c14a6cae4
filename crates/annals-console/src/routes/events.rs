//! Reads of the log: all of it, and one stream.

use std::sync::Arc;

use annals_core::{EventType, RecordedEvent, StreamId, Version};
use annals_runtime::ports::LogQuery;
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::api::Api;
use crate::names::Names;
use crate::paging::{self, event_bytes};
use crate::problem::Problem;
use crate::query::{Page, Parameters};
use crate::views;

pub(crate) async fn log(
    State(api): State<Api>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&["type", "include", "raw"])?;
    let (after, raw) = (page.after_position()?, page.flag("raw")?);
    let query = LogQuery {
        names: name(&page)?.into_iter().collect(),
        without_sagas: page.word("include", &["sagas"])?.is_none(),
        ..LogQuery::default()
    };
    let position = api.store.head().await?;
    let (events, more) = paging::fill(page.limit, event_bytes, |last, limit| {
        let after = last.map_or(after, |event| event.position);
        api.store.read_log(LogQuery { after, limit, ..query.clone() })
    })
    .await?;
    let next = events.last().filter(|_| more).map(|event| event.position.0.to_string());
    Ok(paging::list(shown(&api, &events, raw), next, position))
}

/// The name of the events that are asked for.
fn name(page: &Page) -> Result<Option<Arc<str>>, Problem> {
    let Some(text) = page.text("type") else { return Ok(None) };
    match EventType::parse(text) {
        None => Ok(Some(text.into())),
        Some(type_) => {
            let name = type_.name;
            let detail =
                format!("type is '{text}'; it is an event's name, without a version: {name}");
            Err(Problem::parameter("type", detail))
        }
    }
}

pub(crate) async fn stream(
    State(api): State<Api>,
    Names((aggregate, id)): Names<(String, String)>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&["raw"])?;
    let (after, raw) = (Version(page.after_number()?), page.flag("raw")?);
    let id = canonical(&api, &aggregate, &id)?;
    let stream = StreamId::new(aggregate, id);
    let position = api.store.head().await?;
    let (events, more) = paging::fill(page.limit, event_bytes, |last, limit| {
        api.store.read_stream(&stream, last.map_or(after, |event| event.version), limit)
    })
    .await?;
    if events.is_empty() && after == Version(0) {
        return Err(Problem::not_found(format!("there is no {stream}")));
    }
    let next = events.last().filter(|_| more).map(|event| event.version.0.to_string());
    Ok(paging::list(shown(&api, &events, raw), next, position))
}

/// An id in the form that streams have it. The histories of a saga that the model has no more are
/// still there.
fn canonical(api: &Api, aggregate: &str, id: &str) -> Result<Arc<str>, Problem> {
    if let Some(decider) = api.deciders.get(aggregate) {
        return Ok(decider.canonical_id(id)?);
    }
    let Some(saga) = aggregate.strip_prefix("saga-") else {
        return Err(Problem::not_found(format!("there is no aggregate named {aggregate}")));
    };
    Ok(match api.sagas.get(saga) {
        Some(logic) => logic.canonical_key(id)?,
        None => id.into(),
    })
}

fn shown(api: &Api, events: &[RecordedEvent], raw: bool) -> Vec<Value> {
    let shown = |event| match raw {
        true => views::raw_envelope(event),
        false => views::envelope(event, &*api.upcaster),
    };
    events.iter().map(shown).collect()
}
