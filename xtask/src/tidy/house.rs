//! The tree as the checks see it: paths and texts, read once. Which files are tests is decided
//! here; rules are not.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::rust;

/// Every text file that git knows or would take.
#[derive(Debug, Default)]
pub(crate) struct House {
    pub(crate) files: Vec<File>,
    /// Paths of modules that are declared behind `#[cfg(test)]`.
    test_modules: BTreeSet<String>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root of the workspace, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl House {
    /// Reads the tree at `root`.
    ///
    /// # Errors
    /// A sentence that names the file or the folder.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        // A release's archive has no .git, and git refuses the checkout of another user.
        let paths = match listed(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        let mut files = Vec::new();
        for path in paths {
            let bytes = match std::fs::read(root.join(&path)) {
                Ok(bytes) => bytes,
                // Deleted, and git doesn't know yet.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("{path}: {error}")),
            };
            // What isn't text holds nothing for a reader of lines.
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.push(File { path, text });
        }
        Ok(Self::of(files))
    }

    pub(crate) fn of(mut files: Vec<File>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let test_modules = files.iter().flat_map(test_modules).collect();
        Self { files, test_modules }
    }

    /// A tree of `(path, text)` pairs.
    #[cfg(test)]
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self::of(files.iter().map(file).collect())
    }

    /// The Rust files, but for fixtures.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs") && !file.is_under("fixtures"))
    }

    /// Tests, benchmarks, and modules that only tests see.
    pub(crate) fn is_test(&self, file: &File) -> bool {
        file.is_under("tests") || file.is_under("benches") || self.test_modules.contains(&file.path)
    }

    /// Whether a file or a folder of this path is there.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        self.files.iter().any(|file| file.path == path || file.path.starts_with(&folder))
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Whether one of the folders above it has this name.
    pub(crate) fn is_under(&self, folder: &str) -> bool {
        self.folder().split('/').any(|part| part == folder)
    }

    /// The folder, without a `/` at its end.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name)
    }

    /// The crate that it belongs to, of those under `crates/`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split_once('/').map(|(name, _)| name)
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Where the modules live that `file` declares behind `#[cfg(test)]`.
fn test_modules(file: &File) -> Vec<String> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let stem = file.name().trim_end_matches(".rs");
    let folder = match stem {
        "lib" | "main" | "mod" => file.folder().to_owned(),
        _ => format!("{}/{stem}", file.folder()),
    };
    rust::test_modules(&file.text)
        .into_iter()
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")])
        .collect()
}

fn listed(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let paths: BTreeSet<String> =
        text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    Some(paths.into_iter().collect())
}

fn walked(root: &Path) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(root.join(&folder));
        for entry in entries.map_err(|error| format!("{folder}: {error}"))? {
            let entry = entry.map_err(|error| format!("{folder}: {error}"))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type().map_err(|error| format!("{path}: {error}"))?;
            if kind.is_dir() && ![".git", "target"].contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_their_folder_and_by_their_declaration() {
        let house = House::with(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod proof;\nmod real;"),
            ("crates/a/src/proof.rs", ""),
            ("crates/a/src/real.rs", "#[cfg(test)]\nmod tests;"),
            ("crates/a/src/real/tests.rs", ""),
            ("crates/a/tests/all.rs", ""),
        ]);
        let tests: Vec<&str> = house
            .files
            .iter()
            .filter(|file| house.is_test(file))
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(
            tests,
            ["crates/a/src/proof.rs", "crates/a/src/real/tests.rs", "crates/a/tests/all.rs"]
        );
    }

    #[test]
    fn folders_and_files_are_held() {
        let house = House::with(&[("docs/a.md", "")]);
        assert!(house.holds("docs/a.md") && house.holds("docs") && house.holds(""));
        assert!(!house.holds("doc") && !house.holds("docs/b.md"));
    }

    #[test]
    fn a_tree_without_git_is_walked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let paths = walked(root).unwrap();
        assert!(paths.contains(&"src/tidy/house.rs".to_owned()), "{paths:?}");
    }
}
