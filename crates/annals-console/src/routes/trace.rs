//! `GET /trace/{correlation_id}`: what one request set off, by lines.

use annals_core::Position;
use annals_runtime::ports::LogQuery;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::names::Names;
use crate::paging::Filling;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::views::{self, Telling, TraceLine};

/// Commands of one trace at most: of those that a correlation has more, nothing is said but that
/// they are missing.
const OUTCOMES_LIMIT: usize = 1_000;

/// Events read at once.
const BITE: usize = 64;

pub(crate) async fn trace(
    State(api): State<Api>,
    Names(correlation_id): Names<String>,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let page = parameters.page(&[])?;
    let after = page.after_number()?;
    let correlation_id = Uuid::try_parse(&correlation_id)
        .map_err(|_| Problem::bad_request("a correlation id is a UUID"))?;
    let position = api.store.head().await?;
    let outcomes = api.store.outcomes(correlation_id, OUTCOMES_LIMIT).await?;
    let mut window = Window { before: after, lines: Filling::new(page.limit) };
    let mut telling: Option<Telling<'_>> = None;
    let mut read = Position(0);
    'log: loop {
        let query = LogQuery {
            after: read,
            limit: BITE,
            correlation_id: Some(correlation_id),
            ..LogQuery::default()
        };
        let events = api.store.read_log(query).await?;
        if events.is_empty() && outcomes.is_empty() && telling.is_none() {
            let detail = format!("nothing has the correlation {correlation_id}");
            return Err(Problem::not_found(detail));
        }
        let telling =
            telling.get_or_insert_with(|| Telling::new(&events, &outcomes, seen_by(&api)));
        for event in &events {
            read = event.position;
            if !window.show(telling.event(event)) {
                break 'log;
            }
        }
        if events.len() < BITE {
            window.show(telling.rest());
            break;
        }
    }
    let (items, more) = window.lines.done();
    let next = more.then(|| (after + items.len() as u64).to_string());
    Ok(Json(json!({
        "correlation_id": correlation_id,
        "items": items,
        "next": next,
        "position": position,
        "complete": outcomes.len() < OUTCOMES_LIMIT,
    })))
}

fn seen_by(api: &Api) -> views::SeenBy<'_> {
    let (projections, sagas) = (&api.projections, &api.sagas);
    views::SeenBy { upcaster: &*api.upcaster, projections, sagas }
}

/// The part of a trace that is asked for.
struct Window {
    /// Lines that are still before it.
    before: u64,
    lines: Filling<Value>,
}

impl Window {
    /// Takes the next lines; false once one doesn't fit.
    fn show(&mut self, lines: Vec<TraceLine>) -> bool {
        lines.into_iter().all(|line| {
            if self.before > 0 {
                self.before -= 1;
                return true;
            }
            let line = json!(line);
            let bytes = line["data"].to_string().len();
            self.lines.add(line, bytes)
        })
    }
}
