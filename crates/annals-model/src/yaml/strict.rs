//! What the parser lets pass and a file may not have: characters that can't be printed, and
//! directives. Each kind is complained about once a file.

use crate::codes;
use crate::problems::Problems;
use crate::source::{FileId, Span};

/// Looks at the whole text; whether it complained.
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
    let directive = directive(text);
    if let Some((at, line)) = directive {
        let cure = "remove the line: a file is YAML 1.2, and has no tags";
        problems.error(codes::DIRECTIVE, span(at, line), "a directive stands here").cure(cure);
    }
    control.is_some() || directive.is_some()
}

/// Printable as YAML has it, section 5.1: <https://yaml.org/spec/1.2.2/#51-character-set>.
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// The first directive, and where: only comments and empty lines may stand before it.
fn directive(text: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_start_matches('\u{feff}').trim_end();
        if written.starts_with('%') {
            return Some((at + line.find('%')?, written));
        }
        if !written.is_empty() && !written.starts_with('#') {
            return None;
        }
        at += line.len();
    }
    None
}
