//! From the typed tree and the values of the scope to a value. Pure, without panics: values that
//! aren't of their declared types are errors like any other.

mod arithmetic;
mod calls;
mod compare;
mod macros;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Ast, AstKind, BinaryOp, UnaryOp};
use crate::cost::text_steps;
use crate::expression::EvaluationError;
use crate::problem::Span;
use crate::value::{Key, Value};
use arithmetic::arithmetic;

/// What `ast` comes to, and the steps it took.
pub(crate) fn evaluate(ast: &Ast, slots: &[Value]) -> (Result<Value, EvaluationError>, u64) {
    let steps = Steps::default();
    let evaluation = Evaluation { slots, steps: &steps };
    let result = evaluation.value(ast, None);
    (result, steps.0.get())
}

/// Counts the steps.
#[derive(Default)]
struct Steps(Cell<u64>);

impl Steps {
    fn take(&self, steps: u64) {
        self.0.set(self.0.get().saturating_add(steps));
    }

    fn take_text(&self, text: &str) {
        self.take(text_steps(text.len() as u64));
    }

    fn take_key(&self, key: &Value) {
        match key {
            Value::Text(text) => self.take_text(text),
            _ => self.take(1),
        }
    }
}

struct Evaluation<'v> {
    slots: &'v [Value],
    steps: &'v Steps,
}

/// The variable of a macro, and those of the macros around it.
struct Frame<'f> {
    value: &'f Value,
    outer: Option<&'f Frame<'f>>,
}

type Frames<'f> = Option<&'f Frame<'f>>;
type Evaluated<T> = Result<T, EvaluationError>;

fn error(span: Span, reason: impl Into<String>) -> EvaluationError {
    EvaluationError { span, reason: reason.into() }
}

fn unfit(span: Span, needed: &str, got: &Value) -> EvaluationError {
    error(span, format!("{needed} is needed, this is {}", got.kind()))
}

impl<'v> Evaluation<'v> {
    fn value(&self, ast: &Ast, frames: Frames<'_>) -> Evaluated<Value> {
        self.look(ast, frames).map(Cow::into_owned)
    }

    /// The value, borrowed where it lies in the scope: a path clones nothing on its way.
    fn look<'a>(&self, ast: &'a Ast, frames: Frames<'a>) -> Evaluated<Cow<'a, Value>>
    where
        'v: 'a,
    {
        self.steps.take(1);
        Ok(Cow::Owned(match &ast.kind {
            AstKind::Literal(value) => return Ok(Cow::Borrowed(value)),
            AstKind::Slot { slot, name } => {
                let value = self.slots.get(*slot);
                let missing = || error(ast.span, format!("`{name}` was given no value"));
                return value.map(Cow::Borrowed).ok_or_else(missing);
            }
            AstKind::Local { up, name } => {
                let mut frame = frames;
                for _ in 0..*up {
                    frame = frame.and_then(|frame| frame.outer);
                }
                let missing = || error(ast.span, format!("`{name}` has no value"));
                return frame.map(|frame| Cow::Borrowed(frame.value)).ok_or_else(missing);
            }
            AstKind::Field { of, name, hint } => {
                return self.field(ast.span, of, name, *hint, frames);
            }
            AstKind::Index { of, at } => self.index(of, at, frames)?,
            AstKind::Has { of, key } => {
                self.steps.take_text(key);
                match &*self.look(of, frames)? {
                    Value::Map(map) => Value::Bool(map.contains_key(&Key::Text(key.clone()))),
                    other => return Err(unfit(of.span, "a map", other)),
                }
            }
            AstKind::List(items) => {
                self.steps.take(items.len() as u64);
                let items = items.iter().map(|item| self.value(item, frames));
                Value::list(items.collect::<Evaluated<_>>()?)
            }
            AstKind::Map(entries) => self.map(entries, frames)?,
            AstKind::Unary { op: UnaryOp::Not, operand } => {
                Value::Bool(!self.truth(operand, frames)?)
            }
            AstKind::Unary { op: UnaryOp::Negate, operand } => {
                match &*self.look(operand, frames)? {
                    Value::Int(value) => {
                        Value::Int(value.checked_neg().ok_or_else(|| overflow(ast.span))?)
                    }
                    Value::Float(value) => Value::Float(-value),
                    other => return Err(unfit(operand.span, "a number", other)),
                }
            }
            AstKind::Binary { op, left, right } => {
                self.binary(ast.span, *op, left, right, frames)?
            }
            AstKind::If { condition, then, otherwise } => {
                let holds = self.truth(condition, frames)?;
                return self.look(if holds { then } else { otherwise }, frames);
            }
            AstKind::Call { function, arguments } => {
                self.call(ast.span, *function, arguments, frames)?
            }
            AstKind::Macro { kind, over, guard, body, .. } => {
                self.each(*kind, over, guard.as_deref(), body, frames)?
            }
        }))
    }

    fn truth(&self, ast: &Ast, frames: Frames<'_>) -> Evaluated<bool> {
        match &*self.look(ast, frames)? {
            Value::Bool(value) => Ok(*value),
            other => Err(unfit(ast.span, "a bool", other)),
        }
    }

    fn field<'a>(
        &self,
        span: Span,
        of: &'a Ast,
        name: &str,
        hint: usize,
        frames: Frames<'a>,
    ) -> Evaluated<Cow<'a, Value>>
    where
        'v: 'a,
    {
        let missing = || error(span, format!("there is no field `{name}` here"));
        match self.look(of, frames)? {
            Cow::Borrowed(Value::Record(record)) => {
                record.get_hinted(name, hint).map(Cow::Borrowed).ok_or_else(missing)
            }
            Cow::Owned(Value::Record(record)) => {
                record.get_hinted(name, hint).cloned().map(Cow::Owned).ok_or_else(missing)
            }
            other => Err(unfit(of.span, "a record", &other)),
        }
    }

    fn index(&self, of: &Ast, at: &Ast, frames: Frames<'_>) -> Evaluated<Value> {
        let (listed, place) = (self.look(of, frames)?, self.look(at, frames)?);
        self.steps.take_key(&place);
        match (&*listed, &*place) {
            (Value::List(items), Value::Int(index)) => {
                let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                item.cloned().ok_or_else(|| {
                    let size = items.len();
                    error(at.span, format!("there is no item {index} in a list of {size}"))
                })
            }
            (Value::Map(map), place) => {
                let key = key(place).ok_or_else(|| unfit(at.span, "a key", place))?;
                let missing = || error(at.span, format!("there is no key `{key}`"));
                map.get(&key).cloned().ok_or_else(missing)
            }
            (Value::List(_), place) => Err(unfit(at.span, "an int", place)),
            (other, _) => Err(unfit(of.span, "a list or map", other)),
        }
    }

    fn map(&self, entries: &[(Ast, Ast)], frames: Frames<'_>) -> Evaluated<Value> {
        let mut map = BTreeMap::new();
        for (key_ast, value) in entries {
            let found = self.look(key_ast, frames)?;
            self.steps.take_key(&found);
            let key = key(&found).ok_or_else(|| unfit(key_ast.span, "a key", &found))?;
            map.insert(key, self.value(value, frames)?);
        }
        Ok(Value::Map(Arc::new(map)))
    }

    fn binary(
        &self,
        span: Span,
        op: BinaryOp,
        left: &Ast,
        right: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        if op.is_logical() {
            return self.logical(op == BinaryOp::Or, left, right, frames).map(Value::Bool);
        }
        let (one, other) = (self.look(left, frames)?, self.look(right, frames)?);
        match op {
            BinaryOp::Equal => Ok(Value::Bool(self.equal(&one, &other))),
            BinaryOp::NotEqual => Ok(Value::Bool(!self.equal(&one, &other))),
            BinaryOp::Less => self.order(span, &one, &other).map(|o| Value::Bool(o.is_lt())),
            BinaryOp::LessOrEqual => self.order(span, &one, &other).map(|o| Value::Bool(o.is_le())),
            BinaryOp::Greater => self.order(span, &one, &other).map(|o| Value::Bool(o.is_gt())),
            BinaryOp::GreaterOrEqual => {
                self.order(span, &one, &other).map(|o| Value::Bool(o.is_ge()))
            }
            BinaryOp::In => self.contains(right.span, &one, &other).map(Value::Bool),
            _ => arithmetic(op, &one, &other, self.steps).map_err(|reason| error(span, reason)),
        }
    }

    /// `&&` and `||`: a side that decides absorbs the other side's error, on whichever side it is.
    fn logical(
        &self,
        decisive: bool,
        left: &Ast,
        right: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<bool> {
        let one = self.truth(left, frames);
        if one == Ok(decisive) {
            return one;
        }
        let other = self.truth(right, frames);
        if other == Ok(decisive) { other } else { one.and(other) }
    }
}

fn overflow(span: Span) -> EvaluationError {
    error(span, "the result is too large for an int")
}

/// The key that a value is.
fn key(value: &Value) -> Option<Key> {
    match value {
        Value::Int(key) => Some(Key::Int(*key)),
        Value::Text(key) => Some(Key::Text(key.clone())),
        _ => None,
    }
}
