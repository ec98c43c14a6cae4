//! Macros: they bind a name to each item of a list, or key of a map.

use super::Checker;
use super::calls::Written;
use crate::ast::{Ast, AstKind};
use crate::functions::Macro;
use crate::problem::ProblemCode;
use crate::syntax::{Tree, TreeKind};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn comprehension(
        &mut self,
        written: Written<'_>,
        kind: Macro,
        of: &Tree,
        arguments: &[Tree],
        any_order: bool,
    ) -> Option<Ast> {
        let (variable, guard, body) = match (kind, arguments) {
            (_, [variable, body]) => (variable, None, body),
            (Macro::Map, [variable, guard, body]) => (variable, Some(guard), body),
            _ => {
                let form = match kind {
                    Macro::Map => "a name and a value, as in list.map(x, x + 1)",
                    _ => "a name and a condition, as in list.exists(x, x > 1)",
                };
                return self.arity(written, form);
            }
        };
        let TreeKind::Name(name) = &variable.kind else {
            let message = format!("`{}` needs a plain name first", written.function);
            self.report(variable.span, ProblemCode::Syntax, message);
            return None;
        };
        self.any_order = any_order || matches!(kind, Macro::Exists | Macro::All);
        let free = self.any_order;
        let over = self.check(of).filter(|over| self.iterable(written, kind, over, free));
        let item = over.as_ref().map(|over| match &over.type_ {
            Type::List(list) => list.item.clone(),
            Type::Map(map) => map.key.clone(),
            other => other.clone(),
        });
        let (known, unsure) = (self.not_null.len(), self.unsure);
        self.locals.push((name.clone(), item));
        let guard = guard.map(|guard| {
            let guard = self.check(guard).filter(|guard| self.condition(guard));
            self.assume(guard.as_ref(), true);
            guard.map(Box::new)
        });
        let body = self.check(body);
        let body = body.filter(|body| kind == Macro::Map || self.condition(body));
        self.locals.pop();
        self.not_null.truncate(known);
        self.unsure = unsure;
        let (over, body) = (over?, body?);
        let guard = match guard {
            Some(guard) => Some(guard?),
            None => None,
        };
        let type_ = match (kind, &over.type_) {
            (Macro::Exists | Macro::All, _) => Type::Bool,
            (Macro::Map, type_) => Type::list(body.type_.clone(), entries(type_)),
            (Macro::Filter, Type::Map(map)) => Type::list(map.key.clone(), map.max),
            (Macro::Filter, type_) => type_.clone(),
        };
        let (over, body, name) = (Box::new(over), Box::new(body), name.clone());
        let kind = AstKind::Macro { kind, over, name, guard, body };
        Some(Ast { span: written.span, type_, kind })
    }

    fn iterable(&mut self, written: Written<'_>, kind: Macro, over: &Ast, free: bool) -> bool {
        let listed = |type_: &Type| matches!(type_, Type::List(_) | Type::Map(_));
        if !self.need(over, "a list or map", listed) {
            return false;
        }
        if free || !matches!(over.type_, Type::Map(_)) {
            return true;
        }
        let message =
            format!("a map has no order, so the list that `{}` gives has none", kind.name());
        let cure = "put it straight into size, sum, min, max, exists, all or `in`";
        self.report_with(written.span, ProblemCode::Unsupported, message, cure);
        false
    }
}

/// The most entries that a list or map has.
fn entries(type_: &Type) -> Option<u64> {
    match type_ {
        Type::List(list) => list.max,
        Type::Map(map) => map.max,
        _ => None,
    }
}

/// Whether the order of this list isn't defined, because a map's keys are behind it.
pub(super) fn is_unordered(ast: &Ast) -> bool {
    match &ast.kind {
        AstKind::Macro { kind: Macro::Map | Macro::Filter, over, .. } => {
            matches!(over.type_, Type::Map(_)) || is_unordered(over)
        }
        _ => false,
    }
}
