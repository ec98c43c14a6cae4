//! The silent trap of `{ }`: a comma inside an expression ends its value, and the rest of it becomes
//! keys. Found by the bracket that the value leaves open.

use crate::problems::Problems;

use super::traps;
use super::tree::{Entry, Kind, Style};

/// Finds values that leave a bracket or a quote open, complains about the whole expression, poisons
/// the value and takes away the keys that are pieces of it.
pub(super) fn repair(text: &str, entries: &mut Vec<Entry>, problems: &mut Problems) {
    let mut at = 0;
    while at < entries.len() {
        let value = &entries[at].value;
        let open = matches!(&value.kind, Kind::Scalar(scalar)
            if scalar.style == Style::Plain && traps::left_open(&scalar.text));
        if open {
            let (span, end) = (value.span, traps::balanced_end(text, value.span.start as usize));
            traps::report(text, span.file, span.start as usize..end, problems);
            entries[at].value.kind = Kind::Poisoned;
            while entries.get(at + 1).is_some_and(|next| (next.key_span.start as usize) < end) {
                entries.remove(at + 1);
            }
        }
        at += 1;
    }
}
