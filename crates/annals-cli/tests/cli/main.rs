//! The command line and the API as their users meet them: the real program, real stores, real HTTP.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod changed;
mod golden;
mod reading;
mod report;
mod running;
