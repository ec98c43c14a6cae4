//! Written values: a literal read by the target's type, an expression after `=`, or a structure of
//! both.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_expression::{Key, Record, RecordType, Type, Value};

use crate::Term;
use crate::codes_resolve as codes;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node, Scalar};

use super::context::{Context, field_names, field_type, suggest};
use super::formula::{Env, compile};
use super::literal;

/// The term that a node says where a value of `type_` is asked; `None` has been complained about.
pub(crate) fn term(
    context: &mut Context<'_>,
    node: &Node,
    type_: &Type,
    env: &Env,
) -> Option<Term> {
    let term = structure(context, node, type_, env)?;
    if let Term::Literal(value) = &term
        && let Err(violations) = type_.validate(value)
    {
        for violation in violations {
            let at = match violation.pointer.as_str() {
                "" => String::new(),
                pointer => format!("at {pointer}: "),
            };
            let message = format!("the value isn't allowed: {at}{}", violation.reason);
            let cure = "write a value within the limits of its type";
            context.problems.error(codes::OUT_OF_LIMITS, node.span, message).cure(cure);
        }
        return None;
    }
    Some(term)
}

fn structure(context: &mut Context<'_>, node: &Node, type_: &Type, env: &Env) -> Option<Term> {
    match (&node.kind, type_) {
        (Kind::Poisoned, _) => None,
        (Kind::Scalar(scalar), _) if scalar.text.starts_with('=') => {
            expression(context, node, scalar, type_, env)
        }
        (Kind::Null, Type::Optional(_)) => Some(Term::Literal(Value::Null)),
        (_, Type::Optional(inner)) => {
            if literal::is_null(node) {
                return Some(Term::Literal(Value::Null));
            }
            structure(context, node, inner, env)
        }
        (Kind::Scalar(scalar), _) => {
            literal::scalar(context, node.span, scalar, type_).map(Term::Literal)
        }
        (Kind::List(items), Type::List(list)) => {
            let terms: Vec<Option<Term>> =
                items.iter().map(|item| structure(context, item, &list.item, env)).collect();
            Some(collect_list(terms.into_iter().collect::<Option<_>>()?))
        }
        (Kind::Map(entries), Type::Record(record)) => {
            record_term(context, node.span, entries, record, env)
        }
        (Kind::Map(entries), Type::Map(map)) => {
            let key = |c: &mut Context<'_>, e: &Entry| literal::key(c, e, &map.key);
            map_literal(context, entries, &map.value, env, key)
        }
        (Kind::Null, Type::Record(record)) if record.fields.is_empty() => {
            Some(Term::Literal(empty_record()))
        }
        _ => {
            literal::wrong(context, node.span, type_);
            None
        }
    }
}

fn empty_record() -> Value {
    Value::Record(Arc::new(Record { fields: Vec::new() }))
}

fn expression(
    context: &mut Context<'_>,
    node: &Node,
    scalar: &Scalar,
    type_: &Type,
    env: &Env,
) -> Option<Term> {
    compile(context, (node.span, scalar), 1, Some(type_), env).map(Term::Formula)
}

fn collect_list(terms: Vec<Term>) -> Term {
    let literal = |term: &Term| match term {
        Term::Literal(value) => Some(value.clone()),
        _ => None,
    };
    match terms.iter().map(literal).collect::<Option<Vec<Value>>>() {
        Some(values) => Term::Literal(Value::List(Arc::new(values))),
        None => Term::List(terms),
    }
}

fn record_term(
    context: &mut Context<'_>,
    span: Span,
    entries: &[Entry],
    record: &RecordType,
    env: &Env,
) -> Option<Term> {
    let mut good = true;
    for entry in entries {
        if field_type(record, &entry.key).is_none() && !record.has_lost(&entry.key) {
            let what = record.name.as_deref().unwrap_or("the record");
            let message = format!("{what} has no field `{}`", entry.key);
            let cure = suggest(&entry.key, field_names(record), "it has no fields: write `{}`");
            context.problems.error(codes::UNKNOWN_TARGET, entry.key_span, message).cure(cure);
            good = false;
        }
    }
    let mut terms: Vec<(Arc<str>, Term)> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for field in &record.fields {
        let written = entries.iter().find(|entry| entry.key == field.name);
        let term = match (written, &field.type_) {
            (Some(entry), _) => structure(context, &entry.value, &field.type_, env),
            (None, Type::Optional(_)) => Some(Term::Literal(Value::Null)),
            (None, _) => {
                missing.push(format!("`{}`", field.name));
                None
            }
        };
        good &= term.is_some();
        terms.extend(term.map(|term| (field.name.clone(), term)));
    }
    if !missing.is_empty() {
        let message = format!("the record lacks {}", missing.join(", "));
        let cure = "write each field; only optional ones may be left out";
        context.problems.error(codes::MISSING_FIELD, span, message).cure(cure);
    }
    if !good {
        return None;
    }
    let literal = |(name, term): &(Arc<str>, Term)| match term {
        Term::Literal(value) => Some((name.clone(), value.clone())),
        _ => None,
    };
    Some(match terms.iter().map(literal).collect::<Option<Vec<_>>>() {
        Some(fields) => Term::Literal(Value::Record(Arc::new(Record { fields }))),
        None => Term::Record(terms),
    })
}

fn map_literal(
    context: &mut Context<'_>,
    entries: &[Entry],
    value: &Type,
    env: &Env,
    key: impl Fn(&mut Context<'_>, &Entry) -> Option<Key>,
) -> Option<Term> {
    let mut map = BTreeMap::new();
    let mut good = true;
    for entry in entries {
        let key = key(context, entry);
        match (key, structure(context, &entry.value, value, env)) {
            (Some(key), Some(Term::Literal(value))) => {
                map.insert(key, value);
            }
            (_, Some(Term::Formula(_) | Term::Record(_) | Term::List(_))) => {
                let cure = "write the whole map as one expression: `=\"{…}\"`";
                let message = "an expression inside a written map isn't done yet";
                context.problems.error(codes::NOT_YET, entry.value.span, message).cure(cure);
                good = false;
            }
            _ => good = false,
        }
    }
    good.then(|| Term::Literal(Value::Map(Arc::new(map))))
}
