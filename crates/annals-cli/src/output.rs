//! What goes to standard output: JSON documents, and tables for people.

use std::io::{self, Write};

use serde_json::Value;

/// Whether colour is unwanted, as <https://no-color.org> has it.
#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
pub(crate) fn no_colour() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
}

/// Prints one JSON document.
pub(crate) fn json(value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    line(&text);
}

/// Prints one JSON value on one line, for streams of them.
pub(crate) fn json_line(value: &Value) {
    line(&value.to_string());
}

/// Prints a line. A reader that has gone away (`| head`) ends the process in peace.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Prints rows in columns that are as wide as they need; the first row is the head.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
