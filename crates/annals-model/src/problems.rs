//! The collector of problems. Reporting never stops anything.

use crate::codes;
use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::Span;

/// All problems so far.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    found: Vec<Diagnostic>,
    errors: usize,
    /// Takes what is reported once there are too many.
    spare: Option<Diagnostic>,
}

/// The most errors that are kept: to report nothing but mistakes must not take long either.
const MAX_ERRORS: usize = 10_000;

/// A problem that is being reported; labels and a cure may follow.
#[derive(Debug)]
pub struct Report<'p>(&'p mut Diagnostic);

impl Problems {
    /// Reports what the system can't run with.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> Report<'_> {
        self.report(Severity::Error, code, span, message.into())
    }

    /// Reports what the system had better not do.
    pub fn warning(&mut self, code: Code, span: Span, message: impl Into<String>) -> Report<'_> {
        self.report(Severity::Warning, code, span, message.into())
    }

    fn report(
        &mut self,
        severity: Severity,
        code: Code,
        span: Span,
        message: String,
    ) -> Report<'_> {
        let diagnostic = Diagnostic {
            code,
            severity,
            message,
            labels: vec![Label { span, text: String::new(), primary: true }],
            why: codes::why(code).to_owned(),
            cure: String::new(),
        };
        if self.errors >= MAX_ERRORS {
            return Report(self.spare.insert(diagnostic));
        }
        self.errors += usize::from(severity == Severity::Error);
        let at = self.found.len();
        self.found.push(diagnostic);
        Report(&mut self.found[at])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The one that was reported last.
    pub(crate) fn last(&self) -> Option<&Diagnostic> {
        self.found.last()
    }

    /// The problems by place; behind them, where there were too many, one that says so.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| (diagnostic.place(), diagnostic.code));
        if let Some(spare) = self.spare.take() {
            self.errors = 0;
            let message = format!("there are more than {MAX_ERRORS} errors: the rest isn't listed");
            let cure = "cure those that are, and check again";
            self.error(codes::TOO_MANY_ERRORS, spare.place(), message).cure(cure);
        }
        self.found
    }
}

impl Report<'_> {
    /// Shows another place that explains the problem.
    pub fn label(self, span: Span, text: impl Into<String>) -> Self {
        self.0.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    /// Says what to do about it.
    pub fn cure(self, cure: impl Into<String>) -> Self {
        self.0.cure = cure.into();
        self
    }

    /// Says why, where the code's own reason isn't in this crate's tables.
    pub fn why(self, why: impl Into<String>) -> Self {
        self.0.why = why.into();
        self
    }
}
