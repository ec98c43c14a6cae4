//! No function is longer than a screen.

use proc_macro2::{Delimiter, TokenTree};

use crate::tidy::finding::Finding;
use crate::tidy::house::House;
use crate::tidy::rust::{self, Here};

/// From `fn` to the closing brace.
const MOST_LINES: usize = 70;

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.rust() {
        rust::walk(&file.text, &mut |here| {
            let Some((name, lines)) = function(&here).filter(|(_, lines)| *lines > MOST_LINES)
            else {
                return;
            };
            let reason = format!("`{name}` has {lines} lines; a screen holds {MOST_LINES}");
            let cure = "give its steps functions of their own";
            findings.push(Finding::new(&file.path, here.line(), reason, cure));
        });
    }
    findings
}

/// The name and the length of the function that begins here.
fn function(here: &Here<'_>) -> Option<(String, usize)> {
    let name = match here.ahead(1) {
        Some(TokenTree::Ident(name)) if here.is_word(0, "fn") => name.to_string(),
        _ => return None,
    };
    let mut ahead = 2;
    loop {
        match here.ahead(ahead)? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return Some((name, group.span_close().end().line - here.line() + 1));
            }
            // A trait's method without a body.
            TokenTree::Punct(mark) if mark.as_char() == ';' => return None,
            _ => ahead += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: usize) -> Vec<Finding> {
        let body = "    g();\n".repeat(lines - 2);
        let text = format!("trait T {{ fn a(); }}\nimpl T for X {{\nfn f() {{\n{body}}}\n}}\n");
        check(&House::with(&[("crates/a/src/lib.rs", text.as_str())]))
    }

    #[test]
    fn a_function_of_more_than_a_screen_is_found() {
        assert!(found(MOST_LINES).is_empty());
        let findings = found(MOST_LINES + 1);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 3);
        assert!(findings[0].reason.contains("71 lines"));
    }
}
