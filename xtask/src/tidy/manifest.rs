//! The dependencies that a `Cargo.toml` names, with their lines. Reads only the forms in which this
//! workspace writes them, one dependency a line or a table; it is no reader of TOML.

/// For what a dependency is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In what users run, or in its build.
    Normal,
    /// Only in tests, examples and benches.
    Dev,
    /// In the workspace's own table.
    Workspace,
}

/// One dependency as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package, even where it is renamed.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// From 1.
    pub(crate) line: usize,
}

/// Every dependency of the manifest, in the order of its lines.
pub(crate) fn dependencies(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut section = None;
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), index + 1);
        if let Some(header) = line.strip_prefix('[') {
            let (kind, name) = section_of(header.trim_end_matches(']'));
            section = kind;
            if let (Some(kind), Some(name)) = (kind, name) {
                found.push(Dependency { name, kind, line: number });
                // The lines of such a table are the dependency's settings.
                section = None;
            }
        } else if let (Some(kind), Some(name)) = (section, name_of(line)) {
            found.push(Dependency { name, kind, line: number });
        }
    }
    found
}

/// `dependencies`, `target.'cfg(unix)'.dev-dependencies`, `dependencies.serde`, …
fn section_of(header: &str) -> (Option<Kind>, Option<String>) {
    let sections = [
        ("workspace.dependencies", Kind::Workspace),
        ("dev-dependencies", Kind::Dev),
        ("build-dependencies", Kind::Normal),
        ("dependencies", Kind::Normal),
    ];
    for (word, kind) in sections {
        if let Some(at) = header.rfind(word) {
            let name = header[at + word.len()..].strip_prefix('.').map(str::to_owned);
            return (Some(kind), name);
        }
    }
    (None, None)
}

fn name_of(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    if key.starts_with('#') {
        return None;
    }
    // `alias = { package = "real" }`
    if let Some((_, package)) = value.split_once("package = \"") {
        return package.split('"').next().map(str::to_owned);
    }
    key.trim().split('.').next().map(|name| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        let text = "\
[package]
name = \"a\"
[dependencies]
serde.workspace = true
#old = \"1\"
short = { package = \"long\", version = \"1\" }
[dependencies.table]
version = \"1\"
[target.'cfg(unix)'.dev-dependencies]
insta = \"1\"
";
        let found: Vec<(String, Kind, usize)> =
            dependencies(text).into_iter().map(|d| (d.name, d.kind, d.line)).collect();
        let expected = [
            ("serde", Kind::Normal, 4),
            ("long", Kind::Normal, 6),
            ("table", Kind::Normal, 7),
            ("insta", Kind::Dev, 10),
        ];
        assert_eq!(found, expected.map(|(name, kind, line)| (name.to_owned(), kind, line)));
    }

    #[test]
    fn the_table_of_the_workspace_is_its_own_kind() {
        let found = dependencies("[workspace.dependencies]\nuuid = { version = \"1\" }\n");
        assert_eq!(found[0].kind, Kind::Workspace);
        assert_eq!(found[0].name, "uuid");
    }
}
