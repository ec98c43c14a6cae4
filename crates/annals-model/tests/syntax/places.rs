//! Places of values, and values read by what a place asks for.

use annals_model::yaml::{self, Kind, Node};
use annals_model::{FileId, Problems, SourceFile, Sources, Span, decode};

fn parse(text: &str) -> Node {
    let mut problems = Problems::default();
    let root = yaml::parse(FileId(0), text, &mut problems);
    assert!(problems.is_empty(), "{:?}", problems.into_diagnostics());
    root
}

fn value<'n>(root: &'n Node, key: &str) -> &'n Node {
    let Kind::Map(entries) = &root.kind else { panic!("no map") };
    &entries.iter().find(|entry| &*entry.key == key).expect("the key is there").value
}

#[test]
fn every_place_is_exact_in_bytes() {
    let text = "größe: größer # µ\n\
                \"käse\": 'it''s' \r\n\
                list:\n  - é\n  - { ü: [ö, \"a\\tb\"] }\n\
                block: |\n  ä\n  b\n\
                empty:\n";
    let mut printed = Vec::new();
    show(text, &parse(text), 0, &mut printed);
    insta::assert_snapshot!(printed.join("\n"));
}

fn show(text: &str, node: &Node, depth: usize, printed: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let written = |span: Span| format!("{:?}", &text[span.start as usize..span.end as usize]);
    match &node.kind {
        Kind::Scalar(scalar) => {
            let place = written(node.span);
            let inner = scalar.content.span(node.span, 0, scalar.text.len());
            let (style, read) = (scalar.style, &scalar.text);
            printed.push(format!("{indent}{place} {style:?} {read:?} at {}", written(inner)));
        }
        Kind::List(items) => {
            printed.push(format!("{indent}list {}", written(node.span)));
            items.iter().for_each(|item| show(text, item, depth + 1, printed));
        }
        Kind::Map(entries) => {
            printed.push(format!("{indent}map {}", written(node.span)));
            for entry in entries {
                printed.push(format!("{indent}  {} is", written(entry.key_span)));
                show(text, &entry.value, depth + 2, printed);
            }
        }
        Kind::Null => printed.push(format!("{indent}null {}", written(node.span))),
        Kind::Poisoned => printed.push(format!("{indent}poisoned")),
    }
}

#[test]
fn what_stands_behind_a_directive_is_read_where_it_is() {
    let text = " # über\n...\n%é|\n%YAML 1.1\n---\ngröße: [ü\n";
    let mut problems = Problems::default();
    yaml::parse(FileId(0), text, &mut problems);
    let found: Vec<_> = problems
        .into_diagnostics()
        .iter()
        .map(|said| (said.message.clone(), &text[said.labels[0].span.start as usize..]))
        .map(|(message, rest)| format!("{message}: {}", rest.lines().next().unwrap_or("")))
        .collect();
    assert_eq!(
        found,
        ["a directive stands here: %é|", "a `[` isn't closed, or a comma is missing: ü"]
    );
}

#[test]
fn lines_and_columns_are_counted_as_people_do() {
    let text = "a: 1\ngröße: 2\r\nb: 3\n";
    let sources = Sources::new(vec![SourceFile { path: "x.yaml".into(), text: text.into() }]);
    let place = |word: &str| {
        let start = text.find(word).expect("it is there") as u32;
        sources.locate(Span { file: FileId(0), start, end: start + 1 })
    };
    assert_eq!(place("a"), ("x.yaml", 1, 1));
    assert_eq!(place("2"), ("x.yaml", 2, 8));
    assert_eq!(place("3"), ("x.yaml", 3, 4));
}

#[test]
fn where_text_is_asked_everything_is_text() {
    for text in ["no", "on", "1.10", "12:30", "00123", "null", "~", "true", "0x1F", "2026-01-01"] {
        let root = parse(&format!("a: {text}\n"));
        let mut problems = Problems::default();
        let read = decode::text(value(&root, "a"), &mut problems).expect("it is text");
        assert_eq!((&*read.value, problems.len()), (text, 0));
    }
}

#[test]
fn units_are_read_exactly_or_not_at_all() {
    fn read<T>(
        text: &str,
        decode: fn(&Node, &mut Problems) -> Option<annals_model::Spanned<T>>,
    ) -> Option<T> {
        let (root, mut problems) = (parse(&format!("a: {text}\n")), Problems::default());
        let read = decode(value(&root, "a"), &mut problems).map(|read| read.value);
        assert_eq!(read.is_none(), problems.len() == 1, "{text}");
        read
    }
    assert_eq!(read("7d", decode::duration), Some(604_800_000_000));
    assert_eq!(read("500ms", decode::duration), Some(500_000));
    assert_eq!(read("1.5h", decode::duration), None);
    assert_eq!(read("10", decode::duration), None);
    assert_eq!(read("256KiB", decode::size), Some(262_144));
    assert_eq!(read("1MiB", decode::size), Some(1_048_576));
    assert_eq!(read("17179869184GiB", decode::size), None);
    assert_eq!(read("KiB", decode::size), None);
    assert_eq!(read("1kb", decode::size), None);
    assert_eq!(read("500/s", decode::rate), Some((500, 1_000_000)));
    assert_eq!(read("30/m", decode::rate), Some((30, 60_000_000)));
    assert_eq!(read("-1/s", decode::rate), None);
    assert_eq!(read("/s", decode::rate), None);
    assert_eq!(read("-9223372036854775808", decode::int), Some(i64::MIN));
    assert_eq!(read("9223372036854775808", decode::int), None);
    assert_eq!(read("+1", decode::int), None);
    assert_eq!(read("yes", decode::boolean), None);
}

#[test]
fn names_are_what_expressions_and_stores_can_say() {
    for name in ["a", "Order", "order_id", "v2", &"a".repeat(63)] {
        assert!(decode::is_name(name), "{name}");
    }
    for name in ["", "2a", "_a", "a-b", "a.b", "größe", "a b", &"a".repeat(64)] {
        assert!(!decode::is_name(name), "{name}");
    }
}

/// The parser's own texts speak of scalars and nodes, which no file's author knows.
#[test]
fn a_mistake_of_syntax_is_told_in_the_words_of_the_file() {
    let mut printed = String::new();
    for text in [
        "a: ,\n",
        "a: ]\n",
        "a: ? b\n",
        "a: - b\n",
        "a: [b, -[c]]\n",
        "a: |x\n  b\n",
        "a: |\n  b\n c\n",
        "a: |\n\tb\n",
        "a: b # c\n  d\n",
        "a: %b\n",
        "a: \"\\xZZ\"\n",
        "a: \"\\ud800\"\n",
        "a: \"\\q\"\n",
        "a: \"b\nc\"\n",
        "a: !<b\n",
        "a: & b\n",
        "a: b\n\u{feff}c: d\n",
        "a: [b\nc: d]\n",
        "a: {b c: d}\n",
        "a: b\n--- c: d\n",
        "a: \"b\"c\n",
        "? a\n  b: c\n d\n",
        "a: 'b\n---\n'\n",
        "a: b\n... c\n",
    ] {
        let mut problems = Problems::default();
        yaml::parse(FileId(0), text, &mut problems);
        for found in problems.into_diagnostics() {
            printed += &format!("{text:?}\n    {}\n    {}\n", found.message, found.cure);
        }
    }
    for word in ["scalar", "node", "mapping", "sequence", "expected", "found"] {
        assert!(!printed.contains(word), "{word} in\n{printed}");
    }
    insta::assert_snapshot!(printed.trim_end());
}

#[test]
fn what_stands_before_a_mistake_of_syntax_is_kept() {
    let text = "a: 1\nb:\n  c: 2\n  d: [3\ne: 4\n";
    let mut problems = Problems::default();
    let root = yaml::parse(FileId(0), text, &mut problems);
    assert_eq!(problems.len(), 1);
    let mut printed = Vec::new();
    show(text, &root, 0, &mut printed);
    insta::assert_snapshot!(printed.join("\n"));
}
