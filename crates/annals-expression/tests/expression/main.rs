//! What the crate promises, seen from outside: tables of expressions, and laws over random ones.

mod common;
mod counted;
mod differential;
mod grammar;
mod json;
mod oracle;
mod panics;
mod problems;
mod types;
mod values;
