//! Input that doesn't fit says where; an expression that fails names its place in the file.

use annals_core::{Decision, EventView, Failure, State};
use serde_json::{Value as Json, json};

use crate::common::{ORDER, World, command, lab, orders, recorded, stream, told};

#[test]
fn input_is_refused_with_pointers() {
    let world = orders();
    let decider = world.decider("Order");
    let read = |command: &str, input: &str| match decider.canonical_input(command, input.as_bytes())
    {
        Ok(canonical) => String::from_utf8_lossy(&canonical).into_owned(),
        Err(Failure::Invalid(fields)) => {
            let told = fields.iter().map(|field| format!("{} {}", field.pointer, field.reason));
            told.collect::<Vec<_>>().join("\n")
        }
        Err(other) => other.to_string(),
    };
    let wrong = json!({
        "customer_id": "someone", "order_id": ORDER,
        "shipping_address": { "street": 1, "city": "b", "zip/code": "0150" },
    });
    let item = |quantity: i64, price: Json| {
        json!({ "sku": "a", "quantity": quantity, "unit_price_cents": price }).to_string()
    };
    insta::assert_snapshot!(
        [
            read("CreateOrder", &wrong.to_string()),
            read("AddOrderItem", &item(0, json!(-1))),
            read("AddOrderItem", &item(10_000, json!(1.5))),
            read("AddOrderItem", &item(10_000, json!(0))),
            read("PlaceOrder", ""),
            read("PlaceOrder", " { } "),
            read("PlaceOrder", "[]"),
            read("PlaceOrder", "{"),
            read("PlaceOrder", r#"{"lines":[]}"#),
            read("EatOrder", "{}"),
        ]
        .join("\n\n")
    );
}

#[test]
fn one_request_has_one_canonical_input() {
    let world = lab();
    let canonical = |input: &str| {
        let bytes = world.decider("Probe").canonical_input("Take", input.as_bytes()).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let one = canonical(r#"{"celsius":20,"at":"2026-01-31T09:30:00+01:00"}"#);
    assert_eq!(one, canonical(&one));
    // What isn't said is left out: a field that comes later must not change what was asked.
    let null = r#"{"celsius":20,"at":"2026-01-31T09:30:00+01:00","note":null}"#;
    assert_eq!(one, canonical(null));
    insta::assert_snapshot!(one);
}

/// Decides, then evolves what was decided; the first failure of either.
fn attempt(world: &World, state: &State, name: &str, input: Json) -> String {
    let stream = stream("Probe", "7");
    let decision = world.decide(&stream, state, (name, &input));
    let Ok(Decision::Events(events)) = &decision else { return told(&decision) };
    for event in events {
        let data = serde_json::from_slice(&event.data).expect("JSON");
        let event = recorded(&stream, &event.type_.to_string(), &data, 9);
        let view = EventView { position: None, ..EventView::from(&event) };
        if let Err(failure) = world.decider("Probe").evolve(state, &view) {
            return format!("evolving: {failure}");
        }
    }
    told(&decision)
}

/// The text of a file at `path:line:column`, to the line's end.
fn at(text: &str, place: &str) -> String {
    let mut parts = place.rsplit(':');
    let column: usize = parts.next().and_then(|n| n.parse().ok()).expect("a column");
    let line: usize = parts.next().and_then(|n| n.parse().ok()).expect("a line");
    text.lines().nth(line - 1).expect("the line").chars().skip(column - 1).collect()
}

#[test]
fn expressions_that_fail_name_their_place() {
    let world = lab();
    let probe = stream("Probe", "7");
    let count = |day: &str, amount: i64| ("Counted.v1", json!({ "day": day, "amount": amount }));
    let nothing = world.state(&probe, &[]);
    let counted = world.state(&probe, &[count("mon", i64::MAX), count("tue", 0)]);
    let reading = json!({ "at": "2026-01-31T00:00:00Z", "celsius": 1.5 });
    let taken = ("ReadingTaken.v1", reading.clone());
    let full = world.state(&probe, &[taken.clone(), taken.clone(), taken]);
    let tagged = world.state(&probe, &[("Tagged.v1", json!({})), ("Tagged.v1", json!({}))]);
    let cases = [
        ("overflow", attempt(&world, &counted, "Count", json!({ "day": "mon", "amount": 1 }))),
        ("division by zero", attempt(&world, &nothing, "Halve", json!({ "by": 0 }))),
        ("missing key", attempt(&world, &nothing, "Recount", json!({ "day": "mon" }))),
        ("emitted outside its limits", attempt(&world, &nothing, "Shrink", json!({ "to": 101 }))),
        ("deep in a record", attempt(&world, &nothing, "Note", json!({ "to": 0 }))),
        ("a list that is full", attempt(&world, &full, "Take", reading)),
        ("a literal on a list that is full", attempt(&world, &tagged, "Tag", json!({}))),
        (
            "a map that is full",
            attempt(&world, &counted, "Count", json!({ "day": "wed", "amount": -1 })),
        ),
    ];
    let text = &world.model.sources.iter().next().expect("one file").text;
    let told = cases.map(|(name, told)| {
        let place = told.split(" at ").nth(1).and_then(|rest| rest.split(": ").next());
        let written = at(text, place.unwrap_or_else(|| panic!("{name}: {told}")));
        format!("{name}\n  {told}\n  {written}")
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_computed_id_that_is_none_is_the_fault_of_its_term() {
    let world = lab();
    let counted = json!({ "day": "much-too-long", "amount": 1 });
    let event = recorded(&stream("Probe", "7"), "Counted.v1", &counted, 1);
    let failure = world.reaction("place_label").plan(&EventView::from(&event)).unwrap_err();
    insta::assert_snapshot!(failure);
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let world = orders();
    let decider = world.decider("Order");
    let read = |bytes: &str| decider.decode(ORDER, bytes.as_bytes()).unwrap_err().to_string();
    insta::assert_snapshot!([read("{"), read("{}")].join("\n"));
}

#[test]
fn unknown_commands_are_named() {
    let world = orders();
    let stream = stream("Order", ORDER);
    let state = world.decider("Order").initial(ORDER);
    let failure = world
        .decider("Order")
        .decide(&state, &command(&stream, "EatOrder", &json!({})))
        .unwrap_err();
    assert_eq!(failure.to_string(), "there is no command named EatOrder");
}
