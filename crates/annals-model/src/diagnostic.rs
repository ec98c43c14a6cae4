//! What is wrong with a file, as data: the place, the reason and the cure. Rendering is elsewhere.

use crate::source::Span;

/// A stable code, such as `A0001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

/// Whether the system can run all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't.
    Error,
    /// It can, and had better not.
    Warning,
}

/// A place and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen; empty where the message says it.
    pub text: String,
    /// The place of the mistake, not one that explains it.
    pub primary: bool,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; the first is the primary one.
    pub labels: Vec<Label>,
    /// Why it is wrong.
    pub why: String,
    /// What to do about it.
    pub cure: String,
}

impl Diagnostic {
    /// Where the mistake is.
    pub fn place(&self) -> Span {
        self.labels.first().map_or_else(Span::default, |label| label.span)
    }
}
