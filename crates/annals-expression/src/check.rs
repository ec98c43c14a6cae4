//! From the untyped tree to the typed one. Every subtree is looked at, so that one pass finds all
//! problems; what was reported once poisons what is above it and causes no second problem.

mod calls;
mod comparable;
mod facts;
mod fit;
mod join;
mod macros;
mod names;
mod operators;

use std::sync::Arc;

use crate::ast::{Ast, AstKind, UnaryOp};
use crate::evaluate::evaluate;
use crate::problem::{Problem, ProblemCode, Span};
use crate::scope::Scope;
use crate::syntax::{Tree, TreeKind};
use crate::types::Type;
use crate::value::{Key, Value};
use facts::Path;
use join::join;

/// The typed tree of `tree`; None where a problem was reported.
pub(crate) fn check(
    text: &str,
    tree: &Tree,
    scope: &Scope,
    wanted: Option<&Type>,
    problems: &mut Vec<Problem>,
) -> Option<Ast> {
    let mut checker = Checker {
        text,
        scope,
        locals: Vec::new(),
        not_null: Vec::new(),
        unsure: false,
        any_order: false,
        problems,
    };
    let ast = checker.check(tree)?;
    if let Some(wanted) = wanted {
        checker.fit(&ast, wanted);
    }
    Some(ast)
}

struct Checker<'c> {
    text: &'c str,
    scope: &'c Scope,
    /// The variables of the macros around, the outermost first; without a type where poisoned.
    locals: Vec<(Arc<str>, Option<Type>)>,
    /// Paths that aren't null here, because a condition around said so.
    not_null: Vec<Path>,
    /// Whether a condition around is poisoned, so that nobody knows what it says about null.
    unsure: bool,
    /// Whether the order of the list asked for next can't be seen.
    any_order: bool,
    problems: &'c mut Vec<Problem>,
}

impl Checker<'_> {
    fn check(&mut self, tree: &Tree) -> Option<Ast> {
        let any_order = std::mem::take(&mut self.any_order);
        let span = tree.span;
        let ast = match &tree.kind {
            TreeKind::Poisoned => return None,
            TreeKind::Literal(value) => literal(span, value.clone()),
            TreeKind::Name(name) => self.name(name, span)?,
            TreeKind::Select { of, name, name_span } => {
                let of = self.check(of)?;
                self.select(span, of, name, *name_span)?
            }
            TreeKind::Index { of, at } => {
                let (of, at) = (self.check(of), self.check(at));
                self.index(span, of?, at?)?
            }
            TreeKind::Call { function, function_span, of, arguments } => {
                let call = calls::Written { span, function, function_span: *function_span };
                self.call(call, of.as_deref(), arguments, any_order)?
            }
            TreeKind::List(items) => self.list(span, items)?,
            TreeKind::Map(entries) => self.map(span, entries)?,
            TreeKind::Unary { op, operand } => self.unary(span, *op, operand)?,
            TreeKind::Binary { op, op_span, left, right } => {
                self.binary(operators::Written { span, op: *op, op_span: *op_span }, left, right)?
            }
            TreeKind::If { condition, then, otherwise } => {
                self.choice(span, condition, then, otherwise)?
            }
        };
        self.fold(ast)
    }

    fn report(&mut self, span: Span, code: ProblemCode, message: impl Into<String>) {
        self.problems.push(Problem::new(span, code, message));
    }

    fn report_with(
        &mut self,
        span: Span,
        code: ProblemCode,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.problems.push(Problem::new(span, code, message).cure(cure));
    }

    /// The text of a part.
    fn quote(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// Whether `ast` has a type that is `fitting`, and can't be null; reports it otherwise.
    fn need(&mut self, ast: &Ast, what: &str, fitting: impl Fn(&Type) -> bool) -> bool {
        if fitting(&ast.type_) {
            return true;
        }
        if ast.type_ != Type::Null && fitting(ast.type_.without_null()) {
            self.maybe_null(ast);
        } else {
            let message = format!("{what} is needed here, this is {}", ast.type_.with_article());
            let cure = format!("write {what} in its place");
            self.report_with(ast.span, ProblemCode::WrongType, message, cure);
        }
        false
    }

    fn maybe_null(&mut self, ast: &Ast) {
        if self.unsure {
            return;
        }
        let text = self.quote(ast.span).to_owned();
        let message = format!("`{text}` may be null here");
        let cure = if Path::of(ast, self.locals.len()).is_some() {
            format!(
                "ask before: `{text} != null && …`, or choose: `{text} != null ? {text} : other`"
            )
        } else {
            "only a plain path such as `state.note` can be asked `!= null` before".into()
        };
        self.report_with(ast.span, ProblemCode::MaybeNull, message, cure);
    }

    /// Checks `tree` where `condition` came to `outcome`.
    fn check_where(&mut self, condition: Option<&Ast>, outcome: bool, tree: &Tree) -> Option<Ast> {
        let (known, unsure) = (self.not_null.len(), self.unsure);
        self.assume(condition, outcome);
        let ast = self.check(tree);
        self.not_null.truncate(known);
        self.unsure = unsure;
        ast
    }

    /// Takes note of what `condition` says about null where it came to `outcome`.
    fn assume(&mut self, condition: Option<&Ast>, outcome: bool) {
        match condition {
            Some(condition) => {
                let facts = self.facts(condition, outcome);
                self.not_null.extend(facts);
            }
            None => self.unsure = true,
        }
    }

    fn condition(&mut self, ast: &Ast) -> bool {
        self.need(ast, "a bool", |type_| *type_ == Type::Bool)
    }

    fn choice(&mut self, span: Span, c: &Tree, t: &Tree, o: &Tree) -> Option<Ast> {
        let condition = self.check(c);
        let then = self.check_where(condition.as_ref(), true, t);
        let otherwise = self.check_where(condition.as_ref(), false, o);
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let good = self.condition(&condition);
        let Some(type_) = join(&then.type_, &otherwise.type_) else {
            let message = format!(
                "both values of a choice have one type, here are {} and {}",
                then.type_.name(),
                otherwise.type_.name()
            );
            self.report(span, ProblemCode::WrongType, message);
            return None;
        };
        let (then, otherwise) = (Box::new(then), Box::new(otherwise));
        let kind = AstKind::If { condition: Box::new(condition), then, otherwise };
        good.then_some(Ast { span, type_, kind })
    }

    fn list(&mut self, span: Span, items: &[Tree]) -> Option<Ast> {
        let items: Vec<Option<Ast>> = items.iter().map(|item| self.check(item)).collect();
        let items: Vec<Ast> = items.into_iter().collect::<Option<_>>()?;
        let item = self.join_all(&items, "the items of a list")?;
        let type_ = Type::list(item, Some(items.len() as u64));
        Some(Ast { span, type_, kind: AstKind::List(items) })
    }

    fn map(&mut self, span: Span, entries: &[(Tree, Tree)]) -> Option<Ast> {
        let checked: Vec<(Option<Ast>, Option<Ast>)> =
            entries.iter().map(|(key, value)| (self.check(key), self.check(value))).collect();
        let mut keys = Vec::new();
        let mut values = Vec::new();
        let mut seen = Vec::new();
        let mut good = true;
        for (key, value) in checked {
            if let Some(key) = key {
                good &= self.map_key(&key, &mut seen);
                keys.push(key);
            }
            values.extend(value);
        }
        if !good || keys.len() < entries.len() || values.len() < entries.len() {
            return None;
        }
        let key = self.join_all(&keys, "the keys of a map");
        let value = self.join_all(&values, "the values of a map");
        let type_ = Type::map(key?, value?, Some(entries.len() as u64));
        Some(Ast { span, type_, kind: AstKind::Map(keys.into_iter().zip(values).collect()) })
    }

    fn map_key(&mut self, key: &Ast, seen: &mut Vec<Key>) -> bool {
        let found = match &key.kind {
            AstKind::Literal(Value::Int(key)) => Key::Int(*key),
            AstKind::Literal(Value::Text(key)) => Key::Text(key.clone()),
            _ => {
                let message = "the keys of a map literal are literal texts or ints";
                self.report(key.span, ProblemCode::Unsupported, message);
                return false;
            }
        };
        if seen.contains(&found) {
            self.report(key.span, ProblemCode::ConstantFailure, "this key stands twice");
            return false;
        }
        seen.push(found);
        true
    }

    /// The one type of all of `parts`; `null` where there are none.
    fn join_all(&mut self, parts: &[Ast], what: &str) -> Option<Type> {
        let mut parts = parts.iter();
        let Some(first) = parts.next() else { return Some(Type::Null) };
        let mut type_ = first.type_.clone();
        for part in parts {
            match join(&type_, &part.type_) {
                Some(joined) => type_ = joined,
                None => {
                    let (one, other) = (type_.name(), part.type_.name());
                    let message = format!("{what} have one type, here are {one} and {other}");
                    self.report(part.span, ProblemCode::WrongType, message);
                    return None;
                }
            }
        }
        Some(type_)
    }

    fn unary(&mut self, span: Span, op: UnaryOp, operand: &Tree) -> Option<Ast> {
        let operand = self.check(operand)?;
        let good = match op {
            UnaryOp::Not => self.condition(&operand),
            UnaryOp::Negate if operand.type_ == Type::Duration => {
                let message = "`-` before a duration isn't part of this language";
                let cure = format!("write duration(\"0s\") - {}", self.quote(operand.span));
                self.report_with(span, ProblemCode::Unsupported, message, cure);
                false
            }
            UnaryOp::Negate => {
                self.need(&operand, "an int or float", |t| matches!(t, Type::Int(_) | Type::Float))
            }
        };
        let type_ = match operand.type_ {
            Type::Int(_) => Type::int(),
            ref other => other.clone(),
        };
        let kind = AstKind::Unary { op, operand: Box::new(operand) };
        good.then_some(Ast { span, type_, kind })
    }

    /// What literals alone come to, is a literal; or a problem, where it always fails.
    fn fold(&mut self, ast: Ast) -> Option<Ast> {
        let foldable = match &ast.kind {
            AstKind::Unary { .. } | AstKind::Call { .. } => true,
            AstKind::Binary { op, .. } => !op.is_logical(),
            _ => false,
        };
        let literal = |child: &&Ast| matches!(child.kind, AstKind::Literal(_));
        if !foldable || !ast.children().iter().all(literal) {
            return Some(ast);
        }
        match evaluate(&ast, &[]).0 {
            Ok(value) => Some(Ast { kind: AstKind::Literal(value), ..ast }),
            Err(error) => {
                let message = format!("this always fails: {}", error.reason);
                self.report(error.span, ProblemCode::ConstantFailure, message);
                None
            }
        }
    }
}

/// A literal and its type.
fn literal(span: Span, value: Value) -> Ast {
    let type_ = match &value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::int(),
        Value::Float(_) => Type::Float,
        Value::Text(text) => {
            Type::Text(crate::types::TextLimits { max: Some(text.len() as u64), pattern: None })
        }
        Value::Time(_) => Type::Time,
        Value::Date(_) => Type::Date,
        Value::Duration(_) => Type::Duration,
        _ => Type::Null,
    };
    Ast { span, type_, kind: AstKind::Literal(value) }
}
