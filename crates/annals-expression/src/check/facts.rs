//! What a condition says about null, in the branch where it holds and in the one where it doesn't.

use std::sync::Arc;

use super::Checker;
use crate::ast::{Ast, AstKind, BinaryOp, UnaryOp};
use crate::types::Type;
use crate::value::Value;

/// A name and fields of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    root: Root,
    fields: Vec<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Root {
    Slot(usize),
    /// Counted from the outermost macro.
    Local(usize),
}

impl Path {
    /// The path that `ast` is, inside so many macros.
    pub(super) fn of(ast: &Ast, macros: usize) -> Option<Self> {
        match &ast.kind {
            AstKind::Slot { slot, .. } => Some(Self { root: Root::Slot(*slot), fields: vec![] }),
            AstKind::Local { up, .. } => {
                let root = Root::Local(macros.checked_sub(1 + up)?);
                Some(Self { root, fields: vec![] })
            }
            AstKind::Field { of, name, .. } => {
                let mut path = Self::of(of, macros)?;
                path.fields.push(name.clone());
                Some(path)
            }
            _ => None,
        }
    }
}

impl Checker<'_> {
    /// Whether `ast` is an optional that a condition around found not to be null, or may have.
    pub(super) fn knows(&self, ast: &Ast) -> bool {
        let known = |path| self.unsure || self.not_null.contains(&path);
        Path::of(ast, self.locals.len()).is_some_and(known)
    }

    /// The paths that aren't null where the condition `ast` came to `outcome`.
    pub(super) fn facts(&self, ast: &Ast, outcome: bool) -> Vec<Path> {
        match &ast.kind {
            AstKind::Unary { op: UnaryOp::Not, operand } => self.facts(operand, !outcome),
            AstKind::Binary { op, left, right } => match (op, outcome) {
                (BinaryOp::And, true) | (BinaryOp::Or, false) => {
                    let mut facts = self.facts(left, outcome);
                    facts.extend(self.facts(right, outcome));
                    facts
                }
                (BinaryOp::And, false) | (BinaryOp::Or, true) => {
                    let right = self.facts(right, outcome);
                    let both = |fact: &Path| right.contains(fact);
                    self.facts(left, outcome).into_iter().filter(both).collect()
                }
                (BinaryOp::Equal, outcome) => self.facts_of_equality(left, right, outcome),
                (BinaryOp::NotEqual, outcome) => self.facts_of_equality(left, right, !outcome),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn facts_of_equality(&self, left: &Ast, right: &Ast, equal: bool) -> Vec<Path> {
        let is_null = |ast: &Ast| ast.kind == AstKind::Literal(Value::Null);
        let never_null = |ast: &Ast| !ast.type_.is_optional();
        let side = |path: &Ast, other: &Ast| {
            let known = if equal { never_null(other) } else { is_null(other) };
            let asked = known && matches!(path.type_, Type::Optional(_));
            asked.then(|| Path::of(path, self.locals.len())).flatten()
        };
        side(left, right).into_iter().chain(side(right, left)).collect()
    }
}
