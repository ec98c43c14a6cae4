//! `annals check` as its users see it: each rule's fixture, what the model refuses, exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Runs `annals check` in the folder, so that paths are as short as a user's.
fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut annals = Command::new(env!("CARGO_BIN_EXE_annals"));
    annals.current_dir(folder).arg("check").args(arguments).output().expect("annals starts")
}

/// Exit code, standard output, standard error.
fn seen(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let code = output.status.code().expect("it ended by itself");
    let lines = format!("{out}{err}");
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    format!("{}\n\nexit code {code}", lines.join("\n").trim_end())
}

#[test]
fn what_the_rules_find_is_shown_with_its_place_its_reason_and_its_cure() {
    let folder = root("annals-check/tests/fixtures");
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in names {
        let output = check(&folder, &[&name]);
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), seen(&output));
    }
}

#[test]
fn a_model_that_does_not_resolve_is_refused_with_all_its_mistakes() {
    let output = check(&root("annals-model/tests/fixtures/resolve"), &["many-mistakes.yaml"]);
    insta::assert_snapshot!(seen(&output));
}

#[test]
fn both_examples_are_well() {
    for (example, summary) in [
        ("orders/architecture.yaml", "6 services, 4 aggregates, 18 events, 1 saga,"),
        ("rental", "2 services, 2 aggregates,"),
    ] {
        let output = check(&root("../examples"), &[example]);
        let seen = seen(&output);
        assert!(output.status.success(), "{seen}");
        assert!(seen.contains("nothing found"), "{seen}");
        assert!(seen.contains(summary), "{seen}");
    }
}

#[test]
fn json_is_a_list_of_findings_for_programs() {
    let folder = root("annals-check/tests/fixtures");
    let output = check(&folder, &["--json", "A0701-step-without-timeout.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).expect("it is text"));
    let clean = check(&folder, &["--json", "clean.yaml"]);
    assert!(clean.status.success());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(seen(&check(&root("annals-check"), &["missing.yaml"])));
}
