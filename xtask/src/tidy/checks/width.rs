//! Lines fit beside a second file on a screen.

use crate::tidy::finding::Finding;
use crate::tidy::house::House;

const MOST_COLUMNS: usize = 100;

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.rust() {
        for (number, line) in file.lines() {
            let columns = line.chars().count();
            if columns > MOST_COLUMNS {
                let reason = format!("{columns} columns; {MOST_COLUMNS} are the most");
                let cure = "run `cargo fmt`, and break by hand what it leaves (texts, comments)";
                findings.push(Finding::new(&file.path, number, reason, cure));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_wide_is_found() {
        let text = format!("{}\n{}\n", "ü".repeat(MOST_COLUMNS), "x".repeat(MOST_COLUMNS + 1));
        let findings = check(&House::with(&[("crates/a/src/lib.rs", text.as_str())]));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }
}
