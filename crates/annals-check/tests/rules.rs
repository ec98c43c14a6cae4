//! Every rule finds what its fixtures were made for and nothing else; what lies nearest to it and
//! is well stays unnamed. How findings look is in the snapshots of `annals check`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annals_check::{CODES, check};
use annals_model::{Diagnostic, SourceFile, load};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the file is there")
}

fn found(files: Vec<(String, String)>) -> Vec<Diagnostic> {
    let files = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let loaded = load(files);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    check(&loaded.model.expect("nothing is wrong with it"))
}

fn found_in(text: String) -> Vec<Diagnostic> {
    found(vec![("shop.yaml".into(), text)])
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root(folder)).expect("the folder is there");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.retain(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".yaml") && !name.ends_with(".test.yaml")
    });
    paths.sort();
    paths
}

#[test]
fn every_code_has_fixtures_that_earn_it_and_no_other() {
    let mut seen = BTreeSet::new();
    for path in files("tests/fixtures") {
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let Some((code, _)) = name.split_once('-') else { continue };
        let diagnostics = found_in(text(&path));
        let codes: BTreeSet<&str> = diagnostics.iter().map(|d| d.code.0).collect();
        assert_eq!(codes, BTreeSet::from([code]), "{name}: {diagnostics:?}");
        for d in &diagnostics {
            assert!(!d.why.is_empty() && !d.cure.is_empty(), "{name}: {d:?}");
        }
        seen.insert(code.to_owned());
    }
    let known: BTreeSet<String> = CODES.iter().map(|(code, _, _)| code.0.to_owned()).collect();
    assert_eq!(seen, known);
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert_eq!(found_in(text(&root("tests/fixtures/clean.yaml"))), []);
}

#[test]
fn nothing_is_found_in_the_examples() {
    for folder in ["../../examples/orders", "../../examples/rental"] {
        let named = |path: PathBuf| (path.to_string_lossy().into_owned(), text(&path));
        assert_eq!(found(files(folder).into_iter().map(named).collect()), [], "{folder}");
    }
}

/// The clean system with one line changed, and whether a rule has something to say of it.
fn changed(from: &str, to: &str) -> Vec<&'static str> {
    let clean = text(&root("tests/fixtures/clean.yaml"));
    assert!(clean.contains(from), "{from}");
    found_in(clean.replace(from, to)).iter().map(|d| d.code.0).collect()
}

#[test]
fn a_condition_that_some_state_meets_is_met() {
    let when = |condition: &str| changed(r#"when: state.status == "new""#, condition);
    assert_eq!(when(r#"when: 'state.status in ["new", "placed"]'"#), [""; 0]);
    assert_eq!(when(r#"when: state.status == "paid" || state.status == "placed""#), [""; 0]);
    assert_eq!(when(r#"when: '"paid" == state.status'"#), ["A0705"]);
    assert_eq!(when(r#"when: state.status != "paid" && state.status == "paid""#), ["A0705"]);
    // A negation, and a way around by another field, tell nothing.
    assert_eq!(when(r#"when: "!(state.status == 'paid')""#), [""; 0]);
    assert_eq!(when(r#"when: state.status == "paid" || meta.actor == "x""#), [""; 0]);
}

#[test]
fn an_event_that_only_a_consumer_reads_is_applied() {
    assert_eq!(
        changed(
            "Shipped: { versions: { 1: {} }, set: { sent: true } }",
            "Shipped: { versions: { 1: {} } }"
        ),
        [""; 0]
    );
}
