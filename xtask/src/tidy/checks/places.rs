//! Nothing of the machine that it was written on is in the tree: no path, no mirror of a registry.

use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};

/// Folders of one machine. In two parts, so that this table isn't a finding itself.
const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Words in the name of a host that serves packages to one company only.
const MIRRORS: &[&str] = &["mirror", "proxy", "registry", "artifactory", "nexus", "pypi", "crates"];

/// Hosts with such a word that are for all.
const PUBLIC: &[&str] =
    &["crates.io", "index.crates.io", "static.crates.io", "registry.npmjs.org", "proxy.golang.org"];

/// Where the lock file's crates come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &house.files {
        for (number, line) in file.lines() {
            if let Some((reason, cure)) = place(file, line) {
                findings.push(Finding::new(&file.path, number, reason, cure));
            }
        }
    }
    findings
}

fn place(file: &File, line: &str) -> Option<(String, &'static str)> {
    if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
        let reason = format!("`{folder}` is a folder of one machine");
        return Some((reason, "write the path from the root of the workspace"));
    }
    if file.name() == "Cargo.lock" {
        let source = line.strip_prefix("source = ")?.trim_matches('"');
        let reason = format!("a crate from `{source}`, which others can't reach");
        return (source != CRATES_IO).then_some((reason, "take it from crates.io"));
    }
    let host = hosts(line).find(|host| is_mirror(host))?;
    Some((
        format!("`{host}` serves packages to one machine's network"),
        "leave it to cargo's own set-up",
    ))
}

/// As the beginning of a path, not as a part of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}>".contains(c)))
}

fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.split("://").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-');
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn is_mirror(host: &str) -> bool {
    let mut words = host.split(['.', '-']);
    !PUBLIC.contains(&host) && words.any(|word| MIRRORS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&House::with(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn folders_of_a_machine_are_found() {
        let text = "see %main/a\n\"%x\"\nhttps://example.com%x\n./a%x\n".replace('%', FOLDERS[0]);
        assert_eq!(lines("README.md", &text), [1, 2]);
    }

    #[test]
    fn mirrors_are_found() {
        // Written so that this file isn't a finding itself.
        let text = "url = \"https:#pypi.example.com/x\"\nhttps:#crates.io\nhttps:#proxy.lan\n";
        assert_eq!(lines("a.toml", &text.replace('#', "//")), [1, 3]);
        let lock = format!("source = \"{CRATES_IO}\"\nsource = \"git+https:#example.com/a\"\n");
        assert_eq!(lines("Cargo.lock", &lock.replace('#', "//")), [2]);
    }
}
