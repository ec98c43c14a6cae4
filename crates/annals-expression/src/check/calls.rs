//! Functions and methods. What CEL has and this language hasn't is named as such.

use std::sync::Arc;

use super::comparable::{has_order, is_text};
use super::join::text_bytes;
use super::macros::is_unordered;
use super::names::closest;
use super::{Checker, literal};
use crate::ast::{Ast, AstKind};
use crate::functions::{Function, Macro};
use crate::problem::{ProblemCode, Span};
use crate::syntax::{Tree, TreeKind};
use crate::temporal::{in_duration_range, parse_date, parse_duration, parse_time};
use crate::types::{TextLimits, Type};
use crate::value::Value;

/// A call as it stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Written<'w> {
    pub(super) span: Span,
    pub(super) function: &'w Arc<str>,
    pub(super) function_span: Span,
}

const FUNCTIONS: [&str; 11] =
    ["size", "int", "float", "string", "date", "duration", "timestamp", "sum", "min", "max", "has"];
const METHODS: [&str; 8] =
    ["size", "contains", "startsWith", "endsWith", "exists", "all", "map", "filter"];
/// What CEL has, and why or what instead.
const ONLY_CEL: [(&str, &str); 9] = [
    ("matches", "put a `pattern` on the text's type"),
    ("exists_one", "write size(list.filter(x, …)) == 1"),
    ("existsOne", "write size(list.filter(x, …)) == 1"),
    ("double", "write float(…)"),
    ("uint", "write int(…)"),
    ("bytes", "there are no bytes in this language"),
    ("type", "every type is known when the file is checked"),
    ("dyn", "every type is known when the file is checked"),
    ("getDate", "write date(…) for the date of a time"),
];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        written: Written<'_>,
        of: Option<&Tree>,
        arguments: &[Tree],
        any_order: bool,
    ) -> Option<Ast> {
        match (of, &**written.function) {
            (None, "has") => self.has(written, arguments),
            (None, "duration" | "timestamp") => self.temporal_literal(written, arguments),
            (None, "date") if matches!(arguments, [Tree { kind: TreeKind::Literal(_), .. }]) => {
                self.temporal_literal(written, arguments)
            }
            (None, "size" | "int" | "float" | "string" | "date") => {
                let [argument] = arguments else { return self.arity(written, "one value") };
                self.any_order = &**written.function == "size";
                let argument = self.check(argument)?;
                self.conversion(written, argument)
            }
            (None, "sum") => {
                let [argument] = arguments else { return self.arity(written, "one list") };
                self.any_order = true;
                let argument = self.check(argument)?;
                self.sum(written, argument)
            }
            (None, "min" | "max") => self.extreme(written, arguments),
            (Some(of), "size") => {
                if !arguments.is_empty() {
                    return self.arity(written, "nothing in its brackets");
                }
                self.any_order = true;
                let of = self.check(of)?;
                self.conversion(written, of)
            }
            (Some(of), "contains" | "startsWith" | "endsWith") => {
                let [argument] = arguments else { return self.arity(written, "one text") };
                let (of, argument) = (self.check(of), self.check(argument));
                self.text_method(written, of?, argument?)
            }
            (Some(of), name) => match Macro::named(name) {
                Some(kind) => self.comprehension(written, kind, of, arguments, any_order),
                None => self.unknown_function(written, Some(of), arguments),
            },
            (None, _) => self.unknown_function(written, None, arguments),
        }
    }

    pub(super) fn arity(&mut self, written: Written<'_>, takes: &str) -> Option<Ast> {
        let message = format!("`{}` takes {takes}", written.function);
        self.report_with(written.span, ProblemCode::WrongType, message, format!("give it {takes}"));
        None
    }

    fn unknown_function(
        &mut self,
        written: Written<'_>,
        of: Option<&Tree>,
        arguments: &[Tree],
    ) -> Option<Ast> {
        let name = &**written.function;
        if let Some((_, cure)) = ONLY_CEL.iter().find(|(known, _)| *known == name) {
            let message = format!("`{name}` isn't part of this language");
            self.report_with(written.function_span, ProblemCode::Unsupported, message, *cure);
            return None;
        }
        let message = format!("there is no function `{name}`");
        let first = of.or(arguments.first()).map_or("x", |tree| self.quote(tree.span)).to_owned();
        let (known, other): (&[&str], &[&str]) =
            if of.is_some() { (&METHODS, &FUNCTIONS) } else { (&FUNCTIONS, &METHODS) };
        let cure = if other.contains(&name) {
            let form = if of.is_some() {
                format!("{name}({first})")
            } else {
                format!("{first}.{name}(…)")
            };
            format!("write {form}")
        } else if let Some(close) = closest(name, known.iter().copied()) {
            format!("did you mean `{close}`?")
        } else {
            let kind = if of.is_some() { "methods" } else { "functions" };
            format!("{kind} are {}", known.join(", "))
        };
        self.report_with(written.function_span, ProblemCode::UnknownFunction, message, cure);
        if let Some(of) = of {
            self.check(of);
        }
        // Arguments of what may have been meant as a macro read a name that nobody bound.
        if of.is_none() {
            arguments.iter().for_each(|argument| drop(self.check(argument)));
        }
        None
    }

    /// `has(map.key)`.
    fn has(&mut self, written: Written<'_>, arguments: &[Tree]) -> Option<Ast> {
        let [Tree { kind: TreeKind::Select { of, name, name_span }, span, .. }] = arguments else {
            return self.arity(written, "a map's entry, as in has(map.key)");
        };
        let of = self.check(of)?;
        match &of.type_ {
            Type::Map(map) if matches!(map.key, Type::Text(_)) => {
                let kind = AstKind::Has { of: Box::new(of), key: name.clone() };
                Some(Ast { span: written.span, type_: Type::Bool, kind })
            }
            Type::Map(_) => {
                let cure = format!("write key in {}", self.quote(of.span));
                let message = "`has` asks maps with text keys only";
                self.report_with(written.span, ProblemCode::WrongType, message, cure);
                None
            }
            Type::Record(_) => {
                let field = self.select(*span, of, name, *name_span)?;
                let text = self.quote(*span).to_owned();
                if field.type_.is_optional() {
                    let message =
                        format!("`{text}` is a field and always there, though maybe null");
                    let cure = format!("write {text} != null");
                    self.report_with(written.span, ProblemCode::Unsupported, message, cure);
                } else {
                    let message = format!("`{text}` is a field and always there");
                    let cure = "take the test away";
                    self.report_with(written.span, ProblemCode::Unsupported, message, cure);
                }
                None
            }
            _ => {
                self.need(&of, "a map", |type_| matches!(type_, Type::Map(_)));
                None
            }
        }
    }

    /// `duration("15m")`, `timestamp("2026-01-31T12:00:00Z")`, `date("2026-01-31")`.
    fn temporal_literal(&mut self, written: Written<'_>, arguments: &[Tree]) -> Option<Ast> {
        let [Tree { kind: TreeKind::Literal(Value::Text(text)), span, .. }] = arguments else {
            let takes = if &**written.function == "date" { "a time or" } else { "only" };
            return self.arity(written, &format!("{takes} a literal text"));
        };
        let (value, cure) = match &**written.function {
            "duration" => {
                let days = text.contains('d') && parse_duration(text).is_some();
                let value = parse_duration(text).filter(|micros| in_duration_range(*micros));
                let cure = match value {
                    Some(micros) if days => format!("write {}h", micros / 3_600_000_000),
                    _ => "write whole numbers as in 15m, 1h30m, 500ms (units: h, m, s, ms, us)"
                        .into(),
                };
                (value.filter(|_| !days).map(Value::Duration), cure)
            }
            "timestamp" => (
                parse_time(text).map(Value::Time),
                "write it as in 2026-01-31T12:00:00Z, with at most microseconds".into(),
            ),
            _ => (parse_date(text).map(Value::Date), "write it as in 2026-01-31".into()),
        };
        let Some(value) = value else {
            let message = format!("`{text}` is no {} that is read here", written.function);
            self.report_with(*span, ProblemCode::ConstantFailure, message, cure);
            return None;
        };
        Some(literal(written.span, value))
    }

    fn conversion(&mut self, written: Written<'_>, argument: Ast) -> Option<Ast> {
        let of = argument.type_.clone();
        let text = |max| Type::Text(TextLimits { max: Some(max), pattern: None });
        let (function, type_, good) = match &**written.function {
            "size" => {
                let sized = |t: &Type| is_text(t) || matches!(t, Type::List(_) | Type::Map(_));
                let good = self.need(&argument, "a text, list or map", sized);
                (Function::Size, Type::int(), good)
            }
            "int" => {
                let fits = |t: &Type| matches!(t, Type::Int(_) | Type::Float | Type::Text(_));
                let good = self.need(&argument, "an int, float or text", fits);
                (Function::Int, Type::int(), good)
            }
            "float" => {
                let fits = |t: &Type| matches!(t, Type::Int(_) | Type::Float | Type::Text(_));
                (Function::Float, Type::Float, self.need(&argument, "an int, float or text", fits))
            }
            "date" => {
                let good = self.need(&argument, "a time", |t| *t == Type::Time);
                (Function::Date, Type::Date, good)
            }
            _ => {
                if matches!(of, Type::Float | Type::Time | Type::Duration) {
                    let message =
                        format!("CEL's implementations write a {} differently", of.name());
                    self.report(written.span, ProblemCode::Unsupported, message);
                    return None;
                }
                let fits =
                    |t: &Type| is_text(t) || matches!(t, Type::Int(_) | Type::Bool | Type::Date);
                let good = self.need(&argument, "an int, bool, date or text", fits);
                let type_ = text(text_bytes(&of).unwrap_or(20));
                (Function::String, type_, good)
            }
        };
        let kind = AstKind::Call { function, arguments: vec![argument] };
        good.then_some(Ast { span: written.span, type_, kind })
    }

    fn text_method(&mut self, written: Written<'_>, of: Ast, argument: Ast) -> Option<Ast> {
        if matches!(of.type_, Type::List(_) | Type::Map(_)) && &**written.function == "contains" {
            let cure = format!("write {} in {}", self.quote(argument.span), self.quote(of.span));
            let message = "`contains` asks texts, this is a list or map";
            self.report_with(written.span, ProblemCode::WrongType, message, cure);
            return None;
        }
        let good = self.need(&of, "a text", is_text);
        if !self.need(&argument, "a text", is_text) || !good {
            return None;
        }
        let function = match &**written.function {
            "contains" => Function::Contains,
            "startsWith" => Function::StartsWith,
            _ => Function::EndsWith,
        };
        let kind = AstKind::Call { function, arguments: vec![of, argument] };
        Some(Ast { span: written.span, type_: Type::Bool, kind })
    }

    fn sum(&mut self, written: Written<'_>, argument: Ast) -> Option<Ast> {
        let summed = |t: &Type| matches!(t, Type::Int(_) | Type::Float | Type::Duration);
        let fits = |t: &Type| matches!(t, Type::List(list) if summed(&list.item));
        if !self.need(&argument, "a list of int, float or duration", fits) {
            return None;
        }
        let type_ = match &argument.type_ {
            Type::List(list) if list.item == Type::Float && is_unordered(&argument) => {
                let message = "a map has no order, and floats summed in another order differ";
                self.report(written.span, ProblemCode::Unsupported, message);
                return None;
            }
            Type::List(list) if matches!(list.item, Type::Int(_)) => Type::int(),
            Type::List(list) => list.item.clone(),
            _ => return None,
        };
        let kind = AstKind::Call { function: Function::Sum, arguments: vec![argument] };
        Some(Ast { span: written.span, type_, kind })
    }

    fn extreme(&mut self, written: Written<'_>, arguments: &[Tree]) -> Option<Ast> {
        let function = if &**written.function == "min" { Function::Min } else { Function::Max };
        if arguments.is_empty() {
            return self.arity(written, "a list, or several values");
        }
        let check = |argument| {
            self.any_order = arguments.len() == 1;
            self.check(argument)
        };
        let checked: Vec<Option<Ast>> = arguments.iter().map(check).collect();
        let checked: Vec<Ast> = checked.into_iter().collect::<Option<_>>()?;
        let type_ = if let [list] = &*checked {
            let fits = |t: &Type| matches!(t, Type::List(list) if has_order(&list.item));
            if !self.need(list, "a list of values that have an order", fits) {
                return None;
            }
            match &list.type_ {
                Type::List(list) => list.item.clone(),
                _ => return None,
            }
        } else {
            let needed = |ast| self.need(ast, "a value that has an order", has_order);
            if checked.iter().map(needed).filter(|good| !good).count() > 0 {
                return None;
            }
            self.join_all(&checked, "the values")?
        };
        let kind = AstKind::Call { function, arguments: checked };
        Some(Ast { span: written.span, type_, kind })
    }
}
