//! From tokens to a tree, by precedence. After a mistake the parser goes on behind the next comma
//! or bracket, so that one pass finds as many problems as it can.

use std::sync::Arc;

use super::lexer::{Token, TokenKind, tokens};
use super::number::too_large;
use super::tree::{Tree, TreeKind};
use super::{MAX_DEPTH, MAX_INPUT_BYTES, MAX_TREE_DEPTH};
use crate::ast::{BinaryOp, UnaryOp};
use crate::problem::{Problem, ProblemCode, Span};
use crate::value::Value;

const OPERATORS: [BinaryOp; 14] = [
    BinaryOp::Or,
    BinaryOp::And,
    BinaryOp::Equal,
    BinaryOp::NotEqual,
    BinaryOp::Less,
    BinaryOp::LessOrEqual,
    BinaryOp::Greater,
    BinaryOp::GreaterOrEqual,
    BinaryOp::In,
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
    BinaryOp::Remainder,
];

/// Words that CEL keeps for itself.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
];

struct Parser<'p> {
    tokens: Vec<Token>,
    next: usize,
    nested: usize,
    /// Whether a token was refused: what is left over at the end is then no news.
    failed: bool,
    problems: &'p mut Vec<Problem>,
}

/// The tree of `text`; None where it is too large to be looked at any further.
pub(crate) fn parse(text: &str, problems: &mut Vec<Problem>) -> Option<Tree> {
    let whole = Span::new(0, text.len());
    if text.len() > MAX_INPUT_BYTES {
        let message = format!("an expression has at most {MAX_INPUT_BYTES} bytes");
        problems.push(Problem::new(whole, ProblemCode::TooLarge, message));
        return None;
    }
    let tokens = tokens(text, problems);
    let failed = !problems.is_empty();
    let mut parser = Parser { tokens, next: 0, nested: 0, failed, problems };
    let tree = parser.expression();
    // What stands before a rest that can't be read is most likely only a piece of what was meant.
    let piece = parser.peek() != &TokenKind::End && !parser.failed;
    if piece {
        parser.unexpected("the expression ends before this");
    }
    let gave_up = parser.gave_up();
    (!gave_up && !piece).then_some(tree)
}

impl Parser<'_> {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.next].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.next].span
    }

    fn advance(&mut self) -> Token {
        let token = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.at(symbol);
        if found {
            self.advance();
        }
        found
    }

    /// True once the nesting was too deep: the rest isn't looked at.
    fn gave_up(&self) -> bool {
        self.nested > MAX_DEPTH
    }

    fn unexpected(&mut self, why: &str) {
        if self.gave_up() {
            return;
        }
        self.failed = true;
        let span = self.span();
        if self.problems.iter().any(|earlier| earlier.span.start == span.start) {
            return;
        }
        let problem = match self.peek() {
            TokenKind::End => {
                Problem::new(span, ProblemCode::Syntax, format!("{why}, got nothing"))
            }
            TokenKind::Word(word) if matches!(&**word, "and" | "or") => {
                let symbol = if &**word == "and" { "&&" } else { "||" };
                Problem::new(span, ProblemCode::Syntax, why)
                    .cure(format!("`{word}` is written `{symbol}`"))
            }
            _ => Problem::new(span, ProblemCode::Syntax, why),
        };
        self.problems.push(problem);
    }

    /// Skips to the next `,` or closing bracket of the brackets that we are in.
    fn recover(&mut self) {
        let mut open = 0usize;
        loop {
            match self.peek() {
                TokenKind::End => return,
                TokenKind::Symbol("(" | "[" | "{") => open += 1,
                TokenKind::Symbol(")" | "]" | "}" | ",") if open == 0 => return,
                TokenKind::Symbol(")" | "]" | "}") => open -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    /// Does `work` one level deeper; poisoned where that is too deep.
    fn nest(&mut self, work: impl FnOnce(&mut Self) -> Tree) -> Tree {
        if self.nested >= MAX_DEPTH {
            return self.give_up(format!("an expression nests at most {MAX_DEPTH} levels deep"));
        }
        self.nested += 1;
        let tree = work(self);
        if !self.gave_up() {
            self.nested -= 1;
        }
        tree
    }

    /// Reports that the text is too deep, and looks at nothing more.
    fn give_up(&mut self, message: String) -> Tree {
        let span = self.span();
        if !self.gave_up() {
            let problem = Problem::new(span, ProblemCode::TooLarge, message);
            self.problems.push(problem.cure("split it into several"));
        }
        self.failed = true;
        self.nested = MAX_DEPTH + 1;
        self.next = self.tokens.len() - 1;
        Tree::new(span, TreeKind::Poisoned)
    }

    /// A chain without brackets nests too; gives up where it grows too long.
    fn limit(&mut self, tree: Tree) -> Tree {
        if tree.depth <= MAX_TREE_DEPTH {
            return tree;
        }
        self.give_up(format!("operators may stand at most {MAX_TREE_DEPTH} levels deep"))
    }

    fn expression(&mut self) -> Tree {
        let condition = self.operators(1);
        if !self.take("?") {
            return condition;
        }
        self.nest(|parser| {
            let then = parser.expression();
            if !parser.take(":") {
                parser.unexpected("`?` needs a `:` and the other value");
                parser.recover();
                return Tree::new(condition.span.to(then.span), TreeKind::Poisoned);
            }
            let otherwise = parser.expression();
            let span = condition.span.to(otherwise.span);
            let (then, otherwise) = (Box::new(then), Box::new(otherwise));
            Tree::new(span, TreeKind::If { condition: Box::new(condition), then, otherwise })
        })
    }

    fn operator(&self) -> Option<BinaryOp> {
        let written = match self.peek() {
            TokenKind::Symbol(symbol) => symbol,
            TokenKind::Word(word) if &**word == "in" => "in",
            _ => return None,
        };
        OPERATORS.into_iter().find(|op| op.symbol() == written)
    }

    /// Operators that bind at least as tightly as `least`; all of them group to the left.
    fn operators(&mut self, least: u8) -> Tree {
        let mut left = self.unary();
        while let Some(op) = self.operator().filter(|op| op.precedence() >= least) {
            let op_span = self.advance().span;
            let right = self.operators(op.precedence() + 1);
            let span = left.span.to(right.span);
            let (of, right) = (Box::new(left), Box::new(right));
            let chain = Tree::new(span, TreeKind::Binary { op, op_span, left: of, right });
            left = self.limit(chain);
        }
        left
    }

    fn unary(&mut self) -> Tree {
        let start = self.span();
        if self.take("!") {
            let operand = self.nest(Self::unary);
            let span = start.to(operand.span);
            return Tree::new(span, unary(UnaryOp::Not, operand));
        }
        if !self.take("-") {
            let primary = self.primary();
            return self.members(primary);
        }
        if self.at("-") {
            let message = "CEL's implementations differ in what `--` means";
            let problem = Problem::new(start.to(self.span()), ProblemCode::Unsupported, message);
            self.problems.push(problem.cure("leave both signs out, or use brackets"));
        }
        let end = self.span();
        let number = match self.peek() {
            TokenKind::Literal(Some(Value::Int(value))) => Some(Value::Int(-value)),
            TokenKind::Literal(Some(Value::Float(value))) => Some(Value::Float(-value)),
            TokenKind::MinMagnitude => Some(Value::Int(i64::MIN)),
            _ => None,
        };
        if let Some(number) = number {
            self.advance();
            let literal = Tree::new(start.to(end), TreeKind::Literal(number));
            return self.members(literal);
        }
        let operand = self.nest(Self::unary);
        let span = start.to(operand.span);
        Tree::new(span, unary(UnaryOp::Negate, operand))
    }

    /// `.name`, `.method(…)` and `[…]` behind a primary.
    fn members(&mut self, mut of: Tree) -> Tree {
        loop {
            let start = of.span;
            if self.take(".") {
                if self.at("?") {
                    self.unexpected("optional selection isn't part of this language");
                    self.recover();
                    return Tree::new(start, TreeKind::Poisoned);
                }
                let TokenKind::Word(name) = self.peek().clone() else {
                    self.unexpected("a field's name must stand behind the dot");
                    self.recover();
                    return Tree::new(start, TreeKind::Poisoned);
                };
                let name_span = self.advance().span;
                if self.at("(") {
                    of = self.call(name, name_span, Some(of));
                    of = self.limit(of);
                } else {
                    let kind = TreeKind::Select { of: Box::new(of), name, name_span };
                    of = Tree::new(start.to(name_span), kind);
                    of = self.limit(of);
                }
            } else if self.take("[") {
                let at = self.nest(Self::expression);
                let end = self.close("]", "an index ends with `]`");
                let kind = TreeKind::Index { of: Box::new(of), at: Box::new(at) };
                of = Tree::new(start.to(end), kind);
                of = self.limit(of);
            } else {
                return of;
            }
        }
    }

    fn primary(&mut self) -> Tree {
        let span = self.span();
        match self.peek().clone() {
            TokenKind::Literal(value) => {
                self.advance();
                Tree::new(span, value.map_or(TreeKind::Poisoned, TreeKind::Literal))
            }
            TokenKind::MinMagnitude => {
                self.advance();
                self.problems.push(too_large(span));
                Tree::new(span, TreeKind::Poisoned)
            }
            TokenKind::Word(word) => self.word(&word, span),
            TokenKind::Symbol("(") => {
                self.advance();
                let mut inner = self.nest(Self::expression);
                inner.span = span.to(self.close(")", "a bracket opened here isn't closed: `)`"));
                inner
            }
            TokenKind::Symbol("[") => {
                self.advance();
                let (items, end) = self.items("]", "a list ends with `]`");
                Tree::new(span.to(end), TreeKind::List(items))
            }
            TokenKind::Symbol("{") => self.map(span),
            _ => {
                self.unexpected("a value must stand here");
                self.recover();
                Tree::new(span, TreeKind::Poisoned)
            }
        }
    }

    fn word(&mut self, word: &Arc<str>, span: Span) -> Tree {
        let literal = match &**word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        };
        if let Some(value) = literal {
            self.advance();
            return Tree::new(span, TreeKind::Literal(value));
        }
        if &**word == "in" {
            self.unexpected("`in` needs a value before it");
            self.recover();
            return Tree::new(span, TreeKind::Poisoned);
        }
        self.advance();
        if RESERVED.contains(&&**word) {
            let message = format!("`{word}` is a word that CEL keeps for itself");
            let mut problem = Problem::new(span, ProblemCode::Syntax, message);
            if matches!(&**word, "if" | "else") {
                problem = problem.cure("a choice is written `condition ? value : other`");
            }
            self.problems.push(problem);
            self.recover();
            return Tree::new(span, TreeKind::Poisoned);
        }
        let value_follows = matches!(self.peek(), TokenKind::Word(w) if &**w != "in")
            || matches!(self.peek(), TokenKind::Literal(_));
        if &**word == "not" && value_follows {
            let problem = Problem::new(span, ProblemCode::Syntax, "`not` means nothing here");
            self.problems.push(problem.cure("`not x` is written `!x`"));
            self.recover();
            return Tree::new(span, TreeKind::Poisoned);
        }
        if self.at("(") {
            return self.call(word.clone(), span, None);
        }
        if self.at("{") {
            let message = "an expression makes no records of a type";
            let problem = Problem::new(span, ProblemCode::Unsupported, message);
            self.problems.push(problem.cure("write each field with an expression of its own"));
            self.failed = true;
            self.map(span);
            return Tree::new(span, TreeKind::Poisoned);
        }
        Tree::new(span, TreeKind::Name(word.clone()))
    }

    fn call(&mut self, function: Arc<str>, function_span: Span, of: Option<Tree>) -> Tree {
        self.advance();
        let (arguments, end) = self.items(")", "a call ends with `)`");
        let span = of.as_ref().map_or(function_span, |of| of.span).to(end);
        let of = of.map(Box::new);
        Tree::new(span, TreeKind::Call { function, function_span, of, arguments })
    }

    /// Expressions between commas up to `close`, and where that stands.
    fn items(&mut self, close: &str, why: &str) -> (Vec<Tree>, Span) {
        let mut items = Vec::new();
        while !self.at(close) {
            items.push(self.nest(Self::expression));
            if !self.take(",") {
                break;
            }
            if close == ")" && self.at(close) {
                self.unexpected("a value must stand behind the comma");
            }
        }
        (items, self.close(close, why))
    }

    fn map(&mut self, start: Span) -> Tree {
        self.advance();
        let mut entries = Vec::new();
        while !self.at("}") {
            let key = self.nest(Self::expression);
            if !self.take(":") {
                self.unexpected("a map's entry is written `key: value`");
                self.recover();
            } else {
                let value = self.nest(Self::expression);
                entries.push((key, value));
            }
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("}", "a map ends with `}`");
        Tree::new(start.to(end), TreeKind::Map(entries))
    }

    /// Takes `close`; reports its absence, and then takes the next one at this level, if any.
    fn close(&mut self, close: &str, why: &str) -> Span {
        let span = self.span();
        if self.take(close) {
            return span;
        }
        self.unexpected(why);
        while self.peek() != &TokenKind::End {
            self.recover();
            let end = self.span();
            if self.take(close) {
                return end;
            }
            if !self.take(",") {
                break;
            }
        }
        span
    }
}

fn unary(op: UnaryOp, operand: Tree) -> TreeKind {
    TreeKind::Unary { op, operand: Box::new(operand) }
}
