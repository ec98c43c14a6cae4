//! What holds of every text.

use annals_model::yaml::{Kind, Node, Scalar, SpanMap};
use annals_model::{FileId, Problems, SourceFile, Span, load, yaml};
use proptest::prelude::*;

const ORDERS: &str = include_str!("../../../../examples/orders/architecture.yaml");

/// Pieces of texts that mean something to YAML or to expressions.
const PIECES: [&str; 40] = [
    "\n", "\n  ", "\n    - ", ": ", ":", "- ", "? ", ", ", "{", "}", "[", "]", "(", ")", "'", "\"",
    "\\", "#", " #", "!", "&a ", "*a", "|\n", ">-\n", "---\n", "...\n", "%", "@", "`", "=", "a",
    "b.c", " == ", " && ", "é", "😀", "\u{feff}", "\r\n", "\t", "<<: ",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let mut problems = Problems::default();
    let root = yaml::parse(FileId(0), text, &mut problems);
    node(text, &root)?;
    for diagnostic in problems.into_diagnostics() {
        prop_assert!(!diagnostic.cure.is_empty() && !diagnostic.why.is_empty());
        for label in &diagnostic.labels {
            piece(text, label.span)?;
        }
    }
    let loaded = load(vec![SourceFile { path: "a.yaml".into(), text: text.to_owned() }]);
    prop_assert_eq!(loaded.model.is_some(), loaded.diagnostics.is_empty());
    Ok(())
}

fn piece(text: &str, span: Span) -> Result<&str, TestCaseError> {
    let piece = text.get(span.start as usize..span.end as usize);
    piece.ok_or_else(|| TestCaseError::fail(format!("{span:?} of {text:?}")))
}

/// Every place is one of the text, and what is said to be exact is.
fn node(text: &str, node: &Node) -> Result<(), TestCaseError> {
    piece(text, node.span)?;
    match &node.kind {
        Kind::Scalar(Scalar { text: read, content: SpanMap::Exact(_), .. }) => {
            let Kind::Scalar(scalar) = &node.kind else { unreachable!() };
            let span = scalar.content.span(node.span, 0, read.len());
            prop_assert_eq!(piece(text, span)?, &**read);
        }
        Kind::List(items) => items.iter().try_for_each(|item| self::node(text, item))?,
        Kind::Map(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                let written = piece(text, entry.key_span)?;
                // Empty lines before a block are no part of its place, and the end of the file
                // stands for its last line break.
                prop_assert!(
                    written.contains(entry.key.trim_matches('\n'))
                        || written.starts_with(['"', '\'', '|', '>'])
                        || written.contains(['\n', '\r'])
                );
                prop_assert!(!entries[..at].iter().any(|other| other.key == entry.key));
                self::node(text, &entry.value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A tree as JSON, which is YAML.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    let text = "[a-z!&*#:,{}\\[\\] '=()é-]{1,12}";
    let leaf = text.prop_map(serde_json::Value::from);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::btree_map(text, inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        Kind::Scalar(scalar) => (*scalar.text).into(),
        Kind::List(items) => items.iter().map(json).collect::<Vec<_>>().into(),
        Kind::Map(entries) => serde_json::Value::Object(
            entries.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect(),
        ),
        Kind::Null | Kind::Poisoned => serde_json::Value::Null,
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) }
}

/// A key may be a block, whose first and last line breaks aren't part of its place.
#[test]
fn a_key_that_is_a_block_is_read_or_complained_about() -> Result<(), TestCaseError> {
    check("? |\n #")?;
    check("? |\n\n    - ")?;
    check("? >\n a\n b")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_read_or_complained_about(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_pieces_of_yaml_are_read_or_complained_about(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60),
    ) {
        check(&pieces.concat())?;
    }

    #[test]
    fn a_file_with_a_piece_put_in_or_taken_out_is_read_or_complained_about(
        at in 0..ORDERS.len(),
        gone in 0_usize..12,
        piece in prop::sample::select(&PIECES[..]),
    ) {
        let end = (at + gone).min(ORDERS.len());
        prop_assume!(ORDERS.is_char_boundary(at) && ORDERS.is_char_boundary(end));
        check(&format!("{}{piece}{}", &ORDERS[..at], &ORDERS[end..]))?;
    }

    #[test]
    fn what_is_quoted_is_read_as_it_was_written(tree in tree()) {
        let text = serde_json::to_string(&tree).expect("it is JSON");
        let mut problems = Problems::default();
        let root = yaml::parse(FileId(0), &text, &mut problems);
        prop_assert!(problems.is_empty(), "{:?}", problems);
        prop_assert_eq!(json(&root), tree);
    }
}
