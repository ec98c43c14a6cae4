//! YAML reads expressions before Annals does. Each of its traps gets one message that shows the
//! whole expression and the quoted line to paste. How an expression is recognised, and where
//! it ends.

use std::ops::Range;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::problems::Problems;
use crate::source::{FileId, Span};

use super::brackets::Reader;

/// How far around a sign its value is looked for, in bytes: a line may be the whole file, and have
/// a sign at every other place. A mistake of syntax is one a file, so it looks as far as it must.
const REACH: usize = 512;

/// Complains about an expression that YAML has torn apart.
pub(super) fn report(text: &str, file: FileId, range: Range<usize>, problems: &mut Problems) {
    let expression = text[range.clone()].trim_end();
    let span =
        Span { file, start: range.start as u32, end: (range.start + expression.len()) as u32 };
    let said = |last: &Diagnostic| {
        let place = last.place();
        last.code == codes::TRAP && (place.file, place.start) == (file, span.start)
    };
    if problems.last().is_some_and(said) {
        return;
    }
    problems
        .error(codes::TRAP, span, "YAML tears this expression apart")
        .cure(format!("quote it: {}", quoted(expression)));
}

/// At a mistake of syntax: whether it is an expression's. Complains if so.
pub(super) fn at_error(text: &str, file: FileId, at: usize, problems: &mut Problems) -> bool {
    let Some(range) = value_at_error(text, at) else { return false };
    if !looks_like_expression(&one_line(&text[range.clone()])) {
        return false;
    }
    report(text, file, range, problems);
    true
}

/// At a `!`, `&` or `*` that YAML took for a tag, an anchor or an alias: whether an
/// expression begins there.
pub(super) fn at_sign(text: &str, file: FileId, at: usize, problems: &mut Problems) -> bool {
    const SIGNS: [char; 3] = ['!', '&', '*'];
    let Some(range) = value_around(text, (at + 1).min(text.len()), REACH) else { return false };
    let written = &text[range.clone()];
    let negated = written.strip_prefix(SIGNS).is_some_and(|rest| {
        let word = rest.trim_start_matches(['!', '&', '*', '(', ' ']);
        rest.starts_with('(') || word.split([' ', ')']).next().is_some_and(|w| w.contains('.'))
    });
    let expression = || written.starts_with(SIGNS) && looks_like_expression(&written[1..]);
    if !negated && !expression() {
        return false;
    }
    report(text, file, range, problems);
    true
}

/// The whole of an expression whose text a ` #` has cut off as a comment. It ends with its line, or
/// inside `{ }` and `[ ]` with its brackets.
pub(super) fn cut_by_comment(text: &str, range: Range<usize>, flow: bool) -> Option<Range<usize>> {
    let behind = text[range.end..].trim_start_matches([' ', '\t']);
    if behind.len() == text.len() - range.end || !behind.starts_with('#') {
        return None;
    }
    let value = &text[range.clone()];
    if !looks_like_expression(value) || !read(value).is_quoting() {
        return None;
    }
    let line_end = text[range.end..].find('\n').map_or(text.len(), |end| range.end + end);
    let end = if flow { value_end(text, range.start, line_end) } else { line_end };
    Some(range.start..end)
}

/// The line around a place, as far as it is within reach.
fn line_around(text: &str, at: usize, reach: usize) -> Range<usize> {
    let mut from = at.saturating_sub(reach);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = text.len().min(at.saturating_add(reach));
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let start = text[from..at].rfind('\n').map_or(from, |end| from + end + 1);
    let end = text[at..to].find('\n').map_or(to, |end| at + end);
    start..end
}

/// The byte of the last `sign` before `at` on its line.
pub(super) fn sign_before(text: &str, sign: char, at: usize) -> Option<usize> {
    let line = line_around(text, at, REACH);
    text[line.start..at].rfind(sign).map(|found| line.start + found)
}

/// The value at a mistake of syntax: of the key on its line, or a ternary's that began on a line
/// before.
pub(super) fn value_at_error(text: &str, at: usize) -> Option<Range<usize>> {
    value_around(text, at, text.len()).or_else(|| ternary_around(text, at))
}

/// The value of the key that stands before `at` on its line: to the end of the line, or to the
/// comma or brace that ends it inside `{ }`.
fn value_around(text: &str, at: usize, reach: usize) -> Option<Range<usize>> {
    let line = line_before(text, at, reach);
    let (start, in_flow) = key_before(text, line.clone(), at.clamp(line.start, line.end))?;
    trimmed_value(text, start, line.end, in_flow)
}

/// The line around a place; the one before it where the place is the first of its line, since a
/// mistake may be noticed there.
fn line_before(text: &str, at: usize, reach: usize) -> Range<usize> {
    let line = line_around(text, at, reach);
    if text[line.start..at].trim().is_empty() && text[..line.start].ends_with('\n') {
        return line_around(text, line.start - 1, reach);
    }
    line
}

/// The value of a ternary that goes on over several lines, `at` being on a later one.
fn ternary_around(text: &str, at: usize) -> Option<Range<usize>> {
    let mut line = line_before(text, at, text.len());
    let until = at.clamp(line.start, line.end);
    let indent = indentation(&text[line.clone()])?;
    let outer = loop {
        line = line_around(text, line.start.checked_sub(1)?, text.len());
        if let Some(outer) = indentation(&text[line.clone()]).filter(|outer| *outer < indent) {
            break outer;
        }
    };
    let (start, in_flow) = key_before(text, line.clone(), line.end)?;
    let goes_on = |next: &&str| indentation(next).is_none_or(|inner| inner > outer);
    let rest = text[line.end + 1..].split_inclusive('\n').take_while(goes_on);
    let end = line.end + 1 + rest.map(str::len).sum::<usize>();
    let asks = (one_line(&text[start..until]) + " ").contains(" ? ");
    trimmed_value(text, start, end, in_flow).filter(|_| asks)
}

/// How far a line is indented; nothing for an empty one.
fn indentation(line: &str) -> Option<usize> {
    let text = line.trim_start();
    (!text.is_empty()).then_some(line.len() - text.len())
}

/// Where the value of the last key on a line that stands before `until` begins, and whether that
/// key is inside `{ }`.
fn key_before(text: &str, line: Range<usize>, until: usize) -> Option<(usize, bool)> {
    let until = until - line.start;
    let written = &text[line.clone()];
    let (mut found, mut in_flow) = (None, false);
    for (colon, _) in written.match_indices(": ") {
        let value = colon + 1;
        if value > until {
            break;
        }
        let before = &written[..colon];
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
    Some((line.start + found?, in_flow))
}

/// The value that begins behind `from`, without the space around it.
fn trimmed_value(text: &str, from: usize, until: usize, in_flow: bool) -> Option<Range<usize>> {
    let start = until - text[from..until].trim_start().len();
    let end = if in_flow { value_end(text, start, until) } else { until };
    let end = start + text[start..end].trim_end().len();
    (start < end).then_some(start..end)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whether a text is more likely an expression than prose.
fn looks_like_expression(text: &str) -> bool {
    const SIGNS: [&str; 11] =
        ["==", "!=", "&&", "||", "<=", ">=", " < ", " > ", " ? ", " in ", " + "];
    let calls = || {
        text.match_indices('(')
            .any(|(at, _)| text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    };
    text.starts_with('=') || SIGNS.iter().any(|sign| text.contains(sign)) || calls()
}

/// Whether a text leaves a bracket or a quote open.
pub(super) fn left_open(text: &str) -> bool {
    read(text).is_open()
}

fn read(text: &str) -> Reader {
    let mut reader = Reader::default();
    text.chars().for_each(|c| {
        reader.read(c);
    });
    reader
}

/// Where an expression inside `{ }` or `[ ]` that begins at `start` ends: at a comma or a bracket
/// that it hasn't opened itself, at the latest at `until`.
pub(super) fn value_end(text: &str, start: usize, until: usize) -> usize {
    let mut reader = Reader::default();
    let mut chars = text[start..until].char_indices();
    chars.find(|(_, c)| reader.read(*c)).map_or(until, |(at, _)| start + at)
}

/// The expression in quotes that leave it as it is, on one line.
pub(super) fn quoted(expression: &str) -> String {
    let mut line = one_line(expression);
    // Whoever quoted only the beginning of an expression meant the whole of it.
    for quote in ['"', '\''] {
        let inner = line.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        if let Some((begin, rest)) = inner.filter(|(begin, _)| begin.starts_with('=')) {
            line = format!("{begin}{rest}");
        }
    }
    if !line.contains('"') && !line.contains('\\') {
        format!("\"{line}\"")
    } else {
        format!("'{}'", line.replace('\'', "''"))
    }
}
