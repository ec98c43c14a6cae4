//! The API over real connections, on a system in memory whose ids and times are fixed.

mod common;

mod commands;
mod hosts;
mod limits;
mod lists;
mod problems;
