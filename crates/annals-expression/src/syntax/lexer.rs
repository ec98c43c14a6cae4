//! From text to tokens. A character that begins no token is reported and skipped.

use std::sync::Arc;

use super::number::number;
use super::quoted::quoted;
use crate::problem::{Problem, ProblemCode, Span};
use crate::value::Value;

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) span: Span,
    pub(super) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A number or text; None where it was reported.
    Literal(Option<Value>),
    /// 9223372036854775808, which is an int only behind a minus.
    MinMagnitude,
    Word(Arc<str>),
    Symbol(&'static str),
    End,
}

const SYMBOLS: [&str; 23] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",",
    "(", ")", "[", "]", "{",
];

/// All tokens, an end last.
pub(super) fn tokens(text: &str, problems: &mut Vec<Problem>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if matches!(next, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
            at += 1;
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = token(rest, at, problems);
        let span = Span::new(at, at + length);
        at += length;
        if let Some(kind) = kind {
            tokens.push(Token { span, kind });
        }
    }
    tokens.push(Token { span: Span::new(text.len(), text.len()), kind: TokenKind::End });
    tokens
}

/// The token that `rest` begins with, and its length in bytes.
fn token(rest: &str, at: usize, problems: &mut Vec<Problem>) -> (Option<TokenKind>, usize) {
    let bytes = rest.as_bytes();
    let digit_follows = bytes.get(1).is_some_and(u8::is_ascii_digit);
    match bytes[0] {
        b'"' | b'\'' => {
            let (value, length) = quoted(rest, at, false, problems);
            (Some(TokenKind::Literal(value)), length)
        }
        b'0'..=b'9' => {
            let (kind, length) = number(rest, at, problems);
            (Some(kind), length)
        }
        b'.' if digit_follows => {
            let (kind, length) = number(rest, at, problems);
            (Some(kind), length)
        }
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => word(rest, at, problems),
        b'}' => (Some(TokenKind::Symbol("}")), 1),
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => (Some(TokenKind::Symbol(symbol)), symbol.len()),
            None => unknown(rest, at, problems),
        },
    }
}

fn word(rest: &str, at: usize, problems: &mut Vec<Problem>) -> (Option<TokenKind>, usize) {
    let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let word = &rest[..end];
    if rest[end..].starts_with(['"', '\'']) {
        let prefix = word.to_ascii_lowercase();
        if prefix == "r" {
            let (value, length) = quoted(&rest[end..], at + end, true, problems);
            return (Some(TokenKind::Literal(value)), end + length);
        }
        if matches!(&*prefix, "b" | "br" | "rb") {
            let (_, length) = quoted(&rest[end..], at + end, true, problems);
            let span = Span::new(at, at + end + length);
            let message = "there are no bytes in this language";
            problems.push(
                Problem::new(span, ProblemCode::Unsupported, message)
                    .cure(format!("write the text without `{word}`")),
            );
            return (Some(TokenKind::Literal(None)), end + length);
        }
    }
    (Some(TokenKind::Word(Arc::from(word))), end)
}

fn unknown(rest: &str, at: usize, problems: &mut Vec<Problem>) -> (Option<TokenKind>, usize) {
    let next = rest.chars().next().unwrap_or(' ');
    if matches!(next, '“' | '”' | '‘' | '’' | '„' | '«' | '`') {
        return typographic(rest, at, next, problems);
    }
    let (instead, cure) = match next {
        '=' => (TokenKind::Symbol("=="), "equality is written `==`"),
        '&' => (TokenKind::Symbol("&&"), "`and` is written `&&`"),
        '|' => (TokenKind::Symbol("||"), "`or` is written `||`"),
        _ => (TokenKind::Literal(None), ""),
    };
    let length = next.len_utf8();
    let span = Span::new(at, at + length);
    let message = format!("`{next}` means nothing here");
    let mut problem = Problem::new(span, ProblemCode::Syntax, message);
    if !cure.is_empty() {
        problem = problem.cure(cure);
    }
    problems.push(problem);
    (Some(instead), length)
}

/// A text in quotes that a word processor made: one problem for all of it.
fn typographic(
    rest: &str,
    at: usize,
    quote: char,
    problems: &mut Vec<Problem>,
) -> (Option<TokenKind>, usize) {
    let inside = &rest[quote.len_utf8()..];
    let closing =
        inside.char_indices().find(|(_, c)| matches!(c, '“' | '”' | '‘' | '’' | '»' | '`'));
    let length = closing.map_or(rest.len(), |(found, c)| quote.len_utf8() + found + c.len_utf8());
    let message = "a text stands in straight quotes";
    let mut problem = Problem::new(Span::new(at, at + length), ProblemCode::Syntax, message);
    if let Some((found, _)) = closing {
        problem = problem.cure(format!("write \"{}\"", &inside[..found]));
    }
    problems.push(problem);
    (Some(TokenKind::Literal(None)), length)
}
