//! The silent trap of `{ }` and `[ ]`: a comma inside an expression ends its value, and the rest of
//! it becomes keys or items. Found by the bracket or quote that the value leaves open.

use crate::decode::is_name;
use crate::problems::Problems;

use super::traps;
use super::tree::{Kind, Node, Style};

/// A key and its value, before anything is said about the key.
pub(super) type Pair = (Node, Node);

/// Finds values of a map that are torn apart, complains about the whole expression, poisons the
/// value and takes away the keys that are pieces of it. The map ends at `until`.
pub(super) fn repair_map(text: &str, pairs: &mut Vec<Pair>, until: usize, problems: &mut Problems) {
    let pieces: Vec<usize> =
        pairs.iter().filter(|(key, _)| is_piece(key)).map(|(key, _)| start(key)).collect();
    if pieces.is_empty() {
        return;
    }
    let mut kept = Vec::with_capacity(pairs.len());
    let mut rest = std::mem::take(pairs).into_iter().peekable();
    while let Some((key, mut value)) = rest.next() {
        if is_open(&value) {
            let end = traps::value_end(text, start(&value), until);
            let next = pieces.get(pieces.partition_point(|piece| *piece <= start(&value)));
            if next.is_some_and(|piece| *piece < end) {
                traps::report(text, value.span.file, start(&value)..end, problems);
                value.kind = Kind::Poisoned;
                while rest.next_if(|(key, _)| start(key) < end).is_some() {}
            }
        }
        kept.push((key, value));
    }
    *pairs = kept;
}

/// The same of a list, where only what begins with `=` is surely an expression.
pub(super) fn repair_list(
    text: &str,
    items: &mut Vec<Node>,
    until: usize,
    problems: &mut Problems,
) {
    let mut kept = Vec::with_capacity(items.len());
    let mut rest = std::mem::take(items).into_iter().peekable();
    while let Some(mut item) = rest.next() {
        if is_open(&item) && text[start(&item)..].starts_with('=') {
            let end = traps::value_end(text, start(&item), until);
            if rest.peek().is_some_and(|next| start(next) < end) {
                traps::report(text, item.span.file, start(&item)..end, problems);
                item.kind = Kind::Poisoned;
                while rest.next_if(|next| start(next) < end).is_some() {}
            }
        }
        kept.push(item);
    }
    *items = kept;
}

fn start(node: &Node) -> usize {
    node.span.start as usize
}

fn is_open(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(scalar)
        if scalar.style == Style::Plain && traps::left_open(&scalar.text))
}

/// Whether a key may be a piece of an expression: no name.
fn is_piece(key: &Node) -> bool {
    !matches!(&key.kind, Kind::Scalar(scalar) if is_name(&scalar.text))
}
