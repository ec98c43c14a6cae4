//! Files stay small: each one, and the median of all.

use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};
use crate::tidy::rust;

/// Of one file, without its tests.
const MOST_LINES: usize = 600;
/// Of the file in the middle.
const MEDIAN_LINES: usize = 150;

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (lines, file) in measured(house) {
        if lines > MOST_LINES {
            findings.push(Finding::new(
                &file.path,
                MOST_LINES + 1,
                format!("{lines} lines without its tests; {MOST_LINES} are the most"),
                "split it along its parts, each a module with a name of its own",
            ));
        }
    }
    if let Some((lines, path)) = median(house).filter(|(lines, _)| *lines > MEDIAN_LINES) {
        findings.push(Finding::new(
            path,
            1,
            format!("the file in the middle has {lines} lines; {MEDIAN_LINES} are the most"),
            "split the files above the middle until one of them is shorter",
        ));
    }
    findings
}

/// The length and the path of the file in the middle of all by length.
pub(crate) fn median(house: &House) -> Option<(usize, &str)> {
    let mut lengths: Vec<_> =
        measured(house).map(|(lines, file)| (lines, file.path.as_str())).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

/// The files that aren't tests, with their lines that aren't tests.
fn measured(house: &House) -> impl Iterator<Item = (usize, &File)> {
    let files = house.rust().filter(|file| !house.is_test(file));
    files.map(|file| {
        let lines = file.text.lines().count();
        (lines.saturating_sub(rust::test_lines(&file.text)), file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[(&str, &str)]) -> Vec<String> {
        check(&House::with(files)).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn a_file_that_is_too_long_is_found_but_tests_are_not_counted() {
        let limit = "fn f() {}\n".repeat(MOST_LINES);
        let over = format!("{limit}fn g() {{}}\n");
        let tested = format!("{limit}#[cfg(test)]\nmod tests {{ fn h() {{}} }}\n");
        let files = [
            ("crates/a/src/limit.rs", limit.as_str()),
            ("crates/a/src/over.rs", over.as_str()),
            ("crates/a/src/tested.rs", tested.as_str()),
            ("crates/a/tests/over.rs", over.as_str()),
            ("crates/a/src/a.rs", ""),
            ("crates/a/src/b.rs", ""),
            ("crates/a/src/c.rs", ""),
            ("crates/a/src/d.rs", ""),
        ];
        assert_eq!(paths(&files), ["crates/a/src/over.rs"]);
    }

    #[test]
    fn a_median_that_is_too_long_is_found() {
        let text = "fn f() {}\n".repeat(MEDIAN_LINES + 1);
        let short = ("crates/a/src/a.rs", "");
        let (long, other) = (("crates/a/src/b.rs", &*text), ("crates/a/src/c.rs", &*text));
        assert_eq!(paths(&[short, long, other]), ["crates/a/src/b.rs"]);
        assert!(paths(&[short, long, ("crates/a/src/c.rs", "")]).is_empty());
        let house = House::with(&[short, long, other]);
        assert_eq!(median(&house), Some((MEDIAN_LINES + 1, "crates/a/src/b.rs")));
    }
}
