//! `annals check` as its users see it: each rule's fixture, what the model refuses, exit codes.

use std::path::{Path, PathBuf};

use crate::common::annals;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Runs `annals check` in the folder, so that paths are as short as a user's: its exit code, and
/// what it printed with that.
fn check(folder: &Path, file: &str) -> (i32, String) {
    let seen = annals(folder, &["check", file]);
    let printed = format!("{}{}", seen.out, seen.err);
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    (seen.code, format!("{}\n\nexit code {}", lines.join("\n").trim_end(), seen.code))
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
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), check(&folder, &name).1);
    }
}

#[test]
fn a_model_that_does_not_resolve_is_refused_with_all_its_mistakes() {
    let folder = root("annals-model/tests/fixtures/resolve");
    insta::assert_snapshot!(check(&folder, "many-mistakes.yaml").1);
}

#[test]
fn both_examples_are_well() {
    for (example, summary) in [
        ("orders/architecture.yaml", "6 services, 4 aggregates, 18 events, 1 saga,"),
        ("rental", "2 services, 2 aggregates,"),
    ] {
        let (code, seen) = check(&root("../examples"), example);
        assert_eq!(code, 0, "{seen}");
        assert!(seen.contains("nothing found"), "{seen}");
        assert!(seen.contains(summary), "{seen}");
    }
}

#[test]
fn json_is_a_list_of_findings_for_programs() {
    let folder = root("annals-check/tests/fixtures");
    let seen = annals(&folder, &["check", "--json", "A0701-step-without-timeout.yaml"]);
    assert_eq!(seen.code, 1);
    let found: serde_json::Value = serde_json::from_str(&seen.out).expect("it is JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).expect("it is text"));
    assert_eq!(annals(&folder, &["check", "--json", "clean.yaml"]).json(), serde_json::json!([]));
}

#[test]
fn a_file_that_can_not_be_read_as_text_says_why_and_what_to_do() {
    let folder = crate::common::folder("unreadable");
    std::fs::write(folder.join("latin.yaml"), b"annals: 1\nname: caf\xe9\n").unwrap();
    let large = std::fs::File::create(folder.join("large.yaml")).unwrap();
    large.set_len(17 << 20).unwrap();
    insta::assert_snapshot!(
        ["latin.yaml", "large.yaml"].map(|file| check(&folder, file).1).join("\n\n")
    );
}

#[test]
fn files_of_environments_are_refused_wherever_the_check_begins() {
    let folder = crate::common::folder("environments-beside");
    std::fs::create_dir(folder.join("environments")).unwrap();
    std::fs::write(folder.join("system.yaml"), crate::common::ORDERS).unwrap();
    assert_eq!(check(&folder, "system.yaml").0, 0);
    std::fs::write(folder.join("environments/prod.yaml"), "dead_letters: {}\n").unwrap();
    for file in ["system.yaml", "."] {
        let (code, seen) = check(&folder, file);
        assert_eq!((code, seen.matches("A0021").count()), (1, 1), "{seen}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(check(&root("annals-check"), "missing.yaml").1);
}
