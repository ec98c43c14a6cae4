//! A compiled expression: what it is, what it costs, what it reads, what it comes to.

use std::fmt;
use std::sync::Arc;

use crate::ast::{Ast, AstKind};
use crate::check::check;
use crate::cost::cost;
use crate::evaluate::evaluate;
use crate::problem::{Problem, ProblemCode, Span};
use crate::scope::Scope;
use crate::syntax::parse;
use crate::types::Type;
use crate::value::Value;

/// The largest worst-case cost of an expression, in steps.
pub const MAX_COST: u64 = 1_000_000;

/// A compiled expression. Cloning is cheap.
#[derive(Clone, PartialEq)]
pub struct Expression(Arc<Compiled>);

#[derive(PartialEq)]
struct Compiled {
    text: Box<str>,
    ast: Ast,
    cost: u64,
    paths: Vec<Vec<Arc<str>>>,
}

/// Why an evaluation came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    /// Which part of the text failed.
    pub span: Span,
    /// Why, as a phrase: `division by zero`.
    pub reason: String,
}

/// Parses and checks `text`, whatever type its value has.
///
/// # Errors
/// All problems that were found, in the order of the text.
pub fn compile(text: &str, scope: &Scope) -> Result<Expression, Vec<Problem>> {
    compile_with(text, scope, None)
}

/// Parses and checks `text` for a place that asks for the type `wanted`. Literals are read by that
/// type: a text literal may stand for an enum's member, and one that is none is a problem.
///
/// # Errors
/// All problems that were found, in the order of the text.
pub fn compile_for(text: &str, scope: &Scope, wanted: &Type) -> Result<Expression, Vec<Problem>> {
    compile_with(text, scope, Some(wanted))
}

fn compile_with(
    text: &str,
    scope: &Scope,
    wanted: Option<&Type>,
) -> Result<Expression, Vec<Problem>> {
    let mut problems = Vec::new();
    let checked = parse(text, &mut problems).and_then(|tree| {
        let ast = check(text, &tree, scope, wanted, &mut problems)?;
        let cost = cost(&ast);
        if cost > MAX_COST {
            problems.push(too_costly(ast.span));
        }
        Some((ast, cost))
    });
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup();
    match checked {
        Some((ast, cost)) if problems.is_empty() => {
            let paths = paths_of(&ast);
            Ok(Expression(Arc::new(Compiled { text: text.into(), ast, cost, paths })))
        }
        _ => Err(problems),
    }
}

fn too_costly(span: Span) -> Problem {
    let message = format!("in the worst case this takes more than {MAX_COST} steps");
    Problem::new(span, ProblemCode::TooCostly, message).cure(
        "give the lists, maps and texts that it reads a smaller `max` \
         (without one a list counts as 1000 items and a text as 64 KiB)",
    )
}

fn paths_of(ast: &Ast) -> Vec<Vec<Arc<str>>> {
    fn collect(ast: &Ast, paths: &mut Vec<Vec<Arc<str>>>) {
        match ast.path() {
            Some(path) if !paths.contains(&path) => paths.push(path),
            Some(_) => {}
            None => ast.children().into_iter().for_each(|child| collect(child, paths)),
        }
    }
    let mut paths = Vec::new();
    collect(ast, &mut paths);
    paths
}

impl Expression {
    /// The type of its value.
    pub fn type_(&self) -> &Type {
        &self.0.ast.type_
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The worst case of an evaluation in steps, by the limits of the types.
    pub fn cost(&self) -> u64 {
        self.0.cost
    }

    /// Every path from a name of the scope that it reads, as far down as records go.
    pub fn paths(&self) -> Vec<Vec<Arc<str>>> {
        self.0.paths.clone()
    }

    /// The typed tree.
    pub fn ast(&self) -> &Ast {
        &self.0.ast
    }

    /// The value where it reads nothing and is a literal.
    pub fn constant(&self) -> Option<&Value> {
        match &self.0.ast.kind {
            AstKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Its value, with the values of the scope's names in the scope's order.
    ///
    /// # Errors
    /// Overflow, division by zero, a missing key or item, text that isn't a number.
    pub fn evaluate(&self, slots: &[Value]) -> Result<Value, EvaluationError> {
        self.evaluate_counted(slots).0
    }

    /// Its value, and the steps that it took: never more than [`cost`](Self::cost) for values
    /// within the limits of their types.
    pub fn evaluate_counted(&self, slots: &[Value]) -> (Result<Value, EvaluationError>, u64) {
        evaluate(&self.0.ast, slots)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.text())
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for EvaluationError {}
