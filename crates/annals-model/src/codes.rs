//! The codes of syntax and decoding, A0001 to A0199: each with its title and why it matters. No
//! logic; the codes of resolution are in `codes_resolve`.

use crate::diagnostic::Code;

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $why:literal)*) => {
        $(pub(crate) const $name: Code = Code($code);)*

        /// Code, title, why.
        pub(crate) const TABLE: &[(Code, &str, &str)] = &[$(($name, $title, $why)),*];
    };
}

codes! {
    SYNTAX "A0001" "no YAML"
        "The rest of the file can't be read behind a mistake of syntax."
    TRAP "A0002" "an expression that YAML reads before Annals does"
        "YAML gives , : # [ ] { } ! & * and quotes a meaning of its own in unquoted text."
    DUPLICATE_KEY "A0003" "a key twice"
        "One of the two would be lost without a word."
    ANCHOR "A0004" "an anchor"
        "What is written is what is meant: a file is read without following references."
    ALIAS "A0005" "an alias"
        "What is written is what is meant: a file is read without following references."
    TAG "A0006" "a tag"
        "Types follow from the place that a value stands in, never from the value."
    MERGE_KEY "A0007" "a merge key"
        "What is written is what is meant: nothing is inherited."
    MANY_DOCUMENTS "A0008" "more than one document"
        "A file is one document; a system of many files is a folder."
    BAD_KEY "A0009" "a key that is no text"
        "Keys are names."
    TOO_LARGE "A0010" "a file that is too large"
        "A file is at most 1 MiB, a system at most 16 MiB, so that reading one always ends soon."
    TOO_MANY_NODES "A0011" "a system of too many values"
        "A system has at most 500,000 values, so that reading one always ends soon."
    TOO_DEEP "A0012" "nesting that is too deep"
        "Values nest at most 32 deep, so that everything that walks over them ends."
    DIRECTIVE "A0013" "a directive"
        "A file is YAML 1.2 and says nothing else about how it is read."
    TOO_MANY_ERRORS "A0014" "too many errors"
        "At most 10,000 are kept, so that a file of nothing but mistakes is read soon too."
    UNKNOWN_KEY "A0020" "an unknown key"
        "A key that nobody reads would be a wish that is never granted."
    NOT_YET "A0021" "not yet"
        "What a release doesn't execute is refused, never accepted in silence."
    NOT_A_MAP "A0022" "no map"
        "This place asks for keys with values."
    NOT_TEXT "A0023" "no text"
        "This place asks for one value."
    MISSING_KEY "A0024" "a missing key"
        "Nothing can be assumed here that would be right."
    BAD_INT "A0025" "no whole number"
        "This place asks for a whole number of 64 bits."
    BAD_BOOL "A0026" "neither true nor false"
        "Other spellings of yes and no are text, as YAML 1.2 has it."
    BAD_DURATION "A0027" "no length of time"
        "A length of time is a whole number above zero with its unit: us, ms, s, m, h or d."
    BAD_NAME "A0028" "no name"
        "Names stand in expressions, addresses and stores: ASCII letters, digits and _."
    BAD_SIZE "A0029" "no size"
        "A size is a whole number with its unit: B, KiB, MiB or GiB."
    BAD_RATE "A0030" "no rate"
        "A rate is a whole number by its unit of time: /s, /m, /h or /d."
}

/// Why a problem of that code matters; empty for a code of another crate.
pub(crate) fn why(code: Code) -> &'static str {
    let mut all = TABLE.iter().chain(crate::codes_resolve::TABLE);
    all.find(|(known, _, _)| *known == code).map_or("", |(_, _, why)| why)
}

/// All codes of this crate with their titles and reasons, in order.
pub fn all_codes() -> impl Iterator<Item = (Code, &'static str, &'static str)> {
    TABLE.iter().chain(crate::codes_resolve::TABLE).copied()
}
