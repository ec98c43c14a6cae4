//! What the file writes, evaluated.

use std::sync::Arc;

use annals_core::Failure;
use annals_expression::{Record, Type, Value};
use annals_model::{Assignment, ForEach, Formula, Term};

use crate::coerce::coerce;
use crate::failures::outside;

/// Evaluates an expression.
pub(crate) fn formula(formula: &Formula, slots: &[Value]) -> Result<Value, Failure> {
    formula
        .expression
        .evaluate(slots)
        .map_err(|error| Failure::Evaluation { place: formula.place.clone(), reason: error.reason })
}

/// Whether a condition holds.
pub(crate) fn holds(condition: &Formula, slots: &[Value]) -> Result<bool, Failure> {
    Ok(formula(condition, slots)? == Value::Bool(true))
}

/// The items that branches are made of.
pub(crate) fn items(for_each: &ForEach, slots: &[Value]) -> Result<Arc<Vec<Value>>, Failure> {
    match formula(&for_each.list, slots)? {
        Value::List(items) => Ok(items),
        other => Err(Failure::Evaluation {
            place: for_each.list.place.clone(),
            reason: format!("a list is needed, this is {}", other.to_json()),
        }),
    }
}

/// Evaluates a term, whatever its type.
pub(crate) fn term(term: &Term, slots: &[Value]) -> Result<Value, Failure> {
    match term {
        Term::Literal(value) => Ok(value.clone()),
        Term::Formula(expression) => formula(expression, slots),
        Term::Record(fields) => {
            let fields =
                fields.iter().map(|(name, value)| Ok((name.clone(), self::term(value, slots)?)));
            Ok(Value::Record(Arc::new(Record::new(fields.collect::<Result<_, Failure>>()?))))
        }
        Term::List(items) => {
            let items = items.iter().map(|item| self::term(item, slots));
            Ok(Value::list(items.collect::<Result<_, Failure>>()?))
        }
    }
}

/// Evaluates a term to a type, its limits included.
pub(crate) fn typed(
    written: &Term,
    type_: &Type,
    field: &str,
    slots: &[Value],
) -> Result<Value, Failure> {
    if let Term::Literal(value) = written {
        return Ok(value.clone());
    }
    let value = coerce(term(written, slots)?, type_);
    match type_.validate(&value) {
        Ok(()) => Ok(value),
        Err(violations) => {
            let pointer = violations.first().map_or("", |violation| &*violation.pointer);
            Err(outside(place_at(written, pointer), field, &violations))
        }
    }
}

/// Evaluates an assignment.
pub(crate) fn assigned(assignment: &Assignment, slots: &[Value]) -> Result<Value, Failure> {
    typed(&assignment.term, &assignment.type_, &assignment.field, slots)
}

/// Evaluates all fields of a record.
pub(crate) fn record(assignments: &[Assignment], slots: &[Value]) -> Result<Value, Failure> {
    let fields = assignments.iter().map(|a| Ok((a.field.clone(), assigned(a, slots)?)));
    Ok(Value::Record(Arc::new(Record::new(fields.collect::<Result<_, Failure>>()?))))
}

/// Evaluates all fields of a record that was stored in another shape. Its limits aren't looked at:
/// what happened is a fact, whatever a later version allows.
pub(crate) fn stored(assignments: &[Assignment], slots: &[Value]) -> Result<Value, Failure> {
    let fields = assignments.iter().map(|assignment| {
        let value = coerce(term(&assignment.term, slots)?, &assignment.type_);
        Ok((assignment.field.clone(), value))
    });
    Ok(Value::Record(Arc::new(Record::new(fields.collect::<Result<_, Failure>>()?))))
}

/// Where the first expression of a term stands; empty for one without expressions.
pub(crate) fn place(written: &Term) -> Arc<str> {
    first_formula(written).map_or_else(|| "".into(), |formula| formula.place.clone())
}

fn first_formula(written: &Term) -> Option<&Formula> {
    match written {
        Term::Formula(formula) => Some(formula),
        Term::Record(fields) => fields.iter().find_map(|(_, term)| first_formula(term)),
        Term::List(items) => items.iter().find_map(first_formula),
        Term::Literal(_) => None,
    }
}

/// Where the expression stands that computed the part of a value that a JSON Pointer names.
fn place_at(written: &Term, pointer: &str) -> Arc<str> {
    let (mut part, mut rest) = (written, pointer);
    while let Some((step, below)) = rest.strip_prefix('/').map(split) {
        let inner = match part {
            Term::Record(fields) => {
                fields.iter().find(|(name, _)| **name == *step).map(|(_, term)| term)
            }
            Term::List(items) => step.parse().ok().and_then(|at: usize| items.get(at)),
            Term::Formula(_) | Term::Literal(_) => None,
        };
        let Some(inner) = inner else { break };
        (part, rest) = (inner, below);
    }
    place(part)
}

/// The first step of a pointer, and what is below it.
fn split(pointer: &str) -> (&str, &str) {
    pointer.split_at(pointer.find('/').unwrap_or(pointer.len()))
}
