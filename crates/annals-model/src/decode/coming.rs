//! Words of the language that this release doesn't execute yet, each where it will stand. A word
//! moves from here into its decoder once it is executed.

/// What a map is, as its decoder says it, and the words that are coming there.
const COMING: [(&str, &[&str]); 12] = [
    ("an architecture", &["external", "queries", "roles", "schedules", "tenants", "unique"]),
    ("an aggregate", &["external", "personal", "unique"]),
    ("a command", &["personal", "reads", "roles", "unique"]),
    ("an event", &["personal", "public"]),
    ("a saga", &["deadline", "parallel", "pivot"]),
    ("a step", &["at", "call", "deadline", "if", "parallel", "pivot", "steps", "wait"]),
    ("a reaction", &["at", "every", "schedule"]),
    ("a projection", &["filter", "join", "joins", "keys", "queries", "remove", "where"]),
    ("a service", &["external", "roles", "tenants"]),
    ("a topic", &["external", "public"]),
    ("a test file", &["cases"]),
    ("a case", &["cases"]),
];

/// Whether a word will have a meaning in `what`, such as "a command".
pub(super) fn is_coming(what: &str, word: &str) -> bool {
    COMING.iter().any(|(place, words)| *place == what && words.contains(&word))
}
