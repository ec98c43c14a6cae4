//! How violations and evaluation errors become failures.

use std::sync::Arc;

use annals_core::{Failure, InvalidField};
use annals_expression::Violation;
use annals_model::{Model, Span};

/// `path:line:column` of a span, for what has no expression that would know.
pub(crate) fn place(model: &Model, span: Span) -> Arc<str> {
    let (path, line, column) = model.sources.locate(span);
    format!("{path}:{line}:{column}").into()
}

/// Input that doesn't fit its type.
pub(crate) fn invalid(violations: Vec<Violation>) -> Failure {
    let fields = violations.into_iter();
    Failure::Invalid(
        fields.map(|v| InvalidField { pointer: v.pointer, reason: v.reason }).collect(),
    )
}

/// A computed value that its type's limits refuse.
pub(crate) fn outside(place: Arc<str>, field: &str, violations: &[Violation]) -> Failure {
    let reasons: Vec<String> =
        violations.iter().map(|v| format!("{field}{} {}", v.pointer, v.reason)).collect();
    Failure::Evaluation { place, reason: reasons.join("; ") }
}

/// Stored bytes that can't be read.
pub(crate) fn unreadable(what: impl Into<String>, reason: impl Into<String>) -> Failure {
    Failure::Decoding { what: what.into(), reason: reason.into() }
}

/// What is wrong with a value, without saying where in it.
pub(crate) fn phrases(violations: &[Violation]) -> String {
    let all: Vec<&str> = violations.iter().map(|violation| &*violation.reason).collect();
    all.join(" and ")
}

/// Violations as one reason.
pub(crate) fn reasons(violations: &[Violation]) -> String {
    let all: Vec<String> =
        violations.iter().map(|v| format!("{} {}", v.pointer, v.reason)).collect();
    all.join("; ").trim_start().into()
}
