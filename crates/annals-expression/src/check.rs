//! Types.
use crate::{ast::Ast, problem::Problem, scope::Scope, syntax::Tree, types::Type};
pub(crate) fn check(_: &Tree, _: &Scope, _: Option<&Type>, _: &mut Vec<Problem>) -> Option<Ast> {
    None
}
