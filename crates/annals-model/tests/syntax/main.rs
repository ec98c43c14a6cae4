//! Strict YAML and the reads of single values: every code has a fixture, every trap has one
//! message, and no text whatever breaks the reader.

mod bounds;
mod laws;
mod places;
mod printer;
mod traps;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annals_model::{
    Diagnostic, FileId, Problems, SourceFile, Sources, all_codes, decode, load, yaml,
};
use printer::print;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/syntax").join(name)
}

fn fixtures() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(fixture(""))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths
}

/// What is wrong with a file: with a system, or with the values that its keys ask for.
fn diagnose(name: &str, text: String) -> (Vec<Diagnostic>, Sources) {
    let file = SourceFile { path: name.to_owned(), text };
    if file.text.contains("annals: 1") {
        let loaded = load(vec![file]);
        return (loaded.diagnostics, loaded.sources);
    }
    let mut problems = Problems::default();
    let root = yaml::parse(FileId(0), &file.text, &mut problems);
    for entry in decode::entries(&root, "values", &mut problems) {
        match &*entry.key {
            "size" => drop(decode::size(&entry.value, &mut problems)),
            "rate" => drop(decode::rate(&entry.value, &mut problems)),
            other => panic!("nothing reads {other}"),
        }
    }
    (problems.into_diagnostics(), Sources::new(vec![file]))
}

#[test]
fn every_code_has_a_fixture_that_reports_it() {
    let mut seen = bounds::codes();
    for path in fixtures() {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let (diagnostics, sources) = diagnose(&format!("{name}.yaml"), text);
        let printed = print(&diagnostics, &sources);
        let (code, _) = name.split_once('-').expect("CODE-slug.yaml");
        let codes: BTreeSet<&str> = diagnostics.iter().map(|d| d.code.0).collect();
        assert_eq!(codes, BTreeSet::from([code]), "{name}:\n{printed}");
        seen.insert(code.to_owned());
        insta::assert_snapshot!(name, printed);
    }
    let known: BTreeSet<String> = all_codes()
        .map(|(code, _, _)| code.0.to_owned())
        .filter(|code| code.as_str() < "A0200")
        .collect();
    assert_eq!(known.difference(&seen).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn no_code_stands_for_two_things() {
    let mut codes: Vec<&str> = all_codes().map(|(code, _, _)| code.0).collect();
    codes.sort_unstable();
    let twice: Vec<_> = codes.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
