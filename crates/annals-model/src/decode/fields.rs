//! Maps with a known set of keys, and lists.

use crate::codes;
use crate::problems::Problems;
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};

use super::coming::not_yet;
use super::suggest::nearest;

/// The entries of a map whose keys are known.
#[derive(Clone, Debug)]
pub struct Fields<'n> {
    what: &'static str,
    span: Span,
    entries: &'n [Entry],
    /// Whether it was a map at all: a map that isn't there lacks no keys.
    whole: bool,
    /// What the keys that it doesn't know were most likely meant to be.
    meant: Vec<Meant>,
}

/// What a key that isn't known was meant to be.
#[derive(Clone, Debug)]
enum Meant {
    Key(Box<str>),
    /// A word of a later release: in its place it may do without any other.
    Coming,
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
        let strange = entries.iter().filter(|entry| !allowed.contains(&&*entry.key));
        let meant = strange.filter_map(|entry| unknown(entry, what, allowed, problems)).collect();
        Self { what, span: node.span, entries, whole, meant }
    }

    /// The value of a key, where it is written.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where it is written.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// Whether a key isn't written, and one that has been complained about may stand for it.
    pub fn misspelt(&self, key: &str) -> bool {
        let stands = |meant: &Meant| match meant {
            Meant::Key(meant) => **meant == *key,
            Meant::Coming => true,
        };
        self.get(key).is_none() && self.meant.iter().any(stands)
    }

    /// The value of a key that must be written.
    pub fn need(&self, key: &str, problems: &mut Problems) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && self.whole && !self.misspelt(key) {
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

/// Complains about a key that isn't known; what it was meant to be, where that can be guessed.
fn unknown(entry: &Entry, what: &str, allowed: &[&str], problems: &mut Problems) -> Option<Meant> {
    if not_yet(what, &entry.key, entry.key_span, problems) {
        return Some(Meant::Coming);
    }
    let meant = nearest(&entry.key, allowed.iter().copied());
    let cure = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it may say {}", allowed.join(", ")),
    };
    let message = format!("`{}` is no word of {what}", entry.key);
    problems.error(codes::UNKNOWN_KEY, entry.key_span, message).cure(cure);
    meant.map(|meant| Meant::Key(meant.into()))
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
