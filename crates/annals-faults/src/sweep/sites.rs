//! Every `failpoint!` of the sources, so that one that is added is swept by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a site is written. In two parts, so that this file has none.
const WRITTEN: &str = concat!("failpoint", "!(");

/// A place where a process may be made to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The crate that it is in.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Whether it may fail with an error too.
    pub fails: bool,
}

/// All sites of the crates, in the order of their files.
///
/// # Errors
/// A file can't be read, a name stands twice.
pub fn all() -> Result<Vec<Site>, String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sites = Vec::new();
    for folder in listed(&crates)? {
        let owner = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files)?;
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|error| at(&file, &error))?;
            sites.extend(found(&owner, &text));
        }
    }
    let mut names = BTreeSet::new();
    match sites.iter().find(|site| !names.insert(&site.name)) {
        Some(twice) => Err(format!("two places are called {}", twice.name)),
        None => Ok(sites),
    }
}

/// Those of a text, comments aside.
fn found(owner: &str, text: &str) -> Vec<Site> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let site = |rest: &str| {
        let (name, behind) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let fails = behind.trim_start().starts_with(',');
        Some(Site { owner: owner.to_owned(), name: name.to_owned(), fails })
    };
    code.split(WRITTEN).skip(1).filter_map(site).collect()
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for path in listed(folder)? {
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// What is in a folder, in order.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_found_however_they_are_laid_out_and_comments_are_none() {
        let text = "// %\"a.b\");\n%\"c.d\");\n  %\n    \"e.f\",\n    |error| return);\n"
            .replace('%', WRITTEN);
        let site = |name: &str, fails| Site { owner: "o".into(), name: name.into(), fails };
        assert_eq!(found("o", &text), [site("c.d", false), site("e.f", true)]);
    }

    #[test]
    fn names_are_unique_and_say_where_they_are() {
        let sites = all().unwrap();
        assert!(sites.len() >= 12, "{sites:?}");
        for site in sites {
            let (place, what) = site.name.split_once('.').unwrap();
            let word = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            };
            assert!(word(place) && word(what), "{site:?}");
        }
    }
}
