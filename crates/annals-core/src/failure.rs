//! Why pure logic could not do what was asked. A rejection is not a failure: it is an answer.

use std::fmt;
use std::sync::Arc;

/// What went wrong in a decider, a projection, a saga's or a reaction's logic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Input that doesn't fit the declared type; HTTP 422 with the pointers.
    Invalid(Vec<InvalidField>),
    /// An expression failed (overflow, missing key, limit): `EvaluationFailed`, HTTP 422.
    Evaluation {
        /// `path:line:column` of the expression.
        place: Arc<str>,
        /// What happened.
        reason: String,
    },
    /// Stored bytes that can't be read as their type.
    Decoding {
        /// Which event, row or state.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The model has no such aggregate, command or event.
    Unknown {
        /// "aggregate", "command", "event".
        kind: &'static str,
        /// The name that was asked for.
        name: String,
    },
}

/// One field that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    /// JSON Pointer into the input.
    pub pointer: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(fields) => {
                let all: Vec<String> =
                    fields.iter().map(|x| format!("{}: {}", x.pointer, x.reason)).collect();
                write!(f, "invalid input: {}", all.join("; "))
            }
            Self::Evaluation { place, reason } => {
                write!(f, "EvaluationFailed at {place}: {reason}")
            }
            Self::Decoding { what, reason } => write!(f, "{what} can't be read: {reason}"),
            Self::Unknown { kind, name } => write!(f, "there is no {kind} named {name}"),
        }
    }
}

impl std::error::Error for Failure {}
