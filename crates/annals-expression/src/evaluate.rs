//! Evaluation.
use crate::{ast::Ast, expression::EvaluationError, value::Value};
pub(crate) fn evaluate(_: &Ast, _: &[Value]) -> (Result<Value, EvaluationError>, u64) {
    (Ok(Value::Null), 0)
}
