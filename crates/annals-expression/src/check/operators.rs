//! Operators between two operands.

use super::Checker;
use super::comparable::{comparable, has_order, is_number, is_text, ordered};
use super::join::{join, text_bytes};
use crate::ast::{Ast, AstKind, BinaryOp};
use crate::problem::{ProblemCode, Span};
use crate::syntax::{Tree, TreeKind};
use crate::types::{TextLimits, Type};
use crate::value::Value;

/// An operator as it stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) span: Span,
    pub(super) op: BinaryOp,
    pub(super) op_span: Span,
}

/// Whether a part is CEL's `type(…)`, which this language hasn't.
fn asks_for_type(tree: &Tree) -> bool {
    matches!(&tree.kind, TreeKind::Call { function, of: None, .. } if &**function == "type")
}

impl Checker<'_> {
    pub(super) fn binary(&mut self, written: Written, left: &Tree, right: &Tree) -> Option<Ast> {
        if let BinaryOp::Equal | BinaryOp::NotEqual = written.op
            && let Some(asked) = [left, right].into_iter().find(|tree| asks_for_type(tree))
        {
            // The other side names a type, which is no value either.
            return self.check(asked);
        }
        let left = self.check(left);
        let right = match written.op {
            BinaryOp::And | BinaryOp::Or => {
                self.check_where(left.as_ref(), written.op == BinaryOp::And, right)
            }
            op => {
                self.any_order = op == BinaryOp::In;
                self.check(right)
            }
        };
        let (left, right) = (left?, right?);
        let type_ = match written.op {
            BinaryOp::And | BinaryOp::Or => {
                let left = self.condition(&left);
                (self.condition(&right) && left).then_some(Type::Bool)
            }
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(written, &left, &right),
            BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => self.order(written, &left, &right),
            BinaryOp::In => self.membership(written, &left, &right),
            _ => self.arithmetic(written, &left, &right),
        }?;
        let (left, right) = (Box::new(left), Box::new(right));
        Some(Ast {
            span: written.span,
            type_,
            kind: AstKind::Binary { op: written.op, left, right },
        })
    }

    fn equality(&mut self, written: Written, left: &Ast, right: &Ast) -> Option<Type> {
        if comparable(&left.type_, &right.type_) {
            let good = self.member(&left.type_, right);
            return (self.member(&right.type_, left) && good).then_some(Type::Bool);
        }
        let asked_again = |null: &Ast, path: &Ast| null.type_ == Type::Null && self.knows(path);
        if asked_again(left, right) || asked_again(right, left) {
            return Some(Type::Bool);
        }
        let (one, other) = (left.type_.name(), right.type_.name());
        let is_null = |ast: &Ast| ast.kind == AstKind::Literal(Value::Null);
        let never_null = [(left, right), (right, left)]
            .into_iter()
            .find(|(null, other)| is_null(null) && !other.type_.is_optional());
        if let Some((_, path)) = never_null {
            let message = format!("`{}` is never null here", self.quote(path.span));
            let cure = "take the test away, or make what it asks optional";
            self.report_with(written.span, ProblemCode::WrongType, message, cure);
            return None;
        }
        let message = format!("{one} and {other} are never equal");
        self.report(written.span, ProblemCode::WrongType, message);
        None
    }

    fn order(&mut self, written: Written, left: &Ast, right: &Ast) -> Option<Type> {
        if ordered(&left.type_, &right.type_) {
            let good = self.member(&left.type_, right);
            return (self.member(&right.type_, left) && good).then_some(Type::Bool);
        }
        let what = "a value that has an order";
        let mut good = true;
        for side in [left, right] {
            if matches!(side.type_.without_null(), Type::Enum(_) | Type::Bool) {
                let message = match side.type_.without_null() {
                    Type::Bool => "true and false have no order here",
                    _ => "the members of an enum have no order",
                };
                self.report(side.span, ProblemCode::WrongType, message);
                good = false;
            } else {
                good &= self.need(side, what, has_order);
            }
        }
        if good {
            let (one, other) = (left.type_.name(), right.type_.name());
            let message = format!("{one} and {other} have no common order");
            self.report(written.span, ProblemCode::WrongType, message);
        }
        None
    }

    fn membership(&mut self, written: Written, left: &Ast, right: &Ast) -> Option<Type> {
        match &right.type_ {
            Type::List(list) => {
                let list = list.clone();
                if list.max == Some(0) || comparable(&left.type_, &list.item) {
                    let good = self.members(&left.type_, right);
                    return (self.member(&list.item, left) && good).then_some(Type::Bool);
                }
                let (item, list) = (left.type_.with_article(), right.type_.with_article());
                let message = format!("{item} is never in {list}");
                self.report(written.span, ProblemCode::WrongType, message);
                None
            }
            Type::Map(map) => {
                let map = map.clone();
                let empty = map.max == Some(0);
                (empty || self.fit_loosely(left, &map.key)).then_some(Type::Bool)
            }
            type_ if is_text(type_) && is_text(left.type_.without_null()) => {
                let (part, text) = (self.quote(left.span), self.quote(right.span));
                let cure = format!("write {text}.contains({part})");
                let message = "`in` asks lists and maps, this is a text";
                self.report_with(right.span, ProblemCode::WrongType, message, cure);
                None
            }
            _ => {
                let listed = |type_: &Type| matches!(type_, Type::List(_) | Type::Map(_));
                self.need(right, "a list or map", listed);
                None
            }
        }
    }

    fn arithmetic(&mut self, written: Written, left: &Ast, right: &Ast) -> Option<Type> {
        use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};
        match (written.op, &left.type_, &right.type_) {
            (_, Type::Int(_), Type::Int(_)) => Some(Type::int()),
            (Add | Subtract | Multiply | Divide, Type::Float, Type::Float) => Some(Type::Float),
            (Add, Type::Time, Type::Duration)
            | (Add, Type::Duration, Type::Time)
            | (Subtract, Type::Time, Type::Duration) => Some(Type::Time),
            (Subtract, Type::Time, Type::Time)
            | (Add | Subtract, Type::Duration, Type::Duration) => Some(Type::Duration),
            (Add, Type::List(one), Type::List(other)) => {
                let joined = join(&left.type_, &right.type_);
                let max = one.max.zip(other.max).map(|(one, other)| one.saturating_add(other));
                match joined {
                    Some(Type::List(list)) => Some(Type::list(list.item.clone(), max)),
                    _ => self.no_arithmetic(written, left, right),
                }
            }
            (Remainder, Type::Float, Type::Float) => {
                let message = "`%` is for ints only";
                self.report(written.op_span, ProblemCode::WrongType, message);
                None
            }
            (Add, one, other) if is_text(one) && is_text(other) => {
                let max = text_bytes(one)?.saturating_add(text_bytes(other)?);
                Some(Type::Text(TextLimits { max: Some(max), pattern: None }))
            }
            _ => self.no_arithmetic(written, left, right),
        }
    }

    fn no_arithmetic(&mut self, written: Written, left: &Ast, right: &Ast) -> Option<Type> {
        let mut null = false;
        for side in [left, right] {
            if matches!(side.type_, Type::Optional(_)) {
                self.maybe_null(side);
                null = true;
            }
        }
        if null {
            return None;
        }
        let (symbol, one, other) = (written.op.symbol(), left.type_.name(), right.type_.name());
        let message = format!("`{symbol}` doesn't work between {one} and {other}");
        let convert =
            |function: &str, ast: &Ast| format!("write {function}({})", self.quote(ast.span));
        let cure = match (&left.type_, &right.type_) {
            (Type::Int(_), Type::Float) => Some(convert("float", left)),
            (Type::Float, Type::Int(_)) => Some(convert("float", right)),
            (one, other) if is_text(one) && is_number(other) && written.op == BinaryOp::Add => {
                Some(convert("string", right))
            }
            (one, other) if is_number(one) && is_text(other) && written.op == BinaryOp::Add => {
                Some(convert("string", left))
            }
            _ => None,
        };
        match cure {
            Some(cure) => self.report_with(written.span, ProblemCode::WrongType, message, cure),
            None => self.report(written.span, ProblemCode::WrongType, message),
        }
        None
    }
}
