//! The names in a path, decoded; a path that isn't UTF-8 is a problem like any other.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The names that a route's path has places for, in its order.
pub(crate) struct Names<T>(pub(crate) T);

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for Names<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(names)) => Ok(Self(names)),
            Err(rejection) => {
                let why = rejection.body_text();
                Err(Problem::bad_request(why.trim_start_matches("Invalid URL: ")))
            }
        }
    }
}
