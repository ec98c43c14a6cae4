//! The functions.

use std::cmp::Ordering;

use super::arithmetic::length;
use super::{Evaluated, Evaluation, Frames, error, unfit};
use crate::ast::Ast;
use crate::functions::Function;
use crate::problem::Span;
use crate::temporal::{date_of, format_date};
use crate::types::Type;
use crate::value::Value;

impl Evaluation<'_> {
    pub(super) fn call(
        &self,
        span: Span,
        function: Function,
        arguments: &[Ast],
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        match (function, arguments) {
            (Function::Min, [list]) => self.extreme_of(span, Ordering::Less, list, frames),
            (Function::Max, [list]) => self.extreme_of(span, Ordering::Greater, list, frames),
            (Function::Min | Function::Max, _) => {
                let wanted =
                    if function == Function::Min { Ordering::Less } else { Ordering::Greater };
                let values = arguments.iter().map(|argument| self.value(argument, frames));
                self.extreme(span, wanted, &values.collect::<Evaluated<Vec<_>>>()?)
            }
            (Function::Sum, [list]) => self.sum(span, list, frames),
            (Function::Contains | Function::StartsWith | Function::EndsWith, [text, part]) => {
                self.text_method(function, text, part, frames)
            }
            (_, [argument]) => {
                let value = self.look(argument, frames)?;
                match function {
                    Function::Size => self.size(argument.span, &value),
                    Function::Int => self.int(argument.span, &value),
                    Function::Float => self.float(argument.span, &value),
                    Function::Date => match &*value {
                        Value::Time(time) => Ok(Value::Date(date_of(*time))),
                        other => Err(unfit(argument.span, "a time", other)),
                    },
                    _ => string(argument.span, &value),
                }
            }
            _ => Err(error(span, format!("`{}` has the wrong arguments", function.name()))),
        }
    }

    fn size(&self, span: Span, value: &Value) -> Evaluated<Value> {
        let size = match value {
            Value::Text(text) => {
                self.steps.take_text(text);
                text.chars().count()
            }
            Value::List(items) => items.len(),
            Value::Map(map) => map.len(),
            other => return Err(unfit(span, "a text, list or map", other)),
        };
        Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
    }

    fn int(&self, span: Span, value: &Value) -> Evaluated<Value> {
        let int = match value {
            Value::Int(int) => Some(*int),
            // Both bounds are excluded, as in CEL: the floats next to them aren't ints any more.
            Value::Float(float) => {
                let fits = *float > i64::MIN as f64 && *float < i64::MAX as f64;
                fits.then_some(*float as i64)
            }
            Value::Text(text) => {
                self.steps.take_text(text);
                text.parse().ok()
            }
            other => return Err(unfit(span, "an int, float or text", other)),
        };
        int.map(Value::Int)
            .ok_or_else(|| error(span, format!("{} is no int of 64 bits", shown(value))))
    }

    fn float(&self, span: Span, value: &Value) -> Evaluated<Value> {
        match value {
            Value::Int(int) => Ok(Value::Float(*int as f64)),
            Value::Float(float) => Ok(Value::Float(*float)),
            Value::Text(text) => {
                self.steps.take_text(text);
                let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
                let float = if text.bytes().all(plain) { text.parse().ok() } else { None };
                let float = float.filter(|float: &f64| float.is_finite());
                float
                    .map(Value::Float)
                    .ok_or_else(|| error(span, format!("{} is no float", shown(value))))
            }
            other => Err(unfit(span, "an int, float or text", other)),
        }
    }

    fn text_method(
        &self,
        function: Function,
        text: &Ast,
        part: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        match (&*self.look(text, frames)?, &*self.look(part, frames)?) {
            (Value::Text(text), Value::Text(part)) => {
                self.steps.take_text(text);
                self.steps.take_text(part);
                Ok(Value::Bool(match function {
                    Function::Contains => text.contains(&**part),
                    Function::StartsWith => text.starts_with(&**part),
                    _ => text.ends_with(&**part),
                }))
            }
            (Value::Text(_), other) => Err(unfit(part.span, "a text", other)),
            (other, _) => Err(unfit(text.span, "a text", other)),
        }
    }

    fn sum(&self, span: Span, list: &Ast, frames: Frames<'_>) -> Evaluated<Value> {
        let listed = self.look(list, frames)?;
        let Value::List(items) = &*listed else { return Err(unfit(list.span, "a list", &listed)) };
        self.steps.take(items.len() as u64);
        let mut whole: i128 = 0;
        let mut float = 0.0;
        for item in items.iter() {
            match item {
                // 64 bits more than an item has: no list is long enough to overflow.
                Value::Int(int) | Value::Duration(int) => whole += i128::from(*int),
                Value::Float(item) => float += item,
                other => return Err(unfit(list.span, "a list of numbers", other)),
            }
        }
        let whole = i64::try_from(whole).ok();
        match &list.type_ {
            Type::List(list) if list.item == Type::Float => Ok(Value::Float(float)),
            Type::List(list) if list.item == Type::Duration => {
                length(whole).map_err(|reason| error(span, reason))
            }
            _ => whole.map(Value::Int).ok_or_else(|| super::overflow(span)),
        }
    }

    fn extreme_of(
        &self,
        span: Span,
        wanted: Ordering,
        list: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        match &*self.look(list, frames)? {
            Value::List(items) => self.extreme(span, wanted, items),
            other => Err(unfit(list.span, "a list", other)),
        }
    }

    /// The first of the values that no other one is before (or behind).
    fn extreme(&self, span: Span, wanted: Ordering, values: &[Value]) -> Evaluated<Value> {
        let mut values = values.iter();
        let empty = || error(span, "an empty list has neither a smallest nor a largest item");
        let mut best = values.next().ok_or_else(empty)?;
        for value in values {
            if self.order(span, value, best)? == wanted {
                best = value;
            }
        }
        Ok(best.clone())
    }
}

/// A value in a message: a float that isn't finite has no JSON, a long text is cut.
fn shown(value: &Value) -> String {
    match value {
        Value::Float(float) => float.to_string(),
        Value::Text(text) if text.chars().count() > 40 => {
            format!("\"{}…\"", text.chars().take(40).collect::<String>())
        }
        other => other.to_string(),
    }
}

fn string(span: Span, value: &Value) -> Evaluated<Value> {
    Ok(match value {
        Value::Text(_) => value.clone(),
        Value::Int(int) => Value::text(int.to_string()),
        Value::Bool(bool) => Value::text(bool.to_string()),
        Value::Date(date) => Value::text(format_date(*date)),
        other => return Err(unfit(span, "an int, bool, date or text", other)),
    })
}
