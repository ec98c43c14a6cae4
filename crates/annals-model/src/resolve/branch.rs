//! `for_each`: one branch for each item of a list, and the item's name in scope.

use annals_expression::Type;

use crate::ForEach;
use crate::codes_resolve as codes;
use crate::yaml::{Kind, Node};

use super::context::Context;
use super::formula::{Env, compile};

/// Words that CEL keeps for itself: fields may have such names, names in scope may not.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
];

/// Reads `for_each: { line: =start.lines }` in the scope without the item.
pub(crate) fn for_each(
    context: &mut Context<'_>,
    node: &Node,
    env: &Env,
    taken: &[&str],
) -> Option<ForEach> {
    let cure = "write a name and a list: `for_each: { line: =start.lines }`";
    let one = match &node.kind {
        Kind::Poisoned => return None,
        Kind::Map(one) if one.len() == 1 => &one[0],
        _ => {
            context
                .problems
                .error(codes::FOR_EACH, node.span, "`for_each` is one name and its list")
                .cure(cure);
            return None;
        }
    };
    let mut good = context.check_name(one, "a branch's item");
    if taken.contains(&&*one.key) || RESERVED.contains(&&*one.key) {
        let message = format!("`{}` means something else here already", one.key);
        let cure = "give the item a name of its own, such as `line`";
        context.problems.error(codes::FOR_EACH, one.key_span, message).cure(cure);
        good = false;
    }
    let scalar = match &one.value.kind {
        Kind::Poisoned => return None,
        Kind::Scalar(scalar) if scalar.text.starts_with('=') => scalar,
        _ => {
            context
                .problems
                .error(codes::FOR_EACH, one.value.span, "the list is an expression")
                .cure(cure);
            return None;
        }
    };
    let list = compile(context, (one.value.span, scalar), 1, None, env)?;
    let Type::List(type_) = list.expression.type_() else {
        let message = format!("this is {}, not a list", list.expression.type_().name());
        context.problems.error(codes::FOR_EACH, list.span, message).cure(cure);
        return None;
    };
    let item_type = type_.item.clone();
    good.then(|| ForEach { name: one.key.clone(), list, item_type })
}
