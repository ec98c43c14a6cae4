//! Files that a mistake of syntax cuts short. What stands behind the mistake can't be seen, so what
//! seems to lack in the parts that were open is no second mistake.

use std::collections::HashSet;

use crate::codes_resolve as codes;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::yaml::{Kind, Node};

/// The parts of a file that were open where it was cut.
#[derive(Default)]
pub(crate) struct Cut {
    open: HashSet<Span>,
}

impl Cut {
    /// Adds what was open where a file was cut.
    pub(crate) fn look(&mut self, root: &Node) {
        let mut part = Some(root);
        while let Some(node) = part {
            self.open.insert(node.span);
            part = match &node.kind {
                Kind::Map(entries) => entries.last().map(|last| {
                    self.open.insert(last.key_span);
                    &last.value
                }),
                Kind::List(items) => items.last(),
                _ => None,
            };
        }
    }

    /// Whether any file was cut.
    pub(crate) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// Takes away what only says that something lacks where a file was cut, and what is said about
    /// a text that is no YAML to begin with.
    pub(crate) fn quieten(&self, diagnostics: &mut Vec<Diagnostic>) {
        if !self.any() {
            return;
        }
        let syntax: Vec<Span> =
            diagnostics.iter().filter(|d| d.code < DECODING).map(Diagnostic::place).collect();
        diagnostics.retain(|diagnostic| {
            let place = diagnostic.place();
            let inside =
                |s: &Span| s.file == place.file && s.start <= place.start && place.end <= s.end;
            let lacks = LACKS.contains(&diagnostic.code) && self.open.contains(&place);
            diagnostic.code < DECODING || !(lacks || syntax.iter().any(inside))
        });
    }
}

/// The first code that isn't about YAML itself.
const DECODING: Code = crate::codes::UNKNOWN_KEY;

/// Codes that say that something lacks.
const LACKS: [Code; 7] = [
    crate::codes::MISSING_KEY,
    codes::EMIT_FORM,
    codes::VERSIONS,
    codes::NO_STEPS,
    codes::CALL_OR_SEND,
    codes::MISSING_FIELD,
    codes::NO_SOURCE,
];
