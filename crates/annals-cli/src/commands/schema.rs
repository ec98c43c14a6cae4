//! `annals schema`: the JSON Schema of the language, for editors.

use crate::exit::{Done, Ended};
use crate::output;

pub(crate) fn run() -> Ended {
    output::json(&annals_generate::language_schema());
    Ok(Done::Clean)
}
