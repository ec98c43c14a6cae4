//! What is unfinished or silenced stays out of the tree: ignored tests, placeholders, `allow`.

use crate::tidy::finding::Finding;
use crate::tidy::house::House;
use crate::tidy::rust::{self, Here};

/// Macros that stand for work that isn't done: name, reason, cure.
const MACROS: &[(&str, &str, &str)] = &[
    ("todo", "a placeholder that panics", "write it, or leave out what leads to it"),
    ("unimplemented", "a placeholder that panics", "write it, or refuse it with an error"),
    ("dbg", "output for one who searched", "remove it"),
];

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.rust() {
        rust::walk(&file.text, &mut |here| {
            if let Some((reason, cure)) = banned(&here) {
                findings.push(Finding::new(&file.path, here.line(), reason, cure));
            }
        });
    }
    findings
}

fn banned(here: &Here<'_>) -> Option<(String, &'static str)> {
    for (name, reason, cure) in MACROS {
        if here.is_word(0, name) && here.is_mark(1, '!') {
            return Some((format!("`{name}!` is {reason}"), cure));
        }
    }
    let tokens = here.attribute()?;
    let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
    match words.first()?.as_str() {
        "ignore" => {
            let reason = "an ignored test proves nothing, and is soon forgotten";
            Some((reason.to_owned(), "make it pass, or delete it"))
        }
        "allow" => Some(silenced()),
        "expect" if !inner_words(&tokens).iter().any(|word| word == "reason") => {
            let reason = "a lint is silenced, and nobody knows why";
            Some((reason.to_owned(), "obey the lint, or add `reason = \"…\"`"))
        }
        // `cfg_attr(condition, allow(…))`
        "cfg_attr" if inner_words(&tokens).iter().any(|word| word == "allow") => Some(silenced()),
        _ => None,
    }
}

fn silenced() -> (String, &'static str) {
    let reason = "`allow` silences a lint for ever, also when its reason is gone";
    (reason.to_owned(), "obey the lint, or write `#[expect(lint, reason = \"…\")]` on one item")
}

fn inner_words(tokens: &[proc_macro2::TokenTree]) -> Vec<String> {
    let Some(proc_macro2::TokenTree::Group(group)) = tokens.get(1) else { return Vec::new() };
    group.stream().into_iter().map(|token| token.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let house = House::with(&[("crates/a/src/lib.rs", text)]);
        check(&house).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn each_ban_is_found() {
        let text = "\
#![allow(dead_code)]
fn f() { todo!() }
fn g() { unimplemented!(\"later\") }
fn h() -> u8 { dbg!(1) }
#[test]
#[ignore = \"slow\"]
fn i() {}
#[cfg_attr(test, allow(unused))]
fn j() { vec![todo!()]; }
#[expect(clippy::disallowed_methods)]
fn k() {}
";
        assert_eq!(lines(text), [1, 2, 3, 4, 6, 8, 9, 10]);
    }

    #[test]
    fn words_in_texts_and_expectations_are_free() {
        let text = "\
// todo!() and #[ignore]
#[expect(clippy::disallowed_methods, reason = \"allow me\")]
fn f() { g(\"dbg!(1)\"); let allow = ignore(1); }
";
        assert!(lines(text).is_empty());
    }
}
