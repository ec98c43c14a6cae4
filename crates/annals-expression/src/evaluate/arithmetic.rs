//! `+ - * / %`. Nothing wraps: what doesn't fit is an error.

use super::Steps;
use crate::ast::BinaryOp::{self, Add, Divide, Multiply, Remainder, Subtract};
use crate::temporal::{in_duration_range, in_time_range};
use crate::value::Value;

/// The value, or why there is none.
pub(super) fn arithmetic(
    op: BinaryOp,
    left: &Value,
    right: &Value,
    steps: &Steps,
) -> Result<Value, String> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => whole(op, *left, *right),
        (Value::Float(left), Value::Float(right)) => float(op, *left, *right),
        (Value::Text(left), Value::Text(right)) if op == Add => {
            steps.take_text(left);
            steps.take_text(right);
            let mut text = String::with_capacity(left.len() + right.len());
            text.push_str(left);
            text.push_str(right);
            Ok(Value::text(text))
        }
        (Value::List(left), Value::List(right)) if op == Add => {
            steps.take((left.len() + right.len()) as u64);
            Ok(Value::list(left.iter().chain(right.iter()).cloned().collect()))
        }
        (Value::Time(time), Value::Duration(by)) if op == Add => moved(time.checked_add(*by)),
        (Value::Duration(by), Value::Time(time)) if op == Add => moved(time.checked_add(*by)),
        (Value::Time(time), Value::Duration(by)) if op == Subtract => moved(time.checked_sub(*by)),
        (Value::Time(later), Value::Time(earlier)) if op == Subtract => {
            length(later.checked_sub(*earlier))
        }
        (Value::Duration(left), Value::Duration(right)) if op == Add => {
            length(left.checked_add(*right))
        }
        (Value::Duration(left), Value::Duration(right)) if op == Subtract => {
            length(left.checked_sub(*right))
        }
        (left, right) => {
            let (symbol, left, right) = (op.symbol(), left.kind(), right.kind());
            Err(format!("`{symbol}` doesn't work between {left} and {right}"))
        }
    }
}

fn whole(op: BinaryOp, left: i64, right: i64) -> Result<Value, String> {
    if right == 0 && matches!(op, Divide | Remainder) {
        return Err("division by zero".into());
    }
    let result = match op {
        Add => left.checked_add(right),
        Subtract => left.checked_sub(right),
        Multiply => left.checked_mul(right),
        Divide => left.checked_div(right),
        Remainder => left.checked_rem(right),
        _ => None,
    };
    let symbol = op.symbol();
    result.map(Value::Int).ok_or_else(|| format!("{left} {symbol} {right} is too large for an int"))
}

fn float(op: BinaryOp, left: f64, right: f64) -> Result<Value, String> {
    Ok(Value::Float(match op {
        Add => left + right,
        Subtract => left - right,
        Multiply => left * right,
        Divide => left / right,
        _ => return Err(format!("`{}` doesn't work between floats", op.symbol())),
    }))
}

fn moved(time: Option<i64>) -> Result<Value, String> {
    let time = time.filter(|time| in_time_range(*time));
    time.map(Value::Time).ok_or_else(|| "the time is outside the years 1 to 9999".into())
}

/// A duration that CEL has.
pub(super) fn length(micros: Option<i64>) -> Result<Value, String> {
    let micros = micros.filter(|micros| in_duration_range(*micros));
    micros.map(Value::Duration).ok_or_else(|| "the duration is longer than 292 years".into())
}
