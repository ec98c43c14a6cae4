//! Texts that are too large, of too many values, or built to take long.

use std::collections::BTreeSet;

use annals_model::{FileId, Problems, SourceFile, Sources, yaml};

use super::print;

const MIB: usize = 1 << 20;

/// The codes that only large texts report; their tests are here.
pub(crate) fn codes() -> BTreeSet<String> {
    ["A0010", "A0011", "A0014"].map(str::to_owned).into()
}

fn parse_all(texts: &[String]) -> (Problems, Sources) {
    let (mut problems, mut budget) = (Problems::default(), yaml::Budget::default());
    let files = texts.iter().enumerate().map(|(number, text)| {
        yaml::parse_within(&mut budget, FileId(number as u32), text, &mut problems);
        SourceFile { path: format!("{number}.yaml"), text: text.clone() }
    });
    let sources = Sources::new(files.collect());
    (problems, sources)
}

#[test]
fn a_file_is_at_most_one_mebibyte() {
    let line = "# a comment\n";
    let mut text = line.repeat(MIB / line.len());
    text.push_str(&"#".repeat(MIB - text.len()));
    assert!(parse_all(std::slice::from_ref(&text)).0.is_empty());
    text.push('#');
    let (problems, sources) = parse_all(&[text]);
    insta::assert_snapshot!("A0010-too-large", print(&problems.into_diagnostics(), &sources));
}

#[test]
fn a_system_is_at_most_sixteen_mebibytes() {
    let mut texts = vec!["#".repeat(MIB); 16];
    assert!(parse_all(&texts).0.is_empty());
    texts.push("name: shop\n".to_owned());
    let (problems, sources) = parse_all(&texts);
    insta::assert_snapshot!("A0010-system", print(&problems.into_diagnostics(), &sources));
}

#[test]
fn a_system_has_at_most_half_a_million_values() {
    // A list of 249,998 items, the list, its key and the map: 250,001 values.
    let half = format!("a:\n{}", "- b\n".repeat(249_998));
    let (problems, _) = parse_all(&[half.clone(), half.replacen("- b\n", "", 2)]);
    assert!(problems.is_empty(), "{:?}", problems.into_diagnostics());
    let more = "name: shop\n".to_owned();
    let (problems, sources) = parse_all(&[half.clone(), half, more]);
    insta::assert_snapshot!("A0011-too-many-nodes", print(&problems.into_diagnostics(), &sources));
}

#[test]
fn at_most_ten_thousand_errors_are_listed_and_that_is_said() {
    let last = |lines| {
        let (problems, sources) = parse_all(&["a: 1\n".repeat(lines)]);
        let found = problems.into_diagnostics();
        (found.len(), print(&found[found.len() - 1..], &sources))
    };
    let (count, printed) = last(10_001);
    assert_eq!((count, printed.contains("A0003")), (10_000, true));
    let (count, printed) = last(10_003);
    assert_eq!(count, 10_001);
    insta::assert_snapshot!("A0014-too-many-errors", printed);
}

/// Quadratic work would take minutes on each of these, and the suite with it.
#[test]
fn no_text_takes_long() {
    let pieces = [
        "[",
        "{",
        "- ",
        "? ",
        "a: ",
        "[a, ",
        "{a: ",
        "&a ",
        "!a ",
        "*a ",
        "'",
        "\"a\" ",
        "(",
        "a: (, ",
        "a\n",
        "- a: b\n",
        "a: !b\n",
        "- !(a\n",
        "# a\n",
        "\n",
        "ä ",
        "\t",
        ": ",
        "a: b #\n",
        "- =f(a #\n",
    ];
    let wraps = [("", ""), ("[", "]"), ("{", "}"), ("a: [", "]")];
    let inner = ["!a b, ", "&a b, ", "ä, ", "=f(a, ", "=f(a, b), ", "a: f(b, ", "a: (b, ä c: "];
    let texts = pieces.iter().map(|piece| (("", ""), *piece));
    let wrapped = wraps.iter().flat_map(|wrap| inner.iter().map(|piece| (*wrap, *piece)));
    for ((before, after), piece) in texts.chain(wrapped) {
        let text = format!("{before}{}{after}", piece.repeat(MIB / 4 / piece.len()));
        parse_all(&[text]);
    }
}
