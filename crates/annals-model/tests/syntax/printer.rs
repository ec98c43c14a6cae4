//! Diagnostics as text: place, excerpt with carets, why and cure.

use std::fmt::Write as _;

use annals_model::{Diagnostic, Severity, Sources, Span};

/// The longest excerpt, in characters.
const WIDTH: usize = 100;

/// All of them.
pub(crate) fn print(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "{severity}[{}]: {}", diagnostic.code.0, diagnostic.message);
        for label in &diagnostic.labels {
            excerpt(&mut text, sources, label.span, &label.text);
        }
        let _ = writeln!(text, "  why: {}\n  cure: {}\n", diagnostic.why, diagnostic.cure);
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn excerpt(text: &mut String, sources: &Sources, span: Span, said: &str) {
    let (path, line, column) = sources.locate(span);
    let source = &sources.get(span.file).expect("a span is of a file").text;
    let written: String =
        source.split('\n').nth(line - 1).unwrap_or_default().chars().take(WIDTH).collect();
    let marked = source[span.start as usize..span.end as usize].lines().next().unwrap_or_default();
    let width = marked.chars().count().clamp(1, WIDTH);
    let carets = format!("{}{}", " ".repeat(column - 1), "^".repeat(width));
    let _ = writeln!(text, "  {path}:{line}:{column}\n  | {written}\n  | {carets} {said}");
}
