//! A module opens with what lives there and what must not.

use crate::tidy::finding::Finding;
use crate::tidy::house::House;

pub(crate) fn check(house: &House) -> Vec<Finding> {
    house
        .rust()
        .filter(|file| !file.text.trim_start().starts_with("//!"))
        .map(|file| {
            let reason = "a module that doesn't open with `//!`: what belongs here, nobody knows";
            Finding::new(&file.path, 1, reason, "say what lives here, and what must not")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_header_is_found() {
        let house = House::with(&[
            ("crates/a/src/bare.rs", "// a note\nfn f() {}\n"),
            ("crates/a/src/lib.rs", "//! A tour.\n"),
            ("crates/a/src/notes.md", "no Rust"),
        ]);
        let findings = check(&house);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "crates/a/src/bare.rs");
    }
}
