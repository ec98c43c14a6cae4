//! The codes of what is wrong with a test file.

use annals_model::Code;

pub(super) const UNKNOWN: Code = Code("T0001");
pub(super) const FORM: Code = Code("T0002");
pub(super) const VALUE: Code = Code("T0003");
