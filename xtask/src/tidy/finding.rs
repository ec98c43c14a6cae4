//! What a check says: the place, the reason, the cure. Nothing is decided here.

use std::fmt;

/// One thing that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, from the root of the workspace.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    /// What is there, and why that is a pity.
    pub(crate) reason: String,
    /// What to do about it.
    pub(crate) cure: String,
}

impl Finding {
    pub(crate) fn new(
        path: &str,
        line: usize,
        reason: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, reason: reason.into(), cure: cure.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, reason, cure } = self;
        write!(f, "{path}:{line}: {reason}\n    cure: {cure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_place_reason_and_cure() {
        let finding = Finding::new("a.rs", 3, "it is too long", "split it");
        assert_eq!(finding.to_string(), "a.rs:3: it is too long\n    cure: split it");
    }
}
