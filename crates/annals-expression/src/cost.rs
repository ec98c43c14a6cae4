//! The worst case of an evaluation, in steps, by the limits of the types. The evaluator counts the
//! same steps as it takes them: what is added here for a node is at least what it counts there.

use crate::ast::{Ast, AstKind, BinaryOp};
use crate::functions::{Function, Macro};
use crate::types::{MAX_TEXT_BYTES, Type};

/// What a list or map without a `max` counts as.
const UNBOUNDED_ITEMS: u64 = 1_000;
/// Bytes of text that are one step.
pub(crate) const BYTES_PER_STEP: u64 = 64;

/// The most steps that an evaluation of `ast` takes.
pub(crate) fn cost(ast: &Ast) -> u64 {
    let below = match &ast.kind {
        AstKind::Macro { kind, over, guard, body, .. } => {
            let each = 1 + guard.as_deref().map_or(0, cost);
            let each = each.saturating_add(cost(body));
            debug_assert!(guard.is_none() || *kind == Macro::Map);
            entries(&over.type_).saturating_mul(each).saturating_add(cost(over))
        }
        AstKind::If { condition, then, otherwise } => {
            cost(condition).saturating_add(cost(then).max(cost(otherwise)))
        }
        _ => total(ast.children().into_iter().map(cost)),
    };
    below.saturating_add(1).saturating_add(own(ast))
}

/// What a node takes beyond the one step of being visited and what is below it.
fn own(ast: &Ast) -> u64 {
    match &ast.kind {
        AstKind::Index { at, .. } => weight(&at.type_),
        AstKind::Has { key, .. } => text_steps(key.len() as u64),
        AstKind::List(items) => items.len() as u64,
        AstKind::Map(entries) => total(entries.iter().map(|(key, _)| weight(&key.type_))),
        AstKind::Binary { op, left, right } => binary(*op, left, right),
        AstKind::Call { function, arguments } => call(*function, arguments),
        _ => 0,
    }
}

fn binary(op: BinaryOp, left: &Ast, right: &Ast) -> u64 {
    let (one, other) = (&left.type_, &right.type_);
    match op {
        BinaryOp::In => match other {
            Type::List(list) => entries(other).saturating_mul(weight(one).min(weight(&list.item))),
            _ => weight(one),
        },
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual => weight(one).min(weight(other)),
        BinaryOp::Add => match (one, other) {
            (Type::List(_), _) => entries(one).saturating_add(entries(other)),
            _ => weight(one).saturating_add(weight(other)),
        },
        _ => 0,
    }
}

fn call(function: Function, arguments: &[Ast]) -> u64 {
    let Some(first) = arguments.first() else { return 0 };
    match function {
        Function::Size => match &first.type_ {
            Type::List(_) | Type::Map(_) => 0,
            type_ => weight(type_),
        },
        Function::Date | Function::String => 0,
        Function::Sum => entries(&first.type_),
        Function::Min | Function::Max => match (arguments, &first.type_) {
            ([_], Type::List(list)) => entries(&first.type_).saturating_mul(weight(&list.item)),
            _ => total(arguments.iter().map(|argument| weight(&argument.type_))),
        },
        _ => total(arguments.iter().map(|argument| weight(&argument.type_))),
    }
}

/// The most steps that looking at all of a value of this type takes.
fn weight(type_: &Type) -> u64 {
    match type_ {
        Type::Text(limits) => text_steps(limits.max.unwrap_or(MAX_TEXT_BYTES)),
        Type::Enum(members) => {
            text_steps(members.members.iter().map(|member| member.len() as u64).max().unwrap_or(0))
        }
        Type::List(list) => entries(type_).saturating_mul(weight(&list.item)).saturating_add(1),
        Type::Map(map) => {
            let entry = weight(&map.key).saturating_add(weight(&map.value));
            entries(type_).saturating_mul(entry).saturating_add(1)
        }
        Type::Record(record) => {
            total(record.fields.iter().map(|field| weight(&field.type_))).saturating_add(1)
        }
        Type::Optional(inner) => weight(inner),
        _ => 1,
    }
}

/// Steps for looking at a text of so many bytes.
pub(crate) fn text_steps(bytes: u64) -> u64 {
    1 + bytes / BYTES_PER_STEP
}

fn entries(type_: &Type) -> u64 {
    match type_ {
        Type::List(list) => list.max.unwrap_or(UNBOUNDED_ITEMS),
        Type::Map(map) => map.max.unwrap_or(UNBOUNDED_ITEMS),
        _ => 0,
    }
}

fn total(steps: impl Iterator<Item = u64>) -> u64 {
    steps.fold(0, u64::saturating_add)
}
