//! `meta.position` where an event has none yet.

use crate::Term;
use crate::codes_resolve as codes;

use super::context::Context;

/// Complains about every formula of the term that reads `meta.position`.
pub(crate) fn refuse_position(context: &mut Context<'_>, term: &Term, why: &str) {
    match term {
        Term::Literal(_) => {}
        Term::Record(fields) => {
            fields.iter().for_each(|(_, term)| refuse_position(context, term, why));
        }
        Term::List(items) => items.iter().for_each(|term| refuse_position(context, term, why)),
        Term::Formula(formula) => {
            let position = |path: &Vec<std::sync::Arc<str>>| {
                path.len() >= 2 && &*path[0] == "meta" && &*path[1] == "position"
            };
            if formula.expression.paths().iter().any(position) {
                let message = format!("`meta.position` can't be read here yet: {why}");
                let cure = "use `meta.version`, the place in the stream, or an eventual projection";
                context.problems.error(codes::NOT_YET, formula.span, message).cure(cure);
            }
        }
    }
}
