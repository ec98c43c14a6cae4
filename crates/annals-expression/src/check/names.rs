//! Names, fields and indexes: where a value is read from.

use std::sync::Arc;

use super::Checker;
use crate::ast::{Ast, AstKind};
use crate::problem::{ProblemCode, Span};
use crate::types::{RecordType, Type};

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &Arc<str>, span: Span) -> Option<Ast> {
        if let Some(up) = self.locals.iter().rev().position(|(known, _)| known == name) {
            let type_ = self.locals[self.locals.len() - 1 - up].1.clone()?;
            let kind = AstKind::Local { up, name: name.clone() };
            return Some(self.narrowed(Ast { span, type_, kind }));
        }
        if let Some((slot, type_)) = self.scope.get(name) {
            let kind = AstKind::Slot { slot, name: name.clone() };
            return Some(self.narrowed(Ast { span, type_: type_.clone(), kind }));
        }
        let locals = self.locals.iter().rev().map(|(name, _)| name.to_string());
        let names = self.scope.names().iter().map(|(name, _)| name.to_string());
        let names: Vec<String> = locals.chain(names).collect();
        let cure = self.cure_for_name(name, &names);
        let message = format!("there is no `{name}` here");
        self.report_with(span, ProblemCode::UnknownName, message, cure);
        None
    }

    fn cure_for_name(&self, name: &str, names: &[String]) -> String {
        let quoted = |(root, type_): &(Arc<str>, Type)| match type_.without_null() {
            Type::Record(record) if record.get(name).is_some() => Some(format!("`{root}.{name}`")),
            _ => None,
        };
        if let Some(close) = closest(name, names.iter().map(|name| &**name)) {
            return format!("did you mean `{close}`?");
        }
        let fields: Vec<String> = self.scope.names().iter().filter_map(quoted).collect();
        if !fields.is_empty() {
            return format!("did you mean {}?", fields.join(" or "));
        }
        if names.is_empty() {
            return format!("no names can be read here; a text is written \"{name}\"");
        }
        format!("names here are {}; a text is written \"{name}\"", names.join(", "))
    }

    /// This path with its type, which isn't optional where a condition around said so.
    fn narrowed(&self, ast: Ast) -> Ast {
        if !matches!(ast.type_, Type::Optional(_)) {
            return ast;
        }
        if self.knows(&ast) {
            let type_ = ast.type_.without_null().clone();
            return Ast { type_, ..ast };
        }
        ast
    }

    pub(super) fn select(
        &mut self,
        span: Span,
        of: Ast,
        name: &Arc<str>,
        name_span: Span,
    ) -> Option<Ast> {
        match &of.type_ {
            Type::Record(record) => {
                let Some((hint, type_)) = record.get(name) else {
                    self.unknown_field(&record.clone(), of.span, name, name_span);
                    return None;
                };
                let type_ = type_.clone();
                let kind = AstKind::Field { of: Box::new(of), name: name.clone(), hint };
                Some(self.narrowed(Ast { span, type_, kind }))
            }
            Type::Map(map) if matches!(map.key, Type::Text(_)) => {
                let type_ = map.value.clone();
                let at = super::literal(name_span, crate::value::Value::Text(name.clone()));
                let kind = AstKind::Index { of: Box::new(of), at: Box::new(at) };
                Some(Ast { span, type_, kind })
            }
            _ => {
                let what = format!("a record with a field `{name}`");
                self.need(&of, &what, |type_| matches!(type_, Type::Record(_)));
                None
            }
        }
    }

    fn unknown_field(&mut self, record: &RecordType, of: Span, name: &str, span: Span) {
        if record.has_lost(name) {
            return;
        }
        let message = match &record.name {
            Some(of) => format!("{of} has no field `{name}`"),
            None => format!("`{}` has no field `{name}`", self.quote(of)),
        };
        let names = || record.fields.iter().map(|field| &*field.name);
        let cure = match closest(name, names()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if record.fields.is_empty() => "it has no fields at all".into(),
            None => format!("its fields are {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.report_with(span, ProblemCode::UnknownField, message, cure);
    }

    pub(super) fn index(&mut self, span: Span, of: Ast, at: Ast) -> Option<Ast> {
        let type_ = match &of.type_ {
            Type::List(list) => {
                let list = list.clone();
                if !self.need(&at, "an int", |type_| matches!(type_, Type::Int(_))) {
                    return None;
                }
                list.item.clone()
            }
            Type::Map(map) => {
                let map = map.clone();
                if !self.fit_loosely(&at, &map.key) {
                    return None;
                }
                map.value.clone()
            }
            _ => {
                let listed = |type_: &Type| matches!(type_, Type::List(_) | Type::Map(_));
                self.need(&of, "a list or map", listed);
                return None;
            }
        };
        let kind = AstKind::Index { of: Box::new(of), at: Box::new(at) };
        Some(Ast { span, type_, kind })
    }
}

/// The one of `names` that was probably meant by `name`.
pub(super) fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let close = |known: &&str| {
        let distance = strsim::osa_distance(name, known);
        let length = known.chars().count();
        // Of a name of one letter nothing would be left.
        distance > 0 && distance * 3 <= length.max(3) && distance < length.min(name.len())
    };
    names.filter(close).min_by_key(|known| strsim::osa_distance(name, known))
}
