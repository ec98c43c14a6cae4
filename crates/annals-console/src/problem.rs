//! Errors as `application/problem+json` (RFC 9457) with a stable `code`.

use annals_core::{Failure, InvalidField};
use annals_runtime::CommandError;
use annals_runtime::ports::StoreError;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A problem: its status, its stable code, and what to tell people.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    /// Whether the connection ends with it.
    closing: bool,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Map::new(), closing: false }
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.more.insert(key.into(), value);
        self
    }

    /// Closes the connection too: what the client still sends is not to be read.
    pub(crate) fn closing(mut self) -> Self {
        self.closing = true;
        self
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// A parameter of the query that isn't as it should be.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::bad_request(detail).with("parameter", json!(name))
    }

    /// A header that isn't as it should be.
    pub(crate) fn header(name: &str, detail: impl Into<String>) -> Self {
        Self::bad_request(detail).with("header", json!(name))
    }

    fn invalid(fields: &[InvalidField]) -> Self {
        let first = fields.first().map_or("", |field| &field.pointer);
        let detail: Vec<String> =
            fields.iter().map(|f| format!("{}: {}", place(&f.pointer), f.reason)).collect();
        let errors: Vec<Value> = fields
            .iter()
            .map(|field| json!({ "path": field.pointer, "reason": field.reason }))
            .collect();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail.join("; "))
            .with("path", json!(first))
            .with("errors", Value::Array(errors))
    }
}

/// A JSON Pointer for people: the empty one is the whole input.
fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the input" } else { pointer }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:annals:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Value::Object(fields) = &mut body {
            fields.extend(self.more);
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.closing {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Invalid(fields) => Self::invalid(fields),
            Failure::Evaluation { place, reason } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "evaluation_failed", reason)
                    .with("path", json!(""))
                    .with("place", json!(place))
            }
            Failure::Decoding { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable", failure.to_string())
            }
            Failure::Unknown { .. } => Self::not_found(failure.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", error.to_string())
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Failure(failure) => failure.into(),
            CommandError::NotPublic { sent_by } => Self::new(
                StatusCode::FORBIDDEN,
                "not_public",
                format!("this command is sent by {} only", sent_by.join(", ")),
            )
            .with("sent_by", json!(sent_by)),
            CommandError::VersionMismatch { expected, actual } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version_mismatch",
                format!("the stream is at version {}, not {expected}", actual.0),
            )
            .with("version", json!(actual)),
            CommandError::IdReused { .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "this command id was used for another request; use a new one",
            )
            .with("path", json!("")),
            CommandError::Conflict => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "contended",
                "others kept changing the stream; try again",
            ),
            CommandError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "the command queue is full; try again",
            ),
            CommandError::Store(error) => error.into(),
            CommandError::Closing => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "closing", "the system is shutting down")
            }
        }
    }
}
