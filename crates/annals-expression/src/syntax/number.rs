//! Numbers: `42`, `0x2a`, `1.5`, `.5`, `1e9`.

use super::lexer::TokenKind;
use crate::problem::{Problem, ProblemCode, Span};
use crate::value::Value;

/// The number that `rest` begins with, and its length in bytes.
pub(super) fn number(rest: &str, at: usize, problems: &mut Vec<Problem>) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |from: usize| (from..).find(|at| !is_digit(*at)).unwrap_or(from);
    if rest.starts_with("0x") || rest.starts_with("0X") {
        return hexadecimal(rest, at, problems);
    }
    let mut end = digits(0);
    let mut float = false;
    if bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
        float = true;
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + sign) {
            float = true;
            end = digits(end + 1 + sign);
        }
    }
    let text = &rest[..end];
    if let Some(length) = trailing_word(rest, end) {
        return (bad_suffix(rest, at, end, length, problems), length);
    }
    let span = Span::new(at, at + end);
    if !float {
        return (whole(text.parse::<u64>().ok(), span, problems), end);
    }
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
    if value.is_none() {
        let message = "this number is too large for a float";
        problems.push(Problem::new(span, ProblemCode::ConstantFailure, message));
    }
    (TokenKind::Literal(value.map(Value::Float)), end)
}

fn hexadecimal(rest: &str, at: usize, problems: &mut Vec<Problem>) -> (TokenKind, usize) {
    let length = rest[2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - 2);
    let end = 2 + length;
    if let Some(length) = trailing_word(rest, end) {
        return (bad_suffix(rest, at, end, length, problems), length);
    }
    let span = Span::new(at, at + end);
    if length == 0 {
        let message = "`0x` needs digits behind it";
        problems.push(Problem::new(span, ProblemCode::Syntax, message));
        return (TokenKind::Literal(None), end);
    }
    (whole(u64::from_str_radix(&rest[2..end], 16).ok(), span, problems), end)
}

fn whole(value: Option<u64>, span: Span, problems: &mut Vec<Problem>) -> TokenKind {
    match value.map(i64::try_from) {
        Some(Ok(value)) => TokenKind::Literal(Some(Value::Int(value))),
        Some(Err(_)) if value == Some(i64::MIN.unsigned_abs()) => TokenKind::MinMagnitude,
        _ => {
            problems.push(too_large(span));
            TokenKind::Literal(None)
        }
    }
}

/// The problem of a whole number beyond 64 bits.
pub(super) fn too_large(span: Span) -> Problem {
    let message = "this number is too large for an int of 64 bits";
    Problem::new(span, ProblemCode::ConstantFailure, message)
}

/// Letters right behind a number, as in `1u` or `15m`: the length of all of it.
fn trailing_word(rest: &str, end: usize) -> Option<usize> {
    let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    rest[end..]
        .starts_with(word)
        .then(|| rest[end..].find(|c: char| !word(c)).map_or(rest.len(), |length| end + length))
}

fn bad_suffix(
    rest: &str,
    at: usize,
    end: usize,
    length: usize,
    problems: &mut Vec<Problem>,
) -> TokenKind {
    let (number, suffix) = (&rest[..end], &rest[end..length]);
    let span = Span::new(at, at + length);
    let problem = match suffix {
        "u" | "U" => {
            let message = "there are no unsigned numbers in this language";
            Problem::new(span, ProblemCode::Unsupported, message).cure(format!("write {number}"))
        }
        "h" | "m" | "s" | "ms" | "us" => {
            let message = format!("`{number}{suffix}` is no number");
            Problem::new(span, ProblemCode::Syntax, message)
                .cure(format!("a duration is written duration(\"{number}{suffix}\")"))
        }
        _ => {
            let message = format!("`{number}{suffix}` is neither a number nor a name");
            Problem::new(span, ProblemCode::Syntax, message)
        }
    };
    problems.push(problem);
    TokenKind::Literal(None)
}
