//! What the parser lets pass and a file may not have: characters that can't be printed, and
//! directives. Each kind is complained about once a file.

use std::borrow::Cow;

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, Span};

/// Looks at the whole text; whether the parser will complain about it too.
pub(super) fn look(file: FileId, text: &str, problems: &mut Problems) -> bool {
    let span = |start: usize, part: &str| {
        let end = start + part.len();
        Span { file, start: start as u32, end: end as u32 }
    };
    let control = text.char_indices().find(|(_, c)| !is_printable(*c));
    if let Some((at, c)) = control {
        let message = format!("a character that can't be printed, U+{:04X}", c as u32);
        let cure = format!("remove it, or write `\\u{:04X}` in double quotes", c as u32);
        problems.error(codes::SYNTAX, span(at, &text[at..at + c.len_utf8()]), message).cure(cure);
    }
    if let Some((at, line)) = directives(text).next() {
        let cure = "remove the line: a file is YAML 1.2, and has no tags";
        problems.error(codes::DIRECTIVE, span(at, line), "a directive stands here").cure(cure);
    }
    control.is_some()
}

/// The text with each directive as a comment, every byte where it was: the parser would ask for
/// more behind a directive, and count the places behind some of them wrongly.
pub(super) fn without_directives(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    let starts: Vec<usize> = directives(&text).map(|(at, _)| at).collect();
    for at in starts {
        text.to_mut().replace_range(at..=at, "#");
    }
    text
}

/// Printable as YAML has it, section 5.1: <https://yaml.org/spec/1.2.2/#51-character-set>.
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// The directives, and where: only comments, empty lines and `...` may stand before one.
fn directives(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let written = line.trim_start_matches('\u{feff}').trim_end();
        let start = at + line.len() - line.trim_start_matches('\u{feff}').len();
        at += line.len();
        (start, written)
    });
    lines
        .take_while(|(_, line)| line.starts_with('%') || is_nothing(line))
        .filter(|(_, line)| line.starts_with('%'))
}

/// Whether a line is empty, a comment, or the end of a document.
fn is_nothing(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or("#");
    first.starts_with('#') || first == "..." && line.starts_with("...")
}
