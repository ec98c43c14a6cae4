//! Each direct dependency has its reason in `docs/dependencies.md`, each reason its dependency, and
//! each crate that names one uses it.

use std::collections::BTreeSet;

use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};
use crate::tidy::manifest::{self, Kind};
use crate::tidy::rust;

const PAGE: &str = "docs/dependencies.md";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let page = house.file(PAGE).map_or("", |file| file.text.as_str());
    let reasons: Vec<(usize, &str)> = reasons(page).collect();
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for file in house.files.iter().filter(|file| is_manifest(&file.path)) {
        for dependency in manifest::dependencies(&file.text) {
            if dependency.kind != Kind::Workspace && !is_used(house, file, &dependency.name) {
                findings.push(Finding::new(
                    &file.path,
                    dependency.line,
                    format!("`{}` is named, and no line of the crate uses it", dependency.name),
                    "remove it: every dependency is waited for in each build",
                ));
            }
            let name = dependency.name;
            let ours = name == "annals" || name.starts_with("annals-");
            if ours || dependency.kind == Kind::Workspace {
                continue;
            }
            if !reasons.iter().any(|(_, reason)| *reason == name) && used.insert(name.clone()) {
                findings.push(Finding::new(
                    &file.path,
                    dependency.line,
                    format!("`{name}` has no reason in {PAGE}"),
                    "write what it is for, and why it and not another; or do without it",
                ));
            }
            used.insert(name);
        }
    }
    for (line, name) in reasons.iter().filter(|(_, name)| !used.contains(*name)) {
        findings.push(Finding::new(
            PAGE,
            *line,
            format!("`{name}` is no dependency of any crate"),
            "remove the row, and the dependency from the workspace's table",
        ));
    }
    findings
}

/// Whether the Rust beside a manifest names the dependency's library.
fn is_used(house: &House, manifest: &File, name: &str) -> bool {
    let library = name.replace('-', "_");
    let beside = |file: &&File| file.path.starts_with(&format!("{}/", manifest.folder()));
    house.rust().filter(beside).filter(|file| file.text.contains(&library)).any(|file| {
        let mut is_named = false;
        rust::walk(&file.text, &mut |here| is_named |= here.is_word(0, &library));
        is_named
    })
}

/// The workspace's manifests; `bench/` is a workspace of its own.
fn is_manifest(path: &str) -> bool {
    path == "xtask/Cargo.toml" || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
}

/// The first cells of the page's tables, where they are names in code.
fn reasons(page: &str) -> impl Iterator<Item = (usize, &str)> {
    page.lines().enumerate().filter_map(|(index, line)| {
        let (name, _) = line.strip_prefix("| `")?.split_once('`')?;
        Some((index + 1, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_and_a_reason_without_a_dependency_are_found() {
        let manifest =
            "[dependencies]\nserde.workspace = true\nuuid = \"1\"\nannals-core = \"1\"\n";
        let house = House::with(&[
            ("crates/a/Cargo.toml", manifest),
            ("crates/b/Cargo.toml", manifest),
            ("crates/a/src/lib.rs", "use annals_core::serde; fn f(_: serde::A, _: uuid::B) {}"),
            ("crates/b/tests/all.rs", "use {annals_core::X, serde::A, uuid::B};"),
            (PAGE, "| name | what for |\n|---|---|\n| `serde` | x |\n| `rand` | y |\n"),
        ]);
        let places: Vec<(String, usize)> =
            check(&house).into_iter().map(|finding| (finding.path, finding.line)).collect();
        assert_eq!(places, [("crates/a/Cargo.toml".to_owned(), 3), (PAGE.to_owned(), 4)]);
    }

    #[test]
    fn a_dependency_that_no_line_uses_is_found() {
        let house = House::with(&[
            ("crates/a/Cargo.toml", "[dependencies]\nfutures-util = \"1\"\nserde = \"1\"\n"),
            ("crates/a/src/lib.rs", "use futures_util::Stream; // serde, and \"serde\""),
            ("crates/ab/src/lib.rs", "use serde::A;"),
            (PAGE, "| `futures-util` | x |\n| `serde` | x |\n"),
        ]);
        let lines: Vec<usize> = check(&house).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [3]);
    }
}
