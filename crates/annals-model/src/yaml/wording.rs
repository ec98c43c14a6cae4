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

/// A part of the parser's message, what is said instead, and the cure; the first that fits.
const KNOWN: [(&str, &str, &str); 24] = [
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
    ("unknown escape", "an unknown escape", BACKSLASH),
    ("hexadecimal", "an escape without its number", BACKSLASH),
    ("character escape code", "an escape of no character", BACKSLASH),
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
        "simple key expect",
        "this is no key with a value",
        "write `key: value`, indented as its neighbours",
    ),
    (
        "expected node content",
        "a value is missing before this",
        "write it, or remove the comma or bracket; quote a text that begins with one",
    ),
    (
        "mapping keys are not allowed",
        "a value can't begin with `? `",
        "quote the text, or give the key a line of its own: `key: value`",
    ),
    (
        "block sequence entries",
        "a list can't begin behind its key",
        "begin each item on its own line, or write `[a, b]`; quote a text that begins with `-`",
    ),
    ("'-' ", "a text can't begin with `-` here", "quote it"),
    ("block scalar", "this is no text in lines", LINES),
    (
        "comment intercepting",
        "a text goes on behind a comment",
        "quote the text, or move the comment",
    ),
    ("unexpected character", "a text can't begin with this character", "quote it"),
    ("indentation", "this is indented less than what it belongs to", "indent it further"),
    ("tag", "this is no tag", "remove it; where `!` belongs to a text, quote the text"),
    ("anchor", "this is no name of an anchor", "quote the text that `&` or `*` begins"),
    ("byte order mark", "a byte order mark stands inside the file", "remove it"),
];

const BACKSLASH: &str = "write `\\\\` for a backslash, or use single quotes";
const LINES: &str = "end its first line with `|` or `>`, and indent all others alike and further";

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
    let (_, message, cure) = known.copied().unwrap_or(("", "this can't be read as YAML", cure));
    Wording {
        code: codes::SYNTAX,
        message: message.to_owned(),
        cure: cure.to_owned(),
        colon: info.contains("mapping values"),
    }
}
