//! Words of which one is chosen.

use crate::codes_resolve as codes;
use crate::decode;
use crate::yaml::Node;

use super::context::{Context, suggest};

/// The meaning of the chosen word; complains where it is none of them.
pub(crate) fn choice<T: Copy>(
    context: &mut Context<'_>,
    node: &Node,
    words: &[(&str, T)],
) -> Option<T> {
    let text = decode::text(node, &mut context.problems)?;
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == &*text.value) {
        return Some(*meaning);
    }
    let message = format!("`{}` is none of the words that may stand here", text.value);
    let cure = suggest(&text.value, words.iter().map(|(word, _)| *word), "");
    context.problems.error(codes::CHOICE, text.span, message).cure(cure);
    None
}
