//! The rules: what a model may say and had better not, one rule a file. A rule reads the resolved
//! model and reports; it never changes anything, and a model that doesn't resolve never gets here.

mod codes;
mod rules;

use annals_model::{Diagnostic, Model, Problems};

pub use codes::CODES;

/// What the rules find in a model, by place.
pub fn check(model: &Model) -> Vec<Diagnostic> {
    let mut problems = Problems::default();
    for rule in rules::ALL {
        rule(model, &mut problems);
    }
    let mut found = problems.into_diagnostics();
    for diagnostic in &mut found {
        codes::why(diagnostic.code).clone_into(&mut diagnostic.why);
    }
    found
}
