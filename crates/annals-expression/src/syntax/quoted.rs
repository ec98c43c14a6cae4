//! Texts in quotes, with CEL's escapes.

use crate::problem::{Problem, ProblemCode, Span};
use crate::value::Value;

/// The text in quotes that `rest` begins with, and its length in bytes with both quotes.
/// `raw` texts know no escapes.
pub(super) fn quoted(
    rest: &str,
    at: usize,
    raw: bool,
    problems: &mut Vec<Problem>,
) -> (Option<Value>, usize) {
    let quote = rest.as_bytes()[0] as char;
    let triple = if quote == '"' { "\"\"\"" } else { "'''" };
    if rest.starts_with(triple) {
        let length = rest[3..].find(triple).map_or(rest.len(), |found| found + 6);
        let message = "texts over several lines aren't read here";
        let span = Span::new(at, at + length);
        problems.push(
            Problem::new(span, ProblemCode::Unsupported, message)
                .cure("write \\n for a line's end, in plain quotes"),
        );
        return (None, length);
    }
    let mut text = String::new();
    let mut good = true;
    let mut position = 1;
    while let Some(next) = rest[position..].chars().next() {
        if next == quote {
            return (good.then(|| Value::text(&text)), position + 1);
        }
        if next == '\n' || next == '\r' {
            break;
        }
        if next != '\\' || raw {
            text.push(next);
            position += next.len_utf8();
            continue;
        }
        let (escaped, length) = escape(&rest[position..]);
        match escaped {
            Ok(character) => text.push(character),
            Err(problem) => {
                good = false;
                let span = Span::new(at + position, at + position + length);
                problems.push(Problem { span, ..problem });
            }
        }
        position += length;
    }
    let message = format!("this text has no closing {quote}");
    problems.push(Problem::new(Span::new(at, at + position), ProblemCode::Syntax, message));
    (None, position)
}

/// The character that an escape stands for, and the escape's length in bytes.
fn escape(rest: &str) -> (Result<char, Problem>, usize) {
    let Some(letter) = rest[1..].chars().next() else {
        let message = "a backslash needs something behind it";
        return (Err(Problem::new(Span::default(), ProblemCode::Syntax, message)), 1);
    };
    let simple = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '\\' | '"' | '\'' | '`' | '?' => letter,
        'u' => return code_point(rest, 4),
        'U' => return code_point(rest, 8),
        _ => {
            let message = format!("`\\{letter}` is no escape that is read here");
            let problem = Problem::new(Span::default(), ProblemCode::Unsupported, message).cure(
                "write \\n, \\t, \\r, \\\\, \\\", \\' or \\u00e9; a backslash itself is \\\\",
            );
            return (Err(problem), 1 + letter.len_utf8());
        }
    };
    (Ok(simple), 2)
}

fn code_point(rest: &str, digits: usize) -> (Result<char, Problem>, usize) {
    let code = rest
        .get(2..2 + digits)
        .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|code| u32::from_str_radix(code, 16).ok());
    match code.map(char::from_u32) {
        Some(Some(character)) => (Ok(character), 2 + digits),
        Some(None) => {
            let message = "there is no such character";
            (Err(Problem::new(Span::default(), ProblemCode::Syntax, message)), 2 + digits)
        }
        None => {
            let message = format!("{digits} hexadecimal digits must stand behind this");
            (Err(Problem::new(Span::default(), ProblemCode::Syntax, message)), 2)
        }
    }
}
