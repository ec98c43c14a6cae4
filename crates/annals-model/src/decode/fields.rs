//! Maps with a known set of keys, and lists.

use crate::codes;
use crate::problems::Problems;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};

use super::coming;
use super::suggest::nearest;

/// The entries of a map whose keys are known.
#[derive(Clone, Debug)]
pub struct Fields<'n> {
    what: &'static str,
    span: Span,
    entries: &'n [Entry],
    /// Whether it was a map at all: a map that isn't there lacks no keys.
    whole: bool,
}

impl<'n> Fields<'n> {
    /// Reads `node` as `what`, such as "a command", with the keys `allowed`; complains about
    /// others.
    pub fn of(
        node: &'n Node,
        what: &'static str,
        allowed: &[&str],
        problems: &mut Problems,
    ) -> Self {
        let whole = matches!(node.kind, Kind::Map(_) | Kind::Null);
        let entries =
            if matches!(node.kind, Kind::Null) { &[] } else { entries(node, what, problems) };
        for entry in entries {
            if !allowed.contains(&&*entry.key) {
                unknown(entry, what, allowed, problems);
            }
        }
        Self { what, span: node.span, entries, whole }
    }

    /// The value of a key, where it is written.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where it is written.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The value of a key that must be written.
    pub fn need(&self, key: &str, problems: &mut Problems) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && self.whole {
            let message = format!("{} needs `{key}`", self.what);
            let cure = format!("add `{key}:`");
            problems.error(codes::MISSING_KEY, self.span, message).cure(cure);
        }
        found
    }

    /// Its place.
    pub fn span(&self) -> Span {
        self.span
    }
}

/// Complains about a word that will have a meaning in `what`; whether it is one.
pub fn not_yet(entry: &Entry, what: &str, problems: &mut Problems) -> bool {
    let coming = coming::is_coming(what, &entry.key);
    if coming {
        let message = format!("`{}` is not yet a word of {what}", entry.key);
        let cure = "leave it out; a later release will execute it";
        problems.error(codes::NOT_YET, entry.key_span, message).cure(cure);
    }
    coming
}

fn unknown(entry: &Entry, what: &str, allowed: &[&str], problems: &mut Problems) {
    if not_yet(entry, what, problems) {
        return;
    }
    let cure = match nearest(&entry.key, allowed.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it may say {}", allowed.join(", ")),
    };
    let message = format!("`{}` is no word of {what}", entry.key);
    problems.error(codes::UNKNOWN_KEY, entry.key_span, message).cure(cure);
}

/// The entries of a map; complains about anything else.
pub fn entries<'n>(node: &'n Node, what: &str, problems: &mut Problems) -> &'n [Entry] {
    let found = match &node.kind {
        Kind::Map(entries) => return entries,
        Kind::Poisoned => return &[],
        Kind::Scalar(scalar) => format!("`{}`", scalar.text),
        Kind::List(_) => "a list".to_owned(),
        Kind::Null => "nothing".to_owned(),
    };
    problems
        .error(codes::NOT_A_MAP, node.span, format!("{found} stands in the place of {what}"))
        .cure("write keys with values");
    &[]
}

/// The items of a list, or the one value that stands in its place.
pub fn list_or_one(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}
