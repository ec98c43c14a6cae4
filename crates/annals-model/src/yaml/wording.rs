//! The parser's messages in words that help whoever wrote the file.

use crate::codes;
use crate::diagnostic::Code;

/// What is said about a mistake of syntax.
pub(super) struct Wording {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) cure: String,
    /// A colon stands where no key may begin: most likely inside a text.
    pub(super) colon: bool,
}

/// A part of the parser's message, what is said instead, and the cure.
const KNOWN: [(&str, &str, &str); 13] = [
    (
        "mapping values are not allowed",
        "a key can't begin here",
        "give it a line of its own, indented as its neighbours, or quote the text that it is in",
    ),
    ("tab", "a tab stands in the indentation", "indent with spaces"),
    (
        "quoted scalar, found unexpected end",
        "a quote is opened here and never closed",
        "close it; a quote inside quotes is doubled: 'it''s'",
    ),
    ("unknown escape", "an unknown escape", "write `\\\\` for a backslash, or use single quotes"),
    (
        "after double-quoted scalar",
        "a text goes on behind its closing quote",
        "put the whole into one pair of quotes, such as '\"a\" and b'",
    ),
    ("flow mapping", "a `{` isn't closed, or a comma is missing", "close it with `}`"),
    ("flow sequence", "a `[` isn't closed, or a comma is missing", "close it with `]`"),
    ("misplaced bracket", "this bracket closes nothing", "remove it, or quote the text"),
    (
        "expected key",
        "this is no key with a value",
        "write `key: value`, indented as its neighbours; quote a text that begins with a quote",
    ),
    (
        "expected '-'",
        "this is no item of the list before it",
        "begin it with `- `, or indent it as the keys around the list",
    ),
    (
        "expected node content",
        "a value is missing here, or a bracket isn't closed",
        "write the value, or close the bracket",
    ),
    ("unprintable", "a character that can't be printed", "remove it, or write it as an escape"),
    (
        "simple key expect",
        "this is no key with a value",
        "write `key: value`, indented as its neighbours",
    ),
];

/// What to say for one of the parser's messages.
pub(super) fn of(info: &str) -> Wording {
    if info.contains("unknown anchor") {
        return Wording {
            code: codes::ALIAS,
            message: "an alias stands here".to_owned(),
            cure: "write the value out, or quote it where it is text".to_owned(),
            colon: false,
        };
    }
    let known = KNOWN.iter().find(|(part, _, _)| info.contains(part));
    let cure = "compare the indentation and the quotes with the lines before it";
    let (_, message, cure) = known.copied().unwrap_or(("", info, cure));
    Wording {
        code: codes::SYNTAX,
        message: message.to_owned(),
        cure: cure.to_owned(),
        colon: info.contains("mapping values"),
    }
}
