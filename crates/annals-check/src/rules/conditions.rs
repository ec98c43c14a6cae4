//! What a condition asks of the state for certain: fields that have to be one of some texts. What
//! it can't tell it leaves out, so that a rule that builds on it never cries wolf.

use std::collections::BTreeSet;
use std::sync::Arc;

use annals_expression::{Ast, AstKind, BinaryOp, Expression, Value};

/// A field of the state, and the texts of which it has to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The field's name.
    pub(crate) field: Arc<str>,
    /// The texts.
    pub(crate) members: BTreeSet<Arc<str>>,
}

/// What has to hold, all of it, for the condition to hold.
pub(crate) fn requirements(condition: &Expression) -> Vec<Requirement> {
    let mut found = Vec::new();
    collect(condition.ast(), &mut found);
    found
}

fn collect(ast: &Ast, found: &mut Vec<Requirement>) {
    if let AstKind::Binary { op: BinaryOp::And, left, right } = &ast.kind {
        collect(left, found);
        collect(right, found);
    } else {
        found.extend(required(ast));
    }
}

/// One of `state.x == "a"`, `state.x in ["a", "b"]`, and such of the same field between `||`.
fn required(ast: &Ast) -> Option<Requirement> {
    let AstKind::Binary { op, left, right } = &ast.kind else { return None };
    match op {
        BinaryOp::Equal => equal(left, right).or_else(|| equal(right, left)),
        BinaryOp::In => {
            let members = texts(right)?;
            Some(Requirement { field: field(left)?, members })
        }
        BinaryOp::Or => {
            let (one, mut other) = (required(left)?, required(right)?);
            other.members.extend(one.members);
            (one.field == other.field).then_some(other)
        }
        _ => None,
    }
}

fn equal(side: &Ast, value: &Ast) -> Option<Requirement> {
    let AstKind::Literal(Value::Text(member)) = &value.kind else { return None };
    Some(Requirement { field: field(side)?, members: BTreeSet::from([member.clone()]) })
}

fn field(ast: &Ast) -> Option<Arc<str>> {
    let AstKind::Field { of, name, .. } = &ast.kind else { return None };
    let AstKind::Slot { name: root, .. } = &of.kind else { return None };
    (&**root == "state").then(|| name.clone())
}

fn texts(ast: &Ast) -> Option<BTreeSet<Arc<str>>> {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    match &ast.kind {
        AstKind::Literal(Value::List(items)) => items.iter().map(text).collect(),
        AstKind::List(items) => items
            .iter()
            .map(|item| match &item.kind {
                AstKind::Literal(value) => text(value),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
