//! The rules' codes, A0700 to A0799: each with its title and why it matters. No logic.

use annals_model::Code;

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $why:literal)*) => {
        $(pub(crate) const $name: Code = Code($code);)*

        /// Code, title, why; in order.
        pub const CODES: &[(Code, &str, &str)] = &[$(($name, $title, $why)),*];
    };
}

codes! {
    STEP_WITHOUT_COMPENSATION "A0700" "a step that can't be undone"
        "When a later step fails, what this one did stays done."
    STEP_WITHOUT_TIMEOUT "A0701" "a step that may wait for ever"
        "Without an answer the saga holds for ever what it has reserved so far, and nobody is told."
    EVENT_NOT_EMITTED "A0702" "an event that nobody emits"
        "It never happens, and whatever reads it waits in vain."
    EVENT_NOT_APPLIED "A0703" "an event that nobody applies"
        "It is stored for ever and nothing follows from it."
    COLUMN_WITHOUT_SOURCE "A0704" "a column without a source"
        "It holds its zero value in every row, and looks like data."
    COMMAND_UNREACHABLE "A0705" "a command that nobody can reach"
        "Nobody can run it, and what its events do never happens."
    NAME_OUT_OF_CONVENTION "A0706" "a name out of its convention"
        "Names leave the file: they become topics, tables, addresses and types."
}

/// Why a finding of that code matters.
pub(crate) fn why(code: Code) -> &'static str {
    CODES.iter().find(|(known, _, _)| *known == code).map_or("", |(_, _, why)| why)
}
