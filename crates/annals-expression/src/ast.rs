//! The typed tree that an expression compiles to: names are slots, every node has its type.

use std::sync::Arc;

use crate::functions::{Function, Macro};
use crate::problem::Span;
use crate::types::Type;
use crate::value::Value;

/// A node of the typed tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Ast {
    /// Where it stands in the text.
    pub span: Span,
    /// The type of its value.
    pub type_: Type,
    /// What it is.
    pub kind: AstKind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum AstKind {
    /// A literal, or what literals alone come to.
    Literal(Value),
    /// A name of the scope.
    Slot {
        /// Its place in the scope.
        slot: usize,
        /// Its name.
        name: Arc<str>,
    },
    /// The variable of a macro.
    Local {
        /// How many macros further out it is bound: 0 is the innermost.
        up: usize,
        /// Its name.
        name: Arc<str>,
    },
    /// A field of a record.
    Field {
        /// The record.
        of: Box<Ast>,
        /// The field's name.
        name: Arc<str>,
        /// Where the declared record has it.
        hint: usize,
    },
    /// An item of a list, or an entry of a map.
    Index {
        /// The list or map.
        of: Box<Ast>,
        /// The place or key.
        at: Box<Ast>,
    },
    /// `has(of.key)`: whether a map has a key.
    Has {
        /// The map.
        of: Box<Ast>,
        /// The key.
        key: Arc<str>,
    },
    /// A list literal.
    List(Vec<Ast>),
    /// A map literal; its keys are literals and differ.
    Map(Vec<(Ast, Ast)>),
    /// `!x` or `-x`.
    Unary {
        /// Which.
        op: UnaryOp,
        /// The operand.
        operand: Box<Ast>,
    },
    /// An operator between two operands.
    Binary {
        /// Which.
        op: BinaryOp,
        /// The left operand.
        left: Box<Ast>,
        /// The right operand.
        right: Box<Ast>,
    },
    /// `condition ? then : otherwise`.
    If {
        /// The condition.
        condition: Box<Ast>,
        /// The value where it holds.
        then: Box<Ast>,
        /// The value where it doesn't.
        otherwise: Box<Ast>,
    },
    /// A function; the receiver of a method is the first argument.
    Call {
        /// Which.
        function: Function,
        /// The arguments.
        arguments: Vec<Ast>,
    },
    /// A macro over a list's items or a map's keys.
    Macro {
        /// Which.
        kind: Macro,
        /// The list or map.
        over: Box<Ast>,
        /// The variable's name.
        name: Arc<str>,
        /// The condition of a `map` with three arguments.
        guard: Option<Box<Ast>>,
        /// What is evaluated for each.
        body: Box<Ast>,
    },
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Whether it is `&&` or `||`, which absorb errors.
    pub(crate) fn is_logical(self) -> bool {
        matches!(self, Self::Or | Self::And)
    }

    /// How tightly it binds; a larger number binds tighter.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
        }
    }
}

impl Ast {
    /// The nodes directly below, in the order of the text.
    pub fn children(&self) -> Vec<&Ast> {
        match &self.kind {
            AstKind::Literal(_) | AstKind::Slot { .. } | AstKind::Local { .. } => Vec::new(),
            AstKind::Field { of, .. } | AstKind::Has { of, .. } => vec![of],
            AstKind::Index { of, at } => vec![of, at],
            AstKind::List(items) => items.iter().collect(),
            AstKind::Map(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
            AstKind::Unary { operand, .. } => vec![operand],
            AstKind::Binary { left, right, .. } => vec![left, right],
            AstKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
            AstKind::Call { arguments, .. } => arguments.iter().collect(),
            AstKind::Macro { over, guard, body, .. } => [Some(over), guard.as_ref(), Some(body)]
                .into_iter()
                .flatten()
                .map(|b| &**b)
                .collect(),
        }
    }

    /// The names from the scope down, where this node is a name or a field of such a path.
    pub fn path(&self) -> Option<Vec<Arc<str>>> {
        match &self.kind {
            AstKind::Slot { name, .. } => Some(vec![name.clone()]),
            AstKind::Field { of, name, .. } => {
                let mut path = of.path()?;
                path.push(name.clone());
                Some(path)
            }
            _ => None,
        }
    }
}
