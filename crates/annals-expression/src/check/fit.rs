//! Whether a value fits the place that asks for it. Literals are read by the place's type.

use super::Checker;
use crate::ast::{Ast, AstKind};
use crate::problem::ProblemCode;
use crate::types::{Type, canonical_uuid};
use crate::value::Value;

impl Checker<'_> {
    /// Reports where `ast` doesn't fit a place that asks for `wanted`, limits of literals included.
    pub(super) fn fit(&mut self, ast: &Ast, wanted: &Type) -> bool {
        self.fit_with(ast, wanted, true)
    }

    /// As [`fit`](Self::fit), but limits don't matter.
    pub(super) fn fit_loosely(&mut self, ast: &Ast, wanted: &Type) -> bool {
        self.fit_with(ast, wanted, false)
    }

    fn fit_with(&mut self, ast: &Ast, wanted: &Type, limits: bool) -> bool {
        match (wanted.without_null(), &ast.kind) {
            (_, AstKind::If { then, otherwise, .. }) => {
                let then = self.fit_with(then, wanted, limits);
                self.fit_with(otherwise, wanted, limits) && then
            }
            (Type::Enum(_) | Type::Uuid, AstKind::Literal(Value::Text(_))) => {
                self.member(wanted, ast)
            }
            (Type::List(list), AstKind::List(items)) => {
                let list = list.clone();
                let fits = |item| self.fit_with(item, &list.item, limits);
                items.iter().map(fits).filter(|fits| !fits).count() == 0
            }
            (Type::Map(map), AstKind::Map(entries)) => {
                let map = map.clone();
                let fits = |(key, value): &(Ast, Ast)| {
                    let key = self.fit_with(key, &map.key, limits);
                    self.fit_with(value, &map.value, limits) && key
                };
                entries.iter().map(fits).filter(|fits| !fits).count() == 0
            }
            (_, AstKind::Literal(value)) if wanted.admits(&ast.type_) => {
                let violations = if limits { wanted.validate(value).err() } else { None };
                for violation in violations.iter().flatten() {
                    let message = format!("this {}", violation.reason);
                    self.report(ast.span, ProblemCode::ConstantFailure, message);
                }
                violations.is_none()
            }
            _ if wanted.admits(&ast.type_) => true,
            _ => {
                self.misfit(ast, wanted);
                false
            }
        }
    }

    fn misfit(&mut self, ast: &Ast, wanted: &Type) {
        let inner = ast.type_.without_null();
        if ast.type_ != Type::Null && ast.type_.is_optional() && wanted.admits(inner) {
            return self.maybe_null(ast);
        }
        let (needed, got) = (wanted.with_article(), ast.type_.with_article());
        let message = format!("{needed} is needed here, this is {got}");
        let text = self.quote(ast.span).to_owned();
        let function = match (wanted.without_null(), &ast.type_) {
            (Type::Float, Type::Int(_)) => "float",
            (Type::Int(_), Type::Float) => "int",
            (Type::Text(_), Type::Int(_) | Type::Bool | Type::Date) => "string",
            (Type::Date, Type::Time) => "date",
            _ => return self.report(ast.span, ProblemCode::WrongType, message),
        };
        let cure = format!("write {function}({text})");
        self.report_with(ast.span, ProblemCode::WrongType, message, cure);
    }

    /// Literal texts in `ast` that a value of `type_` can never equal are reported.
    pub(super) fn member(&mut self, type_: &Type, ast: &Ast) -> bool {
        match (type_.without_null(), &ast.kind) {
            (Type::Enum(members), AstKind::Literal(Value::Text(text))) if !members.has(text) => {
                let message = format!("`{text}` is none of the enum's members");
                let close = super::names::closest(text, members.members.iter().map(|m| &**m));
                let cure = match close {
                    Some(close) => format!("did you mean \"{close}\"?"),
                    None => format!("the members are {}", members.listed()),
                };
                self.report_with(ast.span, ProblemCode::NotAMember, message, cure);
                false
            }
            (Type::Uuid, AstKind::Literal(Value::Text(text)))
                if canonical_uuid(text).as_deref() != Some(&**text) =>
            {
                let message = "this is no uuid in its canonical form";
                let cure = "a uuid is written in lower case with hyphens, \
                            \"00000000-0000-0000-0000-000000000000\"";
                self.report_with(ast.span, ProblemCode::NotAMember, message, cure);
                false
            }
            (Type::List(list), AstKind::List(_)) => {
                let list = list.clone();
                self.members(&list.item, ast)
            }
            (_, AstKind::If { then, otherwise, .. }) => {
                let then = self.member(type_, then);
                self.member(type_, otherwise) && then
            }
            _ => true,
        }
    }

    /// As [`member`](Self::member), for each item of a list literal.
    pub(super) fn members(&mut self, type_: &Type, ast: &Ast) -> bool {
        let AstKind::List(items) = &ast.kind else { return true };
        items.iter().map(|item| self.member(type_, item)).filter(|good| !good).count() == 0
    }
}
