//! The schema as an editor uses it: a validator that isn't ours, on values that a YAML reader that
//! isn't ours makes of the examples. What is right is never underlined; common mistakes are.

use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A document by YAML's core schema.
fn value(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("it is YAML");
    json(&documents[0])
}

fn json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(it)) => (*it).into(),
        Yaml::Value(Scalar::Integer(it)) => (*it).into(),
        Yaml::Value(Scalar::FloatingPoint(it)) => it.into_inner().into(),
        Yaml::Value(Scalar::String(it)) => (&**it).into(),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let key = |key: &Yaml<'_>| match json(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let fields = entries.iter().map(|(name, it)| (key(name), json(it)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => panic!("an architecture holds no {other:?}"),
    }
}

/// What an editor would underline.
fn underlined(text: &str) -> Vec<String> {
    let schema = annals_generate::language_schema();
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let text = value(text);
    validator.iter_errors(&text).map(|it| it.to_string()).collect()
}

fn examples() -> Vec<PathBuf> {
    let folders = ["orders", "rental"].map(|name| root().join("examples").join(name));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| !path.to_string_lossy().ends_with(".test.yaml")).collect()
}

#[test]
fn the_examples_are_never_underlined() {
    let mut seen = 0;
    for path in examples() {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(underlined(&text), [""; 0], "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 5, "{seen} files");
}

#[test]
fn what_the_readme_shows_is_never_underlined() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, block) = page.split_once("```yaml\n").expect("it shows a file");
    let (block, _) = block.split_once("```").expect("the block ends");
    assert_eq!(underlined(block), [""; 0]);
}

#[test]
fn common_mistakes_are_underlined() {
    let orders = fs::read_to_string(root().join("examples/orders/architecture.yaml")).unwrap();
    for (from, to) in [
        ("    service: ordering\n    id:", "    servise: ordering\n    id:"),
        ("annals: 1\n", "annals: 2\n"),
        ("update: eventual", "update: sometimes"),
        ("use: analytics", "use: analysis"),
        ("steps:\n", "stages:\n"),
        ("backoff: exponential", "backoff: cubic"),
        ("max_retries: 3", "max_retries: [3]"),
        ("emit: OrderCreated", "emits: OrderCreated"),
        ("versions: { 1: { amount_cents: Cents } }", "versions: [{ amount_cents: Cents }]"),
    ] {
        assert!(orders.contains(from), "{from}");
        let found = underlined(&orders.replacen(from, to, 1));
        assert!(!found.is_empty(), "{to} isn't underlined");
    }
}
