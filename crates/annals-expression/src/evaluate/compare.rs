//! Equality, order and membership, as CEL has them: an int and a float compare as floats.

use std::cmp::Ordering;

use super::{Evaluated, Evaluation, error, key, unfit};
use crate::cost::text_steps;
use crate::problem::Span;
use crate::value::{Key, Value};

impl Evaluation<'_> {
    /// Values of different kinds differ, which is no error; a float that is no number differs from
    /// itself.
    pub(super) fn equal(&self, one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Text(one), Value::Text(other)) => {
                self.steps.take(text_steps(one.len().min(other.len()) as u64));
                one == other
            }
            (Value::List(one), Value::List(other)) => {
                self.steps.take(1);
                one.len() == other.len()
                    && one.iter().zip(&**other).all(|(one, other)| self.equal(one, other))
            }
            (Value::Map(one), Value::Map(other)) => {
                self.steps.take(1);
                let mut pairs = one.iter().zip(&**other);
                one.len() == other.len()
                    && pairs.all(|((one_key, one), (other_key, other))| {
                        self.steps.take(key_steps(one_key, other_key));
                        one_key == other_key && self.equal(one, other)
                    })
            }
            (Value::Record(one), Value::Record(other)) => {
                self.steps.take(1);
                let mut fields = one.fields.iter().enumerate();
                one.fields.len() == other.fields.len()
                    && fields.all(|(place, (name, value))| {
                        other.get_hinted(name, place).is_some_and(|other| self.equal(value, other))
                    })
            }
            (one, other) => {
                self.steps.take(1);
                same_scalar(one, other)
            }
        }
    }

    pub(super) fn order(&self, span: Span, one: &Value, other: &Value) -> Evaluated<Ordering> {
        let ordering = match (one, other) {
            (Value::Text(one), Value::Text(other)) => {
                self.steps.take(text_steps(one.len().min(other.len()) as u64));
                return Ok(one.cmp(other));
            }
            (Value::Int(one), Value::Int(other))
            | (Value::Time(one), Value::Time(other))
            | (Value::Duration(one), Value::Duration(other)) => Some(one.cmp(other)),
            (Value::Date(one), Value::Date(other)) => Some(one.cmp(other)),
            (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
            (Value::Int(one), Value::Float(other)) => (*one as f64).partial_cmp(other),
            (Value::Float(one), Value::Int(other)) => one.partial_cmp(&(*other as f64)),
            (one, other) => {
                let (one, other) = (one.kind(), other.kind());
                return Err(error(span, format!("{one} and {other} have no order")));
            }
        };
        self.steps.take(1);
        ordering.ok_or_else(|| error(span, "a float that is no number has no order"))
    }

    /// Whether `listed` has the item or key `part`.
    pub(super) fn contains(&self, span: Span, part: &Value, listed: &Value) -> Evaluated<bool> {
        match listed {
            Value::List(items) => Ok(items.iter().any(|item| self.equal(part, item))),
            Value::Map(map) => {
                self.steps.take_key(part);
                Ok(key(part).is_some_and(|key| map.contains_key(&key)))
            }
            other => Err(unfit(span, "a list or map", other)),
        }
    }
}

fn key_steps(one: &Key, other: &Key) -> u64 {
    match (one, other) {
        (Key::Text(one), Key::Text(other)) => text_steps(one.len().min(other.len()) as u64),
        _ => 1,
    }
}

fn same_scalar(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other))
        | (Value::Time(one), Value::Time(other))
        | (Value::Duration(one), Value::Duration(other)) => one == other,
        (Value::Date(one), Value::Date(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            *int as f64 == *float
        }
        _ => false,
    }
}
