//! A crate depends only on what the table of arrows allows.

use crate::tidy::arrows::{self, FREE_IN_TESTS};
use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};
use crate::tidy::manifest::{self, Kind};

const TABLE: &str = "xtask/src/tidy/arrows.rs";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    house
        .files
        .iter()
        .filter_map(|file| {
            let name = file.crate_name()?;
            (file.path == format!("crates/{name}/Cargo.toml")).then(|| check_crate(file, name))
        })
        .flatten()
        .collect()
}

fn check_crate(file: &File, name: &str) -> Vec<Finding> {
    let Some(row) = arrows::row(name) else {
        return vec![Finding::new(
            &file.path,
            1,
            format!("`{name}` has no row in the table of arrows, so it may depend on nothing"),
            format!("add its row to {TABLE}, and say in docs/decisions/ why the house grows"),
        )];
    };
    let mut findings = Vec::new();
    if !file.text.contains(&format!("name = \"{name}\"")) {
        let reason = format!("the folder `{name}` holds a crate of another name");
        findings.push(Finding::new(&file.path, 1, reason, "give both the same name"));
    }
    for dependency in manifest::dependencies(&file.text) {
        let to = dependency.name.as_str();
        let ours = to == "annals" || to.starts_with("annals-");
        let in_tests = dependency.kind == Kind::Dev && FREE_IN_TESTS.contains(&to);
        if ours && !in_tests && !row.may_use.contains(&to) {
            let allowed = match row.may_use {
                [] => "nothing".to_owned(),
                names => names.join(", "),
            };
            findings.push(Finding::new(
                &file.path,
                dependency.line,
                format!("`{name}` may not depend on `{to}`; it may on {allowed}"),
                format!("move the code to where its dependencies are; {TABLE} is the last resort"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, dependencies: &str) -> Vec<Finding> {
        let path = format!("crates/{name}/Cargo.toml");
        let text = format!("[package]\nname = \"{name}\"\n{dependencies}");
        check(&House::with(&[(path.as_str(), text.as_str())]))
    }

    #[test]
    fn an_arrow_that_the_table_lacks_is_found() {
        let found =
            findings("annals-core", "[dependencies]\nserde = \"1\"\nannals-runtime = \"1\"\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 5);
        let adapters = "[dependencies]\nannals-runtime = \"1\"\nannals-http = \"1\"\n";
        assert_eq!(findings("annals-sqlite", adapters)[0].line, 5);
    }

    #[test]
    fn tests_may_use_the_proof_and_nothing_else() {
        let text = "[dev-dependencies]\nannals-conformance = \"1\"\nannals-cli = \"1\"\n";
        assert_eq!(findings("annals-core", text)[0].line, 5);
        assert_eq!(findings("annals-core", &text.replace("dev-", "")).len(), 2);
    }

    #[test]
    fn an_unknown_crate_and_a_foreign_name_are_found() {
        assert_eq!(findings("annals-helper", "").len(), 1);
        let other = House::with(&[("crates/annals-core/Cargo.toml", "name = \"core\"")]);
        assert_eq!(check(&other).len(), 1);
    }

    #[test]
    fn the_table_has_no_circle() {
        // Rows stand from the foundation up: each may only use rows above it.
        for (at, row) in arrows::HOUSE.iter().enumerate() {
            for to in row.may_use {
                let above = arrows::HOUSE[..at].iter().any(|other| other.name == *to);
                assert!(above, "{} -> {to}", row.name);
                assert!(!row.pure || arrows::row(to).unwrap().pure, "{} -> {to}", row.name);
            }
        }
    }
}
