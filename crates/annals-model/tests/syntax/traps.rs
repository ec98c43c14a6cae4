//! The traps of expressions: one message each, with the whole expression and the quoted line.

use annals_model::{Diagnostic, FileId, Problems, SourceFile, Sources, load, yaml};

use super::{fixture, print};

const SYSTEM: &str = "\
annals: 1
name: shop
services: { sales: {} }
aggregates:
  Order:
    service: sales
    id: { order_id: uuid }
    events: { Placed: { versions: { 1: {} } } }
    commands:
      Place:
";

/// The blocks of a fixture without its heading, and each as the body of a command.
fn blocks(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(fixture(name)).expect("it can be read");
    let system = |block: &str| {
        block.lines().fold(SYSTEM.to_owned(), |text, line| text + "        " + line + "\n")
    };
    text.trim_end().split("\n\n").skip(1).map(|block| (block.to_owned(), system(block))).collect()
}

#[test]
fn each_trap_has_one_message_that_shows_the_whole_expression_and_the_cure() {
    let mut printed = String::new();
    for (block, text) in blocks("traps.txt") {
        let mut problems = Problems::default();
        yaml::parse(FileId(0), &text, &mut problems);
        let found = problems.into_diagnostics();
        let codes: Vec<&str> = found.iter().map(|d| d.code.0).collect();
        let sources = Sources::new(vec![SourceFile { path: "a.yaml".into(), text }]);
        assert_eq!(codes, ["A0002"], "{block}\n{}", print(&found, &sources));
        let span = found[0].place();
        let file = &sources.0[0].text;
        let shown = &file[span.start as usize..span.end as usize];
        printed += &format!("{block}\n    {shown}\n    {}\n\n", found[0].cure);
    }
    insta::assert_snapshot!(printed.trim_end());
}

/// What the cure says, pasted in place of the expression, is read without a word about YAML.
#[test]
fn the_line_to_paste_cures_the_trap() {
    for (block, mut text) in blocks("traps.txt") {
        let mut cured = 0;
        while let Some(trap) = first_problem(&text) {
            let (span, cure) = (trap.place(), trap.cure.strip_prefix("quote it: "));
            let (start, end) = (span.start as usize, span.end as usize);
            text.replace_range(start..end, cure.expect("a line to paste"));
            cured += 1;
            // A line may hold two traps; a mistake of syntax hides the second.
            assert!(cured <= 2, "{block}\n{text}");
        }
    }
}

fn first_problem(text: &str) -> Option<Diagnostic> {
    let mut problems = Problems::default();
    yaml::parse(FileId(0), text, &mut problems);
    problems.into_diagnostics().into_iter().next()
}

#[test]
fn no_trap_causes_a_second_message_about_its_pieces() {
    for (block, text) in blocks("traps.txt") {
        let loaded = load(vec![SourceFile { path: "a.yaml".into(), text: text.clone() }]);
        let trap = loaded.diagnostics.iter().find(|d| d.code.0 == "A0002").expect("it is found");
        let place = trap.place();
        for other in loaded.diagnostics.iter().filter(|d| *d != trap) {
            let span = other.place();
            let inside = span.start >= place.start && span.start < place.end;
            assert!(!inside, "{block}\n{}", print(&loaded.diagnostics, &loaded.sources));
            assert_ne!(other.code.0, "A0020", "{block}");
        }
    }
}

#[test]
fn what_only_looks_like_a_trap_is_none() {
    for (block, text) in blocks("no-traps.txt") {
        let mut problems = Problems::default();
        yaml::parse(FileId(0), &text, &mut problems);
        assert!(problems.is_empty(), "{block}\n{:?}", problems.into_diagnostics());
    }
}
