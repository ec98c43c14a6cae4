//! Each diagnostic's code has a fixture: a file that earns it, under the name of the code. Where
//! only a text earns it that is too large to be kept, the snapshot of what is said then stands for
//! it.

use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};
use crate::tidy::rust;

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let tables = house.rust().filter(|file| is_table(file) && !house.is_test(file));
    let mut findings = Vec::new();
    for file in tables {
        for (code, line) in codes(&file.text) {
            if !house.files.iter().any(|file| is_fixture_of(file, &code)) {
                findings.push(Finding::new(
                    &file.path,
                    line,
                    format!("{code} has no fixture, so nothing shows that it is ever said"),
                    format!("add a file `{code}-….yaml` under the crate's `tests/fixtures/`"),
                ));
            }
        }
    }
    findings
}

fn is_table(file: &File) -> bool {
    file.crate_name().is_some() && file.is_under("src") && file.name().starts_with("codes")
}

fn is_fixture_of(file: &File, code: &str) -> bool {
    if file.crate_name().is_none() || !file.is_under("tests") {
        return false;
    }
    let names_it = |name: &str| {
        // `A0001` must not pass for `A00010`.
        name.strip_prefix(code).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    if file.is_under("snapshots") {
        // `syntax__bounds__A0010-too-large.snap`
        return file.name().rsplit("__").next().is_some_and(names_it);
    }
    // The folder of a fixture of several files is named as a single one.
    file.is_under("fixtures") && file.path.split('/').any(names_it)
}

/// The texts `"A0001"` of a table, each with its line.
fn codes(text: &str) -> Vec<(String, usize)> {
    let mut codes = Vec::new();
    rust::walk(text, &mut |here| {
        let literal = here.ahead(0).map(ToString::to_string).unwrap_or_default();
        let code = literal.trim_matches('"');
        let is_text = literal.len() == code.len() + 2;
        if is_text && is_code(code) && !here.in_test {
            codes.push((code.to_owned(), here.line()));
        }
    });
    codes
}

/// `A0001` of an architecture, `T0001` of a file of cases.
fn is_code(text: &str) -> bool {
    text.strip_prefix(['A', 'T'])
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
// \"A0009\"
codes! {
    SYNTAX \"A0001\" \"no YAML\"
    TRAP \"A0002\" \"a trap like A0008\"
}
const X: Code = Code(\"A0003\");
const Y: Code = Code(\"T0001\");
";

    #[test]
    fn a_code_without_a_fixture_is_found() {
        let house = House::with(&[
            ("crates/a/src/codes_of_syntax.rs", TABLE),
            ("crates/b/tests/fixtures/deep/A0001-tab.yaml", ""),
            ("crates/b/tests/fixtures/A00020.yaml", ""),
            ("crates/b/src/A0003.yaml", ""),
            ("crates/b/tests/A0003.rs", ""),
            ("docs/A0003.md", ""),
        ]);
        let findings = check(&house);
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [4, 6, 7]);
        assert!(findings[0].reason.starts_with("A0002"));
    }

    #[test]
    fn a_snapshot_and_a_folder_may_stand_for_a_fixture() {
        let house = House::with(&[
            ("crates/a/src/codes.rs", TABLE),
            ("crates/a/tests/all/snapshots/all__bounds__A0001-too-large.snap", ""),
            ("crates/a/tests/fixtures/A0002-two-files/architecture.yaml", ""),
            ("crates/a/tests/fixtures/A0003.yaml", ""),
            ("crates/a/tests/fixtures/cases/T0001-name.test.yaml", ""),
        ]);
        assert_eq!(check(&house), []);
    }
}
