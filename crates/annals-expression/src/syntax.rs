//! From text to an untyped tree. What names and types mean is the checker's business.

mod lexer;
mod number;
mod parser;
mod quoted;
mod tree;

pub(crate) use parser::parse;
pub(crate) use tree::{Tree, TreeKind};

/// The longest text of an expression, in bytes.
pub const MAX_INPUT_BYTES: usize = 64 * 1024;

/// How deep brackets, calls, conditions and signs may nest.
pub const MAX_DEPTH: usize = 32;

/// How deep the tree may be; a chain of operators without brackets is a deep tree as well.
pub(crate) const MAX_TREE_DEPTH: usize = 100;
