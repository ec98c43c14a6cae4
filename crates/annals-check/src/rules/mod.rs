//! The list of rules. Each file's doc comment is the rule's page.

use annals_model::{Model, Problems};

mod column_without_source;
mod command_unreachable;
mod conditions;
mod event_not_applied;
mod event_not_emitted;
mod name_out_of_convention;
mod step_without_compensation;
mod step_without_timeout;

/// A rule: reads the model, reports what it finds.
pub(crate) type Rule = fn(&Model, &mut Problems);

/// All rules, in the order of their codes.
pub(crate) const ALL: &[Rule] = &[
    step_without_compensation::check,
    step_without_timeout::check,
    event_not_emitted::check,
    event_not_applied::check,
    column_without_source::check,
    command_unreachable::check,
    name_out_of_convention::check,
];
