//! `POST /commands/{Aggregate}/{id}/{Command}`.

use std::sync::Arc;

use annals_core::{Version, ids};
use annals_runtime::{Answer, CommandRequest, Outcome};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::problem::Problem;
use crate::views;

/// The largest body.
const MAX_BODY_BYTES: usize = 1 << 20;

pub(crate) async fn handle(
    State(api): State<Api>,
    Path((aggregate, id, command)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let request = CommandRequest {
        aggregate: aggregate.into(),
        id: id.into(),
        command: command.into(),
        input: read(body).await?,
        command_id: text(&parts.headers, "idempotency-key")?.map(command_id),
        if_version: if_match(&parts.headers)?,
        correlation_id: None,
        causation_id: None,
        actor: None,
        traceparent: text(&parts.headers, "traceparent")?.map(Arc::from),
        outside: true,
    };
    let answer = api.commands.handle(request).await?;
    Ok(respond(&api, &answer))
}

/// A command id as clients write it: a UUID, or any text, of which a UUIDv5 is made.
fn command_id(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap_or_else(|_| ids::text_command_id(text))
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

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    if media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        "send the input as JSON, with `content-type: application/json`",
    ))
}

async fn read(body: Body) -> Result<Arc<[u8]>, Problem> {
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(bytes) => Ok(Arc::from(&bytes[..])),
        Err(error) if is_too_large(&error) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("a command's input is at most {MAX_BODY_BYTES} bytes"),
        )),
        Err(error) => Err(Problem::bad_request(format!("the body broke off: {error}"))),
    }
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

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match value.to_str() {
        Ok(text) if !text.is_empty() && text.len() <= 256 => Ok(Some(text)),
        _ => Err(Problem::bad_request(format!("{name} is 1 to 256 visible ASCII characters"))),
    }
}

/// `If-Match: "7"`: the version that the stream must be at.
fn if_match(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(text) = text(headers, "if-match")? else { return Ok(None) };
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let version = quoted.and_then(|digits| digits.parse().ok());
    version.map(|version| Some(Version(version))).ok_or_else(|| {
        Problem::bad_request(format!(
            "if-match is {text}; it is a version in quotes, as ETag gave it"
        ))
    })
}
