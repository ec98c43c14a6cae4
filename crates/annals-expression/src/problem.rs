//! What can be wrong with an expression's text. How it is rendered is the model's business.

/// A range of byte offsets in the expression's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this span to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// The kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemCode {
    /// The text isn't an expression.
    Syntax,
    /// A name that isn't in scope.
    UnknownName,
    /// A record has no such field.
    UnknownField,
    /// No such function or macro.
    UnknownFunction,
    /// A value of another type is needed here.
    WrongType,
    /// A value may be null here and must not be.
    MaybeNull,
    /// A text that no member of the enum equals.
    NotAMember,
    /// The worst case would take too long.
    TooCostly,
    /// Too long or too deeply nested to be read.
    TooLarge,
    /// A part made only of literals always fails.
    ConstantFailure,
    /// CEL has it, this language doesn't.
    Unsupported,
}

/// One problem in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the expression's text.
    pub span: Span,
    /// Which kind.
    pub code: ProblemCode,
    /// A sentence that says what is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub cure: Option<String>,
}

impl Problem {
    /// A problem without a cure.
    pub(crate) fn new(span: Span, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { span, code, message: message.into(), cure: None }
    }

    /// This problem with a cure.
    pub(crate) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}
