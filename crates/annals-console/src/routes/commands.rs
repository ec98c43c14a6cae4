//! `POST /commands/{Aggregate}/{id}/{Command}`.

use std::sync::Arc;
use std::time::Duration;

use annals_core::Version;
use annals_runtime::{Answer, CommandRequest, Outcome};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::api::Api;
use crate::names::Names;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::server::Limits;
use crate::{headers, views};

/// The largest body.
const MAX_BODY_BYTES: usize = 1 << 20;

pub(crate) async fn handle(
    State(api): State<Api>,
    Names((aggregate, id, command)): Names<(String, String, String)>,
    parameters: Parameters,
    Extension(limits): Extension<Limits>,
    request: Request,
) -> Result<Response, Problem> {
    parameters.none()?;
    let (parts, body) = request.into_parts();
    headers::require_json(&parts.headers)?;
    let command_id = headers::command_id(&parts.headers)?;
    let if_version = headers::if_match(&parts.headers)?;
    // A client that waits for leave to send its body (`Expect: 100-continue`) gets it with the
    // first read, when all that its head is refused for has been.
    let input = read(&parts.headers, body, limits.body_timeout).await?;
    let request = CommandRequest {
        command_id,
        if_version,
        traceparent: headers::traceparent(&parts.headers),
        outside: true,
        ..CommandRequest::new(aggregate, id, command, input)
    };
    let answer = api.commands.handle(request).await?;
    Ok(respond(&api, &answer))
}

fn respond(api: &Api, answer: &Answer) -> Response {
    let mut response = match &answer.outcome {
        Outcome::Rejected(rejected) => rejected_problem(answer, rejected),
        outcome => {
            let events: Vec<Value> =
                answer.events.iter().map(|e| views::envelope(e, &*api.upcaster)).collect();
            let name = if matches!(outcome, Outcome::Accepted) { "accepted" } else { "ignored" };
            Json(json!({
                "outcome": name,
                "events": events,
                "version": answer.version,
                "position": answer.position,
                "command_id": answer.command_id,
                "correlation_id": answer.correlation_id,
            }))
            .into_response()
        }
    };
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", answer.version.0)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// 409; `NotAllowed` on an empty stream is 404: there is nothing that it could be allowed on.
fn rejected_problem(answer: &Answer, rejected: &annals_core::Rejected) -> Response {
    let nothing_there = &*rejected.name == "NotAllowed" && answer.version == Version(0);
    let status = if nothing_there { StatusCode::NOT_FOUND } else { StatusCode::CONFLICT };
    let detail = if nothing_there {
        format!("there is no {}", answer.stream)
    } else {
        format!("{}: {}", rejected.name, rejected.condition)
    };
    Problem::new(status, "rejected", detail)
        .with("rejection", json!(rejected.name))
        .with("condition", json!(rejected.condition))
        .with("version", json!(answer.version))
        .with("command_id", json!(answer.command_id))
        .with("correlation_id", json!(answer.correlation_id))
        .into_response()
}

async fn read(headers: &HeaderMap, body: Body, timeout: Duration) -> Result<Arc<[u8]>, Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length: Option<u64> = length.and_then(|digits| digits.parse().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(timeout, to_bytes(body, MAX_BODY_BYTES)).await;
    let read = read.map_err(|_| {
        let detail = "the body didn't arrive in time";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail).closing()
    })?;
    match read {
        Ok(bytes) => Ok(Arc::from(&bytes[..])),
        Err(error) if is_too_large(&error) => Err(too_large()),
        Err(error) => Err(Problem::bad_request(format!("the body broke off: {error}")).closing()),
    }
}

fn too_large() -> Problem {
    let detail = format!("a command's input is at most {MAX_BODY_BYTES} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).closing()
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.to_string().contains("length limit exceeded") {
            return true;
        }
        source = inner.source();
    }
    false
}
