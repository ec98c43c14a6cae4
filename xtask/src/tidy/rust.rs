//! Rust as tokens: comments and texts can't be mistaken for code, and the inside of a macro is seen
//! like any other code. Knows what a test is, and what a path is; knows no rule.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A token among its neighbours.
#[derive(Clone, Copy)]
pub(crate) struct Here<'t> {
    level: &'t [TokenTree],
    at: usize,
    /// Behind `#[cfg(test)]` or `#[test]`.
    pub(crate) in_test: bool,
    /// Between the braces of `a::{…}`, whose branches were spelled out from `a` on.
    in_tree: bool,
}

impl<'t> Here<'t> {
    /// The token `ahead` places further at the same level.
    pub(crate) fn ahead(&self, ahead: usize) -> Option<&'t TokenTree> {
        self.level.get(self.at + ahead)
    }

    fn before(&self, back: usize) -> Option<&'t TokenTree> {
        self.at.checked_sub(back).and_then(|at| self.level.get(at))
    }

    /// Whether `::` stands before it.
    fn follows_path(&self) -> bool {
        is_mark(self.before(1), ':') && is_mark(self.before(2), ':')
    }

    pub(crate) fn line(&self) -> usize {
        self.level[self.at].span().start().line
    }

    pub(crate) fn is_word(&self, ahead: usize, word: &str) -> bool {
        is_word(self.ahead(ahead), word)
    }

    pub(crate) fn is_mark(&self, ahead: usize, mark: char) -> bool {
        is_mark(self.ahead(ahead), mark)
    }

    /// The tokens of the attribute that begins here, `#[…]` or `#![…]`.
    pub(crate) fn attribute(&self) -> Option<Vec<TokenTree>> {
        if !self.is_mark(0, '#') {
            return None;
        }
        let group = if self.is_mark(1, '!') { self.ahead(2) } else { self.ahead(1) };
        bracketed(group).map(|group| group.stream().into_iter().collect())
    }

    /// Every path that begins here, with the branches of a `use` tree spelled out.
    pub(crate) fn paths(&self) -> Vec<Vec<String>> {
        if self.in_tree
            || self.follows_path()
            || !matches!(self.ahead(0), Some(TokenTree::Ident(_)))
        {
            return Vec::new();
        }
        let mut paths = Vec::new();
        branches(&self.level[self.at..], &mut Vec::new(), &mut paths);
        paths
    }
}

/// Shows every token of `text` to `visit`; says nothing of what isn't Rust, which the compiler
/// does.
pub(crate) fn walk(text: &str, visit: &mut dyn FnMut(Here<'_>)) {
    if let Ok(stream) = TokenStream::from_str(text) {
        walk_level(stream, Level::default(), visit);
    }
}

/// How many lines of `text` belong to tests.
pub(crate) fn test_lines(text: &str) -> usize {
    let mut lines = std::collections::BTreeSet::new();
    walk(text, &mut |here| {
        if let (true, Some(token)) = (here.in_test, here.ahead(0)) {
            let span = token.span();
            lines.extend(span.start().line..=span.end().line);
        }
    });
    lines.len()
}

/// The names of modules in files of their own that are declared behind `#[cfg(test)]`.
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    walk(text, &mut |here| {
        if here.in_test && here.is_word(0, "mod") && here.is_mark(2, ';') {
            names.extend(here.ahead(1).map(ToString::to_string));
        }
    });
    names
}

/// What tokens inherit from the group that they stand in.
#[derive(Clone, Copy, Default)]
struct Level {
    in_test: bool,
    in_tree: bool,
}

fn walk_level(stream: TokenStream, above: Level, visit: &mut dyn FnMut(Here<'_>)) {
    let Level { in_test, in_tree } = above;
    let level: Vec<TokenTree> = stream.into_iter().collect();
    // Up to this token everything belongs to a test.
    let mut test_until = 0;
    for at in 0..level.len() {
        let here = Here { level: &level, at, in_test: in_test || at < test_until, in_tree };
        if here.attribute().is_some_and(|tokens| is_test_attribute(&tokens)) {
            let whole = here.is_mark(1, '!');
            test_until = if whole { level.len() } else { end_of_item(&level, at) };
        }
        let here = Here { in_test: in_test || at < test_until, ..here };
        visit(here);
        if let TokenTree::Group(group) = &level[at] {
            let opens_tree = here.follows_path() && group.delimiter() == Delimiter::Brace;
            let inside = Level { in_test: here.in_test, in_tree: in_tree || opens_tree };
            walk_level(group.stream(), inside, visit);
        }
    }
}

/// `cfg(test)`, `cfg(all(test, …))`, `test`, `tokio::test`.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    if is_word(tokens.first(), "cfg") {
        return parenthesised(tokens.get(1)).is_some_and(asks_for_test);
    }
    let path: Vec<&TokenTree> =
        tokens.iter().take_while(|token| !matches!(token, TokenTree::Group(_))).collect();
    is_word(path.last().copied(), "test")
}

fn asks_for_test(condition: &Group) -> bool {
    let tokens: Vec<TokenTree> = condition.stream().into_iter().collect();
    if is_word(tokens.first(), "all") {
        return parenthesised(tokens.get(1)).is_some_and(asks_for_test);
    }
    tokens
        .split(|token| is_mark(Some(token), ','))
        .any(|part| part.len() == 1 && is_word(part.first(), "test"))
}

/// The index behind the item whose attributes begin at `at`.
fn end_of_item(level: &[TokenTree], at: usize) -> usize {
    let mut is_use = false;
    for (index, token) in level.iter().enumerate().skip(at) {
        is_use |= is_word(Some(token), "use");
        let braced = matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
        if is_mark(Some(token), ';') || (braced && !is_use) {
            return index + 1;
        }
    }
    level.len()
}

fn branches(tokens: &[TokenTree], prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let depth = prefix.len();
    let mut rest = tokens;
    loop {
        match rest {
            [TokenTree::Ident(word), ..] => prefix.push(word.to_string()),
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_mark(Some(token), ',')) {
                    branches(branch, prefix, paths);
                }
                prefix.truncate(depth);
                return;
            }
            _ => break,
        }
        match &rest[1..] {
            [first, second, more @ ..]
                if is_mark(Some(first), ':') && is_mark(Some(second), ':') =>
            {
                rest = more;
            }
            _ => break,
        }
    }
    if prefix.len() > depth {
        paths.push(prefix.clone());
    }
    prefix.truncate(depth);
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn bracketed(token: Option<&TokenTree>) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => Some(group),
        _ => None,
    }
}

fn parenthesised(token: Option<&TokenTree>) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        walk(text, &mut |here| found.extend(here.paths().iter().map(|path| path.join("::"))));
        found.retain(|path| path.contains("::"));
        found
    }

    #[test]
    fn trees_of_use_are_spelled_out() {
        let text = "use std::{fs, time::{Duration, Instant}};";
        assert_eq!(paths(text), ["std::fs", "std::time::Duration", "std::time::Instant"]);
    }

    #[test]
    fn comments_and_texts_hold_no_paths() {
        assert_eq!(paths("// std::fs\n/// std::env\nfn f() { g(\"std::net\", a::b()) }"), ["a::b"]);
    }

    #[test]
    fn lines_of_tests_are_counted() {
        let text = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\nfn h() {}\n";
        assert_eq!(test_lines(text), 4);
        assert_eq!(test_lines("#[cfg(not(test))]\nfn f() {}"), 0);
        assert_eq!(test_lines("#[cfg(all(test, unix))]\nuse a::{b};\nfn f() {}"), 2);
        assert_eq!(test_lines("#![cfg(test)]\nfn f() {}"), 2);
        assert_eq!(test_lines("#[tokio::test]\nasync fn f() {}\nfn g() {}"), 2);
    }

    #[test]
    fn modules_of_tests_are_named() {
        assert_eq!(test_modules("#[cfg(test)]\nmod tests;\nmod a;\nfn f() {}"), ["tests"]);
    }
}
