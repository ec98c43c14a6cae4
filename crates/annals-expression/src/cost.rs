//! Cost.
use crate::ast::Ast;
pub(crate) fn cost(_: &Ast) -> u64 {
    0
}
