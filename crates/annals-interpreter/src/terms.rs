//! What the file writes, evaluated.

use std::sync::Arc;

use annals_core::Failure;
use annals_expression::{Record, Type, Value};
use annals_model::{Assignment, Formula, Term};

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
    let value = coerce(term(written, slots)?, type_);
    match type_.validate(&value) {
        Ok(()) => Ok(value),
        Err(violations) => Err(outside(&place(written), field, &violations)),
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

/// Where the first expression of a term stands.
fn place(written: &Term) -> Arc<str> {
    match written {
        Term::Formula(formula) => formula.place.clone(),
        Term::Record(fields) => fields.first().map_or_else(|| "".into(), |(_, term)| place(term)),
        Term::List(items) => items.first().map_or_else(|| "".into(), place),
        Term::Literal(_) => "".into(),
    }
}
