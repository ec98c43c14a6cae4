//! The files of a system, merged by section. A name that two files declare is a problem with both
//! places; within one file the tree has found it already.

use std::collections::HashMap;
use std::sync::Arc;

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Kind, Node, Parsed};

use super::context::{Context, entries, lost};

/// What all files say together, by section, in file order.
#[derive(Default)]
pub(crate) struct Sections<'n> {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) edition: u32,
    pub(crate) services: Vec<&'n Entry>,
    pub(crate) types: Vec<&'n Entry>,
    pub(crate) aggregates: Vec<&'n Entry>,
    pub(crate) sagas: Vec<&'n Entry>,
    pub(crate) reactions: Vec<&'n Entry>,
    pub(crate) projections: Vec<&'n Entry>,
    pub(crate) topics: Vec<&'n Entry>,
    pub(crate) dead_letters: Option<&'n Node>,
    /// Sections that say more than can be seen.
    pub(crate) lost: Vec<&'static str>,
}

const WORDS: [&str; 12] = [
    "annals",
    "name",
    "describe",
    "owner",
    "services",
    "types",
    "aggregates",
    "sagas",
    "reactions",
    "projections",
    "topics",
    "dead_letters",
];

/// Merges the trees of all files.
///
/// Of a `cut` file every section may say more than can be seen.
pub(crate) fn merge<'n>(context: &mut Context<'_>, files: &'n [Parsed], cut: bool) -> Sections<'n> {
    let mut sections = Sections { edition: 1, ..Sections::default() };
    let mut once = Once::default();
    for Parsed { root, .. } in files {
        let unseen = ["services", "types", "aggregates"].into_iter();
        sections.lost.extend(unseen.filter(|section| cut || lost(root, &WORDS, section)));
        match root.kind {
            Kind::Poisoned => {}
            Kind::Null if files.len() > 1 => {}
            Kind::Scalar(_) | Kind::List(_) => {
                // What such a file was to say can't be seen.
                sections.lost.extend(["annals", "name", "services", "types", "aggregates"]);
                entries(context, root, "an architecture");
            }
            _ => {
                let fields = Fields::of(root, "an architecture", &WORDS, &mut context.problems);
                file(context, &fields, &mut sections, &mut once);
            }
        }
    }
    if !cut {
        missing(context, &sections, &once);
    }
    sections
}

/// Where the words that a system says once are said.
#[derive(Default)]
struct Once {
    edition: Option<Span>,
    name: Option<Span>,
    dead_letters: Option<Span>,
    names: HashMap<(&'static str, Arc<str>), Span>,
}

fn file<'n>(
    context: &mut Context<'_>,
    fields: &Fields<'n>,
    sections: &mut Sections<'n>,
    once: &mut Once,
) {
    sections.lost.extend(["annals", "name"].into_iter().filter(|word| fields.misspelt(word)));
    for node in ["describe", "owner"].into_iter().filter_map(|word| fields.get(word)) {
        decode::text(node, &mut context.problems);
    }
    if let Some(node) = fields.get("annals") {
        edition(context, node, sections);
        once.edition = Some(node.span);
    }
    if let Some(node) = fields.get("name")
        && twice(context, "name", once.name, node.span)
    {
        once.name = Some(node.span);
        sections.name = decode::name(node, &mut context.problems).map(|name| name.value);
    }
    if let Some(node) = fields.get("dead_letters")
        && twice(context, "dead_letters", once.dead_letters, node.span)
    {
        once.dead_letters = Some(node.span);
        sections.dead_letters = Some(node);
    }
    let lists: [(&'static str, &mut Vec<&'n Entry>); 7] = [
        ("services", &mut sections.services),
        ("types", &mut sections.types),
        ("aggregates", &mut sections.aggregates),
        ("sagas", &mut sections.sagas),
        ("reactions", &mut sections.reactions),
        ("projections", &mut sections.projections),
        ("topics", &mut sections.topics),
    ];
    for (section, list) in lists {
        let Some(node) = fields.get(section) else { continue };
        for entry in entries(context, node, section) {
            let first = once.names.get(&(section, entry.key.clone())).copied();
            if twice(context, &entry.key, first, entry.key_span) {
                once.names.insert((section, entry.key.clone()), entry.key_span);
                list.push(entry);
            }
        }
    }
}

fn edition(context: &mut Context<'_>, node: &Node, sections: &mut Sections<'_>) {
    let Some(edition) = decode::text(node, &mut context.problems) else { return };
    if &*edition.value == "1" {
        sections.edition = 1;
        return;
    }
    let message = format!("this release doesn't read edition `{}` of the language", edition.value);
    context
        .problems
        .error(codes::EDITION, node.span, message)
        .cure("write `annals: 1`, or use a release that knows the edition");
}

/// Whether it is said for the first time.
fn twice(context: &mut Context<'_>, what: &str, first: Option<Span>, span: Span) -> bool {
    let Some(first) = first else { return true };
    context
        .problems
        .error(codes::DUPLICATE_NAME, span, format!("`{what}` is written twice"))
        .label(first, "first here")
        .cure("rename one of them, or take one away");
    false
}

fn missing(context: &mut Context<'_>, sections: &Sections<'_>, once: &Once) {
    let start = Span { file: FileId(0), start: 0, end: 0 };
    if once.edition.is_none() && !sections.lost.contains(&"annals") {
        context
            .problems
            .error(codes::EDITION, start, "the edition of the language is missing")
            .cure("begin the file with `annals: 1`");
    }
    if once.name.is_none() && !sections.lost.contains(&"name") {
        context
            .problems
            .error(codes::MISSING_NAME, start, "the system has no name")
            .cure("write `name:` and the system's name, such as `name: orders`");
    }
}
