//! Diagnostics for people and for programs. What they say is decided in the model and the rules.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use annals_model::{Diagnostic, FileId, Label, Severity, Sources};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::output;

/// Prints diagnostics to standard error, and how many there are.
pub(crate) fn print(diagnostics: &[Diagnostic], sources: &Sources) {
    let colour = std::io::stderr().is_terminal() && !output::no_colour();
    for diagnostic in diagnostics {
        output::say(&format!("{}\n", text(diagnostic, sources, colour)));
    }
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let counted = [(errors, "error"), (warnings, "warning")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect::<Vec<_>>();
    if !counted.is_empty() {
        output::say(&counted.join(", "));
    }
}

/// One diagnostic: title with its code, excerpts with labels, the reason, the cure.
pub(crate) fn text(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(&*diagnostic.message).id(diagnostic.code.0).elements(
        by_file(&diagnostic.labels).into_iter().filter_map(|(file, labels)| {
            let source = sources.get(file)?;
            let snippet = Snippet::source(&*source.text).path(&*source.path);
            Some(snippet.annotations(labels.into_iter().map(|label| {
                let kind =
                    if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let span = kind.span(label.span.start as usize..label.span.end as usize);
                if label.text.is_empty() { span } else { span.label(&*label.text) }
            })))
        }),
    );
    if !diagnostic.why.is_empty() {
        group = group.element(Level::NOTE.message(&*diagnostic.why));
    }
    if !diagnostic.cure.is_empty() {
        group = group.element(Level::HELP.message(&*diagnostic.cure));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Labels by file, the file of the primary one first.
fn by_file(labels: &[Label]) -> Vec<(FileId, Vec<&Label>)> {
    let mut files: BTreeMap<FileId, Vec<&Label>> = BTreeMap::new();
    for label in labels {
        files.entry(label.span.file).or_default().push(label);
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(_, labels)| !labels.iter().any(|label| label.primary));
    files
}

/// Diagnostics as data.
pub(crate) fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let place = |label: &Label| {
        let (path, line, column) = sources.locate(label.span);
        json!({ "file": path, "line": line, "column": column, "text": label.text })
    };
    let items = diagnostics.iter().map(|diagnostic| {
        let primary = diagnostic.labels.iter().find(|label| label.primary).map(place);
        let others: Vec<Value> =
            diagnostic.labels.iter().filter(|label| !label.primary).map(place).collect();
        json!({
            "code": diagnostic.code.0,
            "severity": match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "message": diagnostic.message,
            "place": primary,
            "related": others,
            "why": diagnostic.why,
            "cure": diagnostic.cure,
        })
    });
    Value::Array(items.collect())
}
