//! Single values.

use std::sync::Arc;

use crate::codes;
use crate::diagnostic::Code;
use crate::problems::Problems;
use crate::source::Spanned;
use crate::yaml::{Kind, Node, Scalar};

/// Any scalar, as the text that it is.
pub fn text(node: &Node, problems: &mut Problems) -> Option<Spanned<Arc<str>>> {
    let scalar = scalar(node, problems)?;
    Some(Spanned { value: scalar.text.clone(), span: node.span })
}

/// A name: ASCII letters, digits and `_`, a letter first, at most 63 bytes.
pub fn name(node: &Node, problems: &mut Problems) -> Option<Spanned<Arc<str>>> {
    let text = text(node, problems)?;
    if is_name(&text.value) {
        return Some(text);
    }
    let message = format!("`{}` is no name", text.value);
    let cure = "write a letter, then letters, digits and _, 63 in all at most";
    problems.error(codes::BAD_NAME, node.span, message).cure(cure);
    None
}

/// Whether a text is a name.
pub fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A whole number.
pub fn int(node: &Node, problems: &mut Problems) -> Option<Spanned<i64>> {
    read(node, problems, codes::BAD_INT, "write a whole number, such as 100", |text| {
        let plain = !text.starts_with('+');
        plain.then(|| text.parse().ok()).flatten()
    })
}

/// `true` or `false`.
pub fn boolean(node: &Node, problems: &mut Problems) -> Option<Spanned<bool>> {
    read(node, problems, codes::BAD_BOOL, "write true or false", |text| text.parse().ok())
}

pub(super) fn read<T>(
    node: &Node,
    problems: &mut Problems,
    code: Code,
    cure: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Spanned<T>> {
    let scalar = scalar(node, problems)?;
    if let Some(value) = parse(&scalar.text) {
        return Some(Spanned { value, span: node.span });
    }
    let message = format!("`{}` can't be read here", scalar.text);
    problems.error(code, node.span, message).cure(cure);
    None
}

fn scalar<'n>(node: &'n Node, problems: &mut Problems) -> Option<&'n Scalar> {
    let found = match &node.kind {
        Kind::Scalar(scalar) => return Some(scalar),
        Kind::Poisoned => return None,
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
        Kind::Null => "nothing",
    };
    problems
        .error(codes::NOT_TEXT, node.span, format!("{found} stands where one value belongs"))
        .cure("write one value");
    None
}
