//! `annals report` and `annals schema`: exactly the keys and shapes that others build on.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::annals;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn report(arguments: &[&str]) -> Value {
    annals(root(), &[&["report"], arguments].concat()).json()
}

#[test]
fn the_report_of_the_order_system() {
    let report = report(&["examples/orders/architecture.yaml"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn the_report_of_a_system_of_another_shape() {
    let report = report(&["examples/rental"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn the_summary_counts_topics_and_projections_that_carry_and_read_an_aggregate() {
    let summaries = report(&["examples/orders/architecture.yaml", "--summary"]);
    let order = &summaries[0];
    let counted = [&order["aggregate"], &order["topics"], &order["projections"], &order["saga"]];
    assert_eq!(counted, [&"Order".into(), &4.into(), &2.into(), &Value::from("OrderFulfillment")]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&summaries).unwrap());
}

#[test]
fn a_policy_that_is_written_in_part_lists_the_defaults_of_the_rest() {
    let folder = crate::common::folder("report-defaults");
    let system = "annals: 1\nname: shop\nservices: { sales: {} }\n";
    let policy = "dead_letters: { max_retries: 5, cap: 1m }\n";
    std::fs::write(folder.join("system.yaml"), format!("{system}{policy}")).unwrap();
    let report = annals(&folder, &["report", "system.yaml"]).json();
    let defaults = report["annals"]["defaults"].as_array().expect("it is a list");
    let listed: Vec<&str> = defaults.iter().filter_map(|d| d["what"].as_str()).collect();
    assert_eq!(listed, ["dead_letters.backoff", "dead_letters.base", "dead_letters.retention"]);
}

#[test]
fn the_committed_schema_is_the_languages() {
    let committed = std::fs::read_to_string(root().join("docs/annals.schema.json")).unwrap();
    let seen = annals(root(), &["schema"]);
    assert_eq!(seen.code, 0);
    let cure = "run `annals schema > docs/annals.schema.json`";
    assert_eq!(committed, seen.out, "{cure}");
}

/// What `annals-cli` is built of; editors and auditors count too.
#[test]
fn the_command_line_depends_on_at_most_150_crates() {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(root()).args(["tree", "-p", "annals-cli", "-e", "normal,build"]);
    let output = tree.args(["--prefix", "none", "--offline", "-f", "{p}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    let crates = listed.lines().map(|line| line.split(" (").next().unwrap_or(line));
    let distinct: std::collections::BTreeSet<&str> = crates.collect();
    assert!(distinct.len() > 20, "{listed}");
    assert!(distinct.len() <= 150, "{} crates", distinct.len());
}
