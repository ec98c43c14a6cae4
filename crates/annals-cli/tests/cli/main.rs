//! The command line and the API as their users meet them: the real program, real stores, real HTTP.

mod common;

mod api;
mod cases;
mod changed;
mod check;
mod docs;
mod golden;
mod letters;
mod names;
mod output;
mod reading;
mod report;
mod running;
mod terminal;
