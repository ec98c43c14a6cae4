//! `annals test` as its users meet it: what a case compares, what it may expect, and what is said
//! about a file of cases that isn't understood.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Running, Seen, annals, folder};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases")
}

/// Runs cases of the desk that takes bookings.
fn run(name: &str, cases: &str) -> Seen {
    let folder = folder(&format!("cases-{name}"));
    fs::copy(fixtures().join("architecture.yaml"), folder.join("architecture.yaml")).unwrap();
    fs::write(folder.join("a.test.yaml"), cases).unwrap();
    annals(&folder, &["test", "architecture.yaml"])
}

/// The cases pass.
fn passes(name: &str, cases: &str) {
    let seen = run(name, cases);
    assert_eq!(seen.code, 0, "{}{}", seen.out, seen.err);
}

/// What is printed about cases that fail.
fn fails(name: &str, cases: &str) -> String {
    let seen = run(name, cases);
    assert_eq!(seen.code, 1, "{}{}", seen.out, seen.err);
    seen.out
}

/// The first line of each diagnostic about a file.
fn refused(name: &str, cases: &str) -> Vec<String> {
    let seen = run(name, cases);
    assert_eq!(seen.code, 2, "{}{}", seen.out, seen.err);
    let lines = seen.err.lines().filter(|line| line.starts_with("error["));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_code_about_a_file_of_cases_has_a_fixture() {
    let mut names: Vec<String> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".test.yaml"))
        .collect();
    names.sort();
    for name in names {
        let name = name.trim_end_matches(".test.yaml");
        let text = fs::read_to_string(fixtures().join(format!("{name}.test.yaml"))).unwrap();
        let seen = run(name, &text);
        assert_eq!(seen.code, 2, "{}{}", seen.out, seen.err);
        let (code, _) = name.split_once('-').expect("CODE-slug.test.yaml");
        for line in seen.err.lines().filter(|line| line.starts_with("error[")) {
            assert!(line.starts_with(&format!("error[{code}]")), "{name}: {line}");
        }
        let lines: Vec<&str> = seen.err.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(name, lines.join("\n"));
    }
}

#[test]
fn time_and_duration_are_compared_by_value_in_events_and_in_rows() {
    passes(
        "values",
        "the same values in other spellings:
  when:
    - Book Booking/7: { at: 2026-01-01T01:00:00+01:00, lasts: 60s, guest: g, lines: [] }
    - Book Booking/8: { at: 2026-01-01T00:00:00Z, lasts: 90s, guest: g, lines: [] }
  then:
    Booking/7: [Booked: { at: 2026-01-01T00:00:00Z, lasts: 60s }]
    Booking/8: [Booked: { at: 2026-01-01T00:00:00.000000Z, lasts: 90000ms }]
    projection bookings/7: { at: 2026-01-01T00:00:00Z, lasts: 60s, guest: g }
    projection bookings/8: { at: 2026-01-01T02:00:00+02:00, lasts: 1m30s }
given values too:
  given:
    Booking/7: [Booked: { at: 2026-01-01T01:00:00+01:00, lasts: 3600s, guest: g, lines: [] }]
  when:
    - Book Booking/7: { at: 2026-01-01T00:00:00Z, lasts: 90s, guest: g, lines: [] }
    - rejected: NotAllowed
  then:
    Booking/7: [Booked: { at: 2026-01-01T00:00:00Z, lasts: 1h }]
    projection bookings/7: { lasts: 60m }
",
    );
}

#[test]
fn events_and_rows_show_a_duration_in_one_form() {
    let folder = folder("cases-shown");
    fs::copy(fixtures().join("architecture.yaml"), folder.join("architecture.yaml")).unwrap();
    let system = Running::start(&folder, &["architecture.yaml", "--store", "sqlite://desk.db"]);
    let input = "{\"at\":\"2026-01-01T00:00:00Z\",\"lasts\":\"90s\",\
                 \"guest\":\"2f0c87a4-16b5-4d3e-8a54-5b7e1b1d6c11\",\
                 \"lines\":[{\"room\":\"red\",\"seats\":2}]}";
    let (status, answer) = system.post("/commands/Booking/7/Book", input);
    assert_eq!(status, 200, "{answer}");
    let event = &answer["events"][0]["data"];
    let row = system.get("/projections/bookings/7");
    for field in ["at", "lasts"] {
        assert_eq!(event[field], row[field]);
    }
    assert_eq!(row["lasts"], "90s");
    drop(system);
    let read = ["projections", "show", "bookings", "--store", "sqlite://desk.db"];
    let seen = annals(&folder, &read);
    assert!(seen.out.contains(" 90s "), "{}{}", seen.out, seen.err);
    assert_eq!(annals(&folder, &[&read[..], &["--json"]].concat()).json()[0], row);
}

#[test]
fn lists_are_compared_item_by_item_as_far_as_they_are_written() {
    let when = "
  when:
    - Book Booking/7:
        at: 2026-01-01T00:00:00Z
        lasts: 1h
        guest: g
        lines: [{ room: red, seats: 2 }, { room: blue, seats: 3 }]
  then:
    Booking/7: [Booked: ";
    passes("lists", &format!("part of each item:{when}{{ lines: [{{ room: red }}, {{}}] }}]\n"));
    let seen = fails(
        "lists-wrong",
        &format!(
            "one item too few:{when}{{ lines: [{{ room: red }}] }}]\n\
             another item:{when}{{ lines: [{{ room: red }}, {{ seats: 4 }}] }}]\n"
        ),
    );
    insta::assert_snapshot!(seen);
}

#[test]
fn failed_evaluation_and_invalid_input_can_be_expected() {
    passes(
        "rejected",
        "what is rejected on the way:
  when:
    - SharePrice Booking/7: { price: 10, by: 0 }
    - rejected: EvaluationFailed
    - Furnish Room/red: { seats: 0, style: plain }
    - rejected: Invalid
    - Furnish Room/red: { seats: few, style: gothic, colour: red }
    - rejected: Invalid
    - Furnish Room/red
    - rejected: Invalid
    - Furnish Room/red: { seats: 2, style: plain }
  then:
    Booking/7: []
    Room/red: [Furnished]
",
    );
}

#[test]
fn a_command_that_is_answered_otherwise_is_one_failure_that_says_why() {
    let seen = fails(
        "answers",
        "answered otherwise:
  when:
    - SharePrice Booking/7: { price: 10, by: 0 }
    - SharePrice Booking/7: { price: 10, by: 2 }
    - rejected: EvaluationFailed
    - Furnish Room/red: { seats: 0, style: plain }
    - Furnish Room/red: { seats: 1, style: plain }
    - rejected: Invalid
    - SharePrice Booking/7: { price: 10, by: 0 }
    - rejected: Invalid
    - SharePrice Booking/7: { price: 0, by: 2 }
    - rejected: EvaluationFailed
    - Cancel Booking/7
    - rejected: EvaluationFailed
  then:
    Booking/7: [PriceShared: { share: 5 }]
",
    );
    insta::assert_snapshot!(seen);
}

#[test]
fn an_id_is_the_one_that_a_command_would_reach() {
    passes(
        "ids",
        "spellings of one id:
  given:
    Booking/007: [Booked: { at: 2026-01-01T00:00:00Z, lasts: 1h, guest: g, lines: [] }]
    Room/cafe\u{301}: [Furnished: { seats: 2, style: plain }]
  when:
    - Cancel Booking/7
    - Furnish Room/caf\u{e9}: { seats: 3, style: grand }
  then:
    Booking/07: [Booked, Cancelled]
    projection bookings/007: { lasts: 1h }
    Room/cafe\u{301}: [Furnished: { seats: 2 }, Furnished: { seats: 3 }]
",
    );
}

#[test]
fn a_failure_speaks_of_short_names() {
    let seen = fails(
        "names",
        "names of uuids:
  when:
    - Register Guest/g1: { name: Ada, friend: g2 }
  then:
    Guest/g1: [Registered: { friend: g3 }]
    Guest/g2: [Registered]
",
    );
    insta::assert_snapshot!(seen);
}

#[test]
fn a_mistake_of_yaml_is_one_mistake() {
    let whole = "fine:\n  then:\n    Room/red: [Nothing]\n";
    let syntax = |rest: &str, count: usize| {
        let found = refused("syntax", &format!("{whole}{rest}"));
        let (own, yaml): (Vec<_>, Vec<_>) =
            found.iter().partition(|line| line.starts_with("error[T"));
        // What is wrong in the cases before it is still said.
        assert_eq!((own.len(), yaml.len()), (1, count), "{rest}: {found:?}");
    };
    for rest in [
        "a: [",
        "a: {",
        "a:\n  given: [",
        "a:\n  then: {\n",
        "a:\n  when:\n    - Cancel Booking/7: {\n",
        "a: !tag {}\n",
        "a:\n  then: !tag {}\n",
        "a: *alias\n",
        "a:\n  when: []\n  x y\n",
    ] {
        syntax(rest, 1);
    }
    syntax("a: 7\n", 1);
    assert_eq!(refused("syntax", "a: [").len(), 1);
    assert_eq!(refused("syntax", "[").len(), 1);
}
