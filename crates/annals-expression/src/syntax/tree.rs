//! The untyped tree: the text's structure and nothing else.

use std::sync::Arc;

use crate::ast::{BinaryOp, UnaryOp};
use crate::problem::Span;
use crate::value::Value;

/// A node of the untyped tree.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) span: Span,
    /// Nodes on the longest way down, this one included.
    pub(crate) depth: usize,
    pub(crate) kind: TreeKind,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum TreeKind {
    /// Something that was reported already: it causes no second problem.
    Poisoned,
    Literal(Value),
    Name(Arc<str>),
    Select {
        of: Box<Tree>,
        name: Arc<str>,
        name_span: Span,
    },
    Index {
        of: Box<Tree>,
        at: Box<Tree>,
    },
    Call {
        function: Arc<str>,
        function_span: Span,
        of: Option<Box<Tree>>,
        arguments: Vec<Tree>,
    },
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Unary {
        op: UnaryOp,
        operand: Box<Tree>,
    },
    Binary {
        op: BinaryOp,
        op_span: Span,
        left: Box<Tree>,
        right: Box<Tree>,
    },
    If {
        condition: Box<Tree>,
        then: Box<Tree>,
        otherwise: Box<Tree>,
    },
}

impl Tree {
    pub(crate) fn new(span: Span, kind: TreeKind) -> Self {
        let below = match &kind {
            TreeKind::Poisoned | TreeKind::Literal(_) | TreeKind::Name(_) => 0,
            TreeKind::Select { of, .. } => of.depth,
            TreeKind::Index { of, at } => of.depth.max(at.depth),
            TreeKind::Call { of, arguments, .. } => {
                arguments.iter().chain(of.as_deref()).map(|t| t.depth).max().unwrap_or(0)
            }
            TreeKind::List(items) => items.iter().map(|t| t.depth).max().unwrap_or(0),
            TreeKind::Map(entries) => {
                entries.iter().map(|(k, v)| k.depth.max(v.depth)).max().unwrap_or(0)
            }
            TreeKind::Unary { operand, .. } => operand.depth,
            TreeKind::Binary { left, right, .. } => left.depth.max(right.depth),
            TreeKind::If { condition, then, otherwise } => {
                condition.depth.max(then.depth).max(otherwise.depth)
            }
        };
        Self { span, depth: below + 1, kind }
    }
}
