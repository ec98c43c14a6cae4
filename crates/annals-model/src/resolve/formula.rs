//! Expressions: compiling them in the scope of their place, and mapping their problems from the
//! expression's text to the file's.

use annals_expression::{Expression, ProblemCode, Scope, Type};

use crate::Formula;
use crate::codes_resolve as codes;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::yaml::{Kind, Node, Scalar};

use super::context::Context;

/// The names in scope of a place.
pub(crate) struct Env {
    pub(crate) scope: Scope,
    /// A name in scope is broken as a whole, so no expression here can be judged.
    pub(crate) blind: bool,
}

impl Env {
    pub(crate) fn new<const N: usize>(names: [(&str, Type); N], blind: bool) -> Self {
        let scope = names.into_iter().fold(Scope::new(), |scope, (n, t)| scope.with(n, t));
        Self { scope, blind }
    }
}

/// A condition: always an expression, always bool.
pub(crate) fn condition(
    context: &mut Context<'_>,
    node: &Node,
    word: &str,
    env: &Env,
) -> Option<Formula> {
    let scalar = match &node.kind {
        Kind::Poisoned => return None,
        Kind::Scalar(scalar) => scalar,
        _ => {
            let message = format!("`{word}` is a condition, and this is none");
            let cure = format!(
                "write one expression; quote it where YAML reads it otherwise: `{word}: \"…\"`"
            );
            context.problems.error(codes::NOT_AN_EXPRESSION, node.span, message).cure(cure);
            return None;
        }
    };
    if scalar.text.starts_with('=') {
        let message = format!("`{word}` is an expression by itself");
        let cure = format!("leave the `=` out: `{word}: {}`", scalar.text[1..].trim_start());
        context.problems.error(codes::CONDITION_EQUALS, node.span, message).cure(cure);
        return None;
    }
    let formula = compile(context, (node.span, scalar), 0, None, env)?;
    if matches!(formula.expression.type_(), Type::Bool) {
        return Some(formula);
    }
    let message = format!("`{word}` is {}, not true or false", formula.expression.type_().name());
    let cure = "compare it with something, such as `state.status == \"open\"`";
    context.problems.error(codes::CONDITION_NOT_BOOL, formula.span, message).cure(cure);
    None
}

/// The expression that a scalar holds from the byte `from` on. Where a type is asked the value fits
/// it: literals are read by it, and a mismatch has been complained about.
pub(crate) fn compile(
    context: &mut Context<'_>,
    (node, scalar): (Span, &Scalar),
    from: usize,
    wanted: Option<&Type>,
    env: &Env,
) -> Option<Formula> {
    if env.blind {
        return None;
    }
    let text = &scalar.text[from..];
    let map = |start: usize, end: usize| scalar.content.span(node, from + start, from + end);
    let compiled = match wanted {
        Some(wanted) => annals_expression::compile_for(text, &env.scope, wanted),
        None => annals_expression::compile(text, &env.scope),
    };
    match compiled {
        Ok(expression) => {
            let span = map(0, text.len());
            let place = context.place(span);
            Some(Formula { expression, span, place })
        }
        Err(found) => {
            for problem in found {
                let span = map(problem.span.start, problem.span.end);
                let code = code(problem.code);
                let report = context.problems.error(code, span, problem.message);
                report.cure(problem.cure.unwrap_or_else(|| cure(problem.code).to_owned()));
            }
            None
        }
    }
}

/// An expression that nobody wrote: a carry-over. Its place is the construct that causes it.
pub(crate) fn carried(
    context: &mut Context<'_>,
    text: &str,
    span: Span,
    env: &Env,
) -> Option<Formula> {
    if env.blind {
        return None;
    }
    let expression: Expression = annals_expression::compile(text, &env.scope).ok()?;
    Some(Formula { expression, span, place: context.place(span) })
}

fn code(code: ProblemCode) -> Code {
    match code {
        ProblemCode::Syntax => codes::EXPRESSION_SYNTAX,
        ProblemCode::UnknownName => codes::UNKNOWN_NAME,
        ProblemCode::UnknownField => codes::UNKNOWN_FIELD,
        ProblemCode::WrongType => codes::WRONG_TYPE,
        ProblemCode::MaybeNull => codes::MAYBE_NULL,
        ProblemCode::NotAMember => codes::NOT_A_MEMBER,
        ProblemCode::TooCostly | ProblemCode::TooLarge => codes::TOO_COSTLY,
        ProblemCode::UnknownFunction => codes::UNKNOWN_FUNCTION,
        ProblemCode::ConstantFailure => codes::CONSTANT_FAILURE,
        ProblemCode::Unsupported => codes::UNSUPPORTED,
    }
}

fn cure(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::Syntax => "write one expression; quote the whole where YAML splits it",
        ProblemCode::UnknownName => "use a name that is in scope here",
        ProblemCode::UnknownField => "use a field that the record has",
        ProblemCode::WrongType => "bring both sides to one type",
        ProblemCode::MaybeNull => "test it for null first: `x != null ? x : …`",
        ProblemCode::NotAMember => "compare with one of the enum's members",
        ProblemCode::TooCostly => "give lists and maps a `max`, or compute less",
        ProblemCode::TooLarge => "make it shorter, or nest it less",
        ProblemCode::UnknownFunction => "use a function that the language has",
        ProblemCode::ConstantFailure => "write a value that can be computed",
        ProblemCode::Unsupported => "write it with what the language has",
    }
}
