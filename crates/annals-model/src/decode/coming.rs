//! Words of the language that this release doesn't execute yet, each where it will stand. A word
//! moves from here into its decoder once it is executed.

use crate::codes;
use crate::problems::Problems;
use crate::source::Span;

/// What a map is, as its decoder says it, and the words that are coming there.
const COMING: [(&str, &[&str]); 16] = [
    (
        "an architecture",
        &[
            "environments",
            "external",
            "personal",
            "queries",
            "roles",
            "schedules",
            "tenants",
            "unique",
        ],
    ),
    ("an aggregate", &["external", "personal", "roles", "tenants", "unique"]),
    ("a command", &["personal", "reads", "roles", "unique"]),
    ("an event", &["personal", "public"]),
    ("a saga", &["deadline", "keys", "parallel", "pivot"]),
    ("a step", &["at", "call", "deadline", "if", "parallel", "pivot", "steps", "wait"]),
    ("a reaction", &["at", "every", "schedule"]),
    ("a projection", &["filter", "join", "joins", "keys", "queries", "remove", "where"]),
    ("a service", &["external", "roles", "tenants"]),
    ("a topic", &["external", "public"]),
    ("a handler", &["if", "remove"]),
    ("a type", &["decimal", "personal"]),
    ("the limits of a text", &["personal"]),
    ("the limits of an int", &["personal"]),
    ("a test file", &["cases"]),
    ("a case", &["cases"]),
];

/// Whether a word will have a meaning in `what`, such as "a command". Complains if so.
pub fn not_yet(what: &str, word: &str, span: Span, problems: &mut Problems) -> bool {
    let coming = COMING.iter().any(|(place, words)| *place == what && words.contains(&word));
    if coming {
        let message = format!("`{word}` is not yet a word of {what}");
        let cure = match word {
            "decimal" => "count in the smallest unit until a later release, as in `cents: int`",
            _ => "leave it out; a later release will execute it",
        };
        problems.error(codes::NOT_YET, span, message).cure(cure);
    }
    coming
}
