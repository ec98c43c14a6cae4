//! The expressions of an architecture file: a typed subset of CEL.
//!
//! A tour: [`Type`] and [`Value`] are what a model's fields are made of, and how JSON enters and
//! leaves. A [`Scope`] says which names an expression may read. [`compile`] parses and checks it,
//! with all [`Problem`]s in one pass, into an [`Expression`] that knows its type, its worst-case
//! cost and the paths it reads. [`Expression::evaluate`] is pure: the same values give the same
//! value, which is the one a full CEL would give.
//!
//! No IO, no clock, no randomness, no environment, no files.

mod ast;
mod check;
mod cost;
mod evaluate;
mod expression;
mod functions;
mod problem;
mod scope;
mod syntax;
mod temporal;
mod types;
mod value;

pub use ast::{Ast, AstKind, BinaryOp, UnaryOp};
pub use expression::{EvaluationError, Expression, MAX_COST, compile, compile_for};
pub use functions::{Function, Macro};
pub use problem::{Problem, ProblemCode, Span};
pub use scope::Scope;
pub use syntax::{MAX_DEPTH, MAX_INPUT_BYTES};
pub use temporal::{
    format_date, format_duration, format_time, parse_date, parse_duration, parse_time,
};
pub use types::{
    EnumType, Field, IntLimits, ListType, MAX_TEXT_BYTES, MapType, Pattern, PatternError,
    RecordType, TextLimits, Type, Unknown, Violation,
};
pub use value::{Key, Record, Value};
