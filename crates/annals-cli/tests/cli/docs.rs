//! What README and `docs/` show is true: every YAML block loads or passes, every JSON block has the
//! shape of the answer that it stands for, every shell block runs, every quoted finding is printed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{ANNALS, Running, annals, folder, pasted};

const ADDRESS: &str = "127.0.0.1:7070";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A fenced block.
#[derive(Debug)]
struct Block {
    language: String,
    text: String,
    /// `file:line`
    place: String,
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let place = format!("{}:{}", page.display(), number + 1);
                open = Some(Block { language: language.into(), text: String::new(), place });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block doesn't end", page.display());
    blocks
}

/// A folder to run examples in: the example systems, and `annals` and `cargo` on the path.
struct Place {
    folder: PathBuf,
    system: Option<Running>,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = folder(&format!("docs-{name}"));
        fs::create_dir(folder.join("bin")).unwrap();
        for example in ["orders", "rental"] {
            let copy = folder.join("examples").join(example);
            fs::create_dir_all(&copy).unwrap();
            for entry in fs::read_dir(root().join("examples").join(example)).unwrap() {
                let from = entry.unwrap().path();
                if from.is_file() {
                    fs::copy(&from, copy.join(from.file_name().unwrap())).unwrap();
                }
            }
        }
        std::os::unix::fs::symlink(ANNALS, folder.join("bin/annals")).unwrap();
        // The two commands of the README: the demo for real, if a shorter one; the tests are this.
        let cargo = "#!/bin/sh\ncase \"$*\" in\n\
             'run --release -- demo') exec annals demo --orders 100 --exit --listen 127.0.0.1:0;;\n\
             'xtask test') exit 0;;\n\
             *) echo \"cargo $*: no command of these pages\" >&2; exit 1;;\nesac\n";
        fs::write(folder.join("bin/cargo"), cargo).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder.join("bin/cargo"), executable).unwrap();
        Self { folder, system: None }
    }

    /// Runs a script as it would be pasted; what it printed.
    fn run(&mut self, block: &Block) -> String {
        let mut script = block.text.clone();
        if script.contains(ADDRESS) {
            script = script.replace(ADDRESS, self.address());
        }
        pasted(&self.folder, &script)
    }

    /// Where the order system runs; starts it.
    fn address(&mut self) -> &str {
        let start = || Running::start(&self.folder, &["examples/orders/architecture.yaml"]);
        &self.system.get_or_insert_with(start).address
    }
}

#[test]
fn every_yaml_block_loads_or_passes() {
    let mut seen = 0;
    for block in pages().iter().flat_map(|page| blocks(page)) {
        if block.language != "yaml" {
            continue;
        }
        seen += 1;
        let place = Place::new(&format!("yaml-{seen}"));
        let seen = if block.text.starts_with("annals:") {
            fs::write(place.folder.join("file.yaml"), &block.text).unwrap();
            annals(&place.folder, &["check", "file.yaml"])
        } else {
            // Cases of the order system.
            fs::write(place.folder.join("examples/orders/shown.test.yaml"), &block.text).unwrap();
            annals(&place.folder, &["test", "examples/orders/architecture.yaml"])
        };
        assert_eq!(seen.code, 0, "{}:\n{}{}", block.place, seen.out, seen.err);
    }
    assert!(seen >= 2);
}

#[test]
fn every_shell_block_runs_and_every_json_block_has_the_shape_of_its_answer() {
    let mut seen = (0, 0);
    for page in pages() {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        let blocks = blocks(&page);
        if !blocks.iter().any(|block| ["sh", "json"].contains(&&*block.language)) {
            continue;
        }
        let mut place = Place::new(&name);
        let mut printed = String::new();
        for block in &blocks {
            match &*block.language {
                "sh" => {
                    printed = place.run(block);
                    seen.0 += 1;
                }
                "json" => {
                    let shown: Value = serde_json::from_str(&block.text).expect(&block.place);
                    let got: Value = serde_json::from_str(&printed).expect(&block.place);
                    assert_eq!(shape(&shown, &got), "", "{}: {got:#}", block.place);
                    seen.1 += 1;
                }
                _ => {}
            }
        }
    }
    assert!(seen.0 >= 6 && seen.1 >= 1, "{seen:?}");
}

/// Where the two differ in keys or kinds of values; empty where they don't.
fn shape(shown: &Value, got: &Value) -> String {
    match (shown, got) {
        (Value::Object(shown), Value::Object(got)) => {
            let keys = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<BTreeSet<_>>()
            };
            if keys(shown) != keys(got) {
                return format!("keys {:?}, got {:?}", keys(shown), keys(got));
            }
            shown.iter().map(|(key, value)| shape(value, &got[key])).collect()
        }
        (Value::Array(shown), Value::Array(got)) => match (shown.first(), got.first()) {
            (Some(shown), Some(got)) => shape(shown, got),
            _ => String::new(),
        },
        _ if std::mem::discriminant(shown) == std::mem::discriminant(got) => String::new(),
        _ => format!("{shown}, got {got}"),
    }
}

#[test]
fn every_finding_that_is_quoted_is_printed() {
    let place = Place::new("quoted");
    let file = place.folder.join("examples/orders/architecture.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("        compensate: RefundPayment\n", "")).unwrap();
    let seen = annals(&place.folder.join("examples/orders"), &["check", "architecture.yaml"]);
    let said: Vec<&str> = seen.err.lines().map(str::trim_end).collect();
    let said = said.join("\n");
    let mut seen = 0;
    for block in pages().iter().flat_map(|page| blocks(page)) {
        if block.text.starts_with("warning[") || block.text.starts_with("error[") {
            seen += 1;
            assert!(said.contains(block.text.trim()), "{}:\n{said}", block.place);
        }
    }
    assert!(seen >= 1);
}

#[test]
fn blocks_are_of_a_kind_that_is_proven() {
    let known = ["yaml", "json", "sh", "text", "rust", "sql"];
    for block in pages().iter().flat_map(|page| blocks(page)) {
        assert!(known.contains(&&*block.language), "{}: '{}'", block.place, block.language);
    }
}
