//! The pattern of a text: a small regular expression, searched for as JSON Schema does.

use std::fmt;
use std::sync::Arc;

use regex_lite::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 256 * 1024;

/// A regular expression that a text must contain a match of (`^…$` anchors it).
#[derive(Clone)]
pub struct Pattern {
    source: Arc<str>,
    regex: Regex,
}

/// Why a text isn't a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// A sentence that says what is wrong.
    pub reason: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where `source` is no regular expression, or one too large.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        match RegexBuilder::new(source).size_limit(MAX_COMPILED_BYTES).build() {
            Ok(regex) => Ok(Self { source: Arc::from(source), regex }),
            Err(error) => Err(PatternError { reason: error.to_string() }),
        }
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether `text` contains a match.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.source)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for PatternError {}
