//! The HTTP API, and the views that it shares with the command line: what people and programs see
//! of commands, events, rows, sagas and letters. Nothing is decided here.

mod api;
mod headers;
mod names;
mod paging;
mod problem;
mod query;
mod routes;
mod server;
pub mod views;

pub use api::Api;
pub use server::{Limits, serve};
