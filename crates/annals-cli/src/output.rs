//! What goes to standard output: JSON documents, and tables for people. What is said beside it, to
//! standard error.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use serde_json::Value;

/// Why standard output takes no more.
static BROKEN: OnceLock<(ErrorKind, String)> = OnceLock::new();

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

/// Prints a line; nothing more once a line couldn't be printed.
pub(crate) fn line(text: &str) {
    if gone() {
        return;
    }
    let mut out = io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Another thread may have been first: one reason is enough.
        let _ = BROKEN.set((error.kind(), error.to_string()));
    }
}

/// Says a line on standard error. Where nobody listens, nothing is said.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether nobody reads standard output any more, so that there is no use in going on.
pub(crate) fn gone() -> bool {
    BROKEN.get().is_some()
}

/// Why what was printed is not all there. A reader that has gone away (`| head`) has what it wants.
pub(crate) fn incomplete() -> Option<String> {
    let (kind, why) = BROKEN.get()?;
    (*kind != ErrorKind::BrokenPipe).then(|| format!("standard output: {why}"))
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
