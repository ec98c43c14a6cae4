//! The routes, one family a file.

mod commands;
mod events;
mod letters;
mod projections;
mod sagas;
mod system;
mod trace;

use axum::Router;
use axum::routing::{get, post};

use crate::api::Api;
use crate::problem::Problem;

/// All routes.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/commands/{aggregate}/{id}/{command}", post(commands::handle))
        .route("/projections", get(projections::list))
        .route("/projections/{name}", get(projections::rows))
        .route("/projections/{name}/{key}", get(projections::row))
        .route("/streams/{aggregate}/{id}", get(events::stream))
        .route("/events", get(events::log))
        .route("/sagas", get(sagas::list))
        .route("/sagas/{name}", get(sagas::instances))
        .route("/sagas/{name}/{key}", get(sagas::instance))
        .route("/dead-letters", get(letters::list))
        .route("/trace/{correlation_id}", get(trace::trace))
        .route("/health", get(system::health))
        .method_not_allowed_fallback(async || {
            let code = axum::http::StatusCode::METHOD_NOT_ALLOWED;
            Problem::new(code, "method_not_allowed", "commands are sent with POST, all else is GET")
        })
        .fallback(async || Problem::not_found("there is nothing at this path"))
        .with_state(api)
}
