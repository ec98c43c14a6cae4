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
    /// Adds the open parts of a file; whether it was cut at all.
    pub(crate) fn look(&mut self, root: &Node, text: &str) -> bool {
        let rest = text.get(root.span.end as usize..).unwrap_or_default();
        let cut = match root.kind {
            Kind::Poisoned => true,
            Kind::Null => false,
            _ => rest.lines().any(|line| {
                let line = line.trim_start();
                !(line.is_empty() || line.starts_with('#') || line.starts_with("..."))
            }),
        };
        let mut part = cut.then_some(root);
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
        cut
    }

    /// Whether a diagnostic only says that something lacks where the file was cut.
    pub(crate) fn explains(&self, diagnostic: &Diagnostic) -> bool {
        LACKS.contains(&diagnostic.code) && self.open.contains(&diagnostic.place())
    }
}

/// Codes that say that something lacks.
const LACKS: [Code; 6] = [
    crate::codes::MISSING_KEY,
    codes::EMIT_FORM,
    codes::VERSIONS,
    codes::NO_STEPS,
    codes::CALL_OR_SEND,
    codes::MISSING_FIELD,
];
