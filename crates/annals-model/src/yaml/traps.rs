//! YAML reads expressions before Annals does. Each of its traps gets one message that shows the whole
//! expression and the quoted line to paste.

use std::ops::Range;

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, Span};

/// Complains about an expression that YAML has torn apart.
pub(super) fn report(text: &str, file: FileId, range: Range<usize>, problems: &mut Problems) {
    let expression = text[range.clone()].trim_end();
    let span =
        Span { file, start: range.start as u32, end: (range.start + expression.len()) as u32 };
    problems
        .error(codes::TRAP, span, "YAML tears this expression apart")
        .cure(format!("quote it: {}", quoted(expression)));
}

/// At a mistake of syntax: whether it is an expression's. Complains if so.
pub(super) fn at_error(text: &str, file: FileId, at: usize, problems: &mut Problems) -> bool {
    let Some(range) = value_around(text, at) else { return false };
    if !looks_like_expression(&text[range.clone()]) {
        return false;
    }
    report(text, file, range, problems);
    true
}

/// At a `!` or `&` that YAML took for a tag or an anchor: whether an expression begins there.
pub(super) fn at_sign(text: &str, file: FileId, at: usize, problems: &mut Problems) -> bool {
    let Some(range) = value_around(text, at + 1) else { return false };
    let written = &text[range.clone()];
    let negated = written.strip_prefix(['!', '&']).is_some_and(|rest| {
        let word = rest.trim_start_matches(['!', '&', '(', ' ']);
        rest.starts_with('(') || word.split([' ', ')']).next().is_some_and(|w| w.contains('.'))
    });
    if !negated && !(written.starts_with(['!', '&']) && looks_like_expression(&written[1..])) {
        return false;
    }
    report(text, file, range, problems);
    true
}

/// The value of the key that stands before `at` on its line: to the end of the line, or to the comma
/// or brace that ends it inside `{ }`.
fn value_around(text: &str, at: usize) -> Option<Range<usize>> {
    let mut line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    if text[line_start..at].trim().is_empty() && line_start > 0 {
        // The mistake was noticed at the start of the next line.
        line_end = line_start - 1;
        line_start = text[..line_end].rfind('\n').map_or(0, |end| end + 1);
    }
    let line = &text[line_start..line_end];
    let until = at.clamp(line_start, line_end) - line_start;
    let (mut found, mut in_flow) = (None, false);
    for (colon, _) in line.match_indices(':') {
        let value = colon + 1;
        let spaced = line[value..].starts_with(' ');
        if !spaced || value > until {
            continue;
        }
        let before = &line[..colon];
        let key_start = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let outer = before[..key_start].trim_end();
        let begins = outer.is_empty() || outer.ends_with(['{', ',', '-']);
        if begins && key_start < colon {
            found = Some(value);
            in_flow = outer.ends_with(['{', ',']);
        }
    }
    let value = found?;
    let start = line_start + value + (line[value..].len() - line[value..].trim_start().len());
    let end = if in_flow { flow_end(text, start).min(line_end) } else { line_end };
    let written = text[start..end].trim_end();
    (!written.is_empty()).then(|| start..start + written.len())
}

fn looks_like_expression(text: &str) -> bool {
    const SIGNS: [&str; 12] =
        ["==", "!=", "&&", "||", "<=", ">=", " < ", " > ", " ? ", " in ", "(", " + "];
    text.starts_with('=') || SIGNS.iter().any(|sign| text.contains(sign))
}

/// Whether a text leaves a bracket or a quote open.
pub(crate) fn left_open(text: &str) -> bool {
    let (depth, quote) = text.chars().fold((0_i32, None), step);
    depth > 0 || quote.is_some()
}

fn step((depth, quote): (i32, Option<char>), c: char) -> (i32, Option<char>) {
    match (quote, c) {
        (Some(open), _) if open == c => (depth, None),
        (Some(_), _) => (depth, quote),
        (None, '"' | '\'') => (depth, Some(c)),
        (None, '(' | '[' | '{') => (depth + 1, None),
        (None, ')' | ']' | '}') => (depth - 1, None),
        (None, _) => (depth, None),
    }
}

/// Where an expression that begins at `start` has closed all that it opened and its value ends: at
/// a comma or brace outside brackets, or at the end of the line.
pub(super) fn balanced_end(text: &str, start: usize) -> usize {
    flow_end(text, start)
}

fn flow_end(text: &str, start: usize) -> usize {
    let mut state = (0_i32, None);
    for (offset, c) in text[start..].char_indices() {
        let ends = state.1.is_none() && state.0 == 0 && matches!(c, ',' | '}' | ']');
        if c == '\n' || ends {
            return start + offset;
        }
        state = step(state, c);
    }
    text.len()
}

/// The expression in quotes that leave it as it is.
pub(crate) fn quoted(expression: &str) -> String {
    if !expression.contains('"') && !expression.contains('\\') {
        format!("\"{expression}\"")
    } else {
        format!("'{}'", expression.replace('\'', "''"))
    }
}
