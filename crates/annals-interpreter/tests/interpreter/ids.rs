//! Ids have one spelling, and limits like any other value.

use annals_core::Failure;

use crate::common::{ORDER, lab, orders};

fn canonical(world: &crate::common::World, aggregate: &str, id: &str) -> String {
    match world.decider(aggregate).canonical_id(id) {
        Ok(id) => id.to_string(),
        Err(Failure::Invalid(fields)) => format!("{} {}", fields[0].pointer, fields[0].reason),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_uuid_is_lower_case() {
    let world = orders();
    assert_eq!(canonical(&world, "Order", &ORDER.to_uppercase()), ORDER);
    assert_eq!(canonical(&world, "Order", "o1"), "/id 'o1' is no uuid");
}

#[test]
fn a_text_is_composed_and_short() {
    let world = orders();
    let id = |text: &str| canonical(&world, "StockItem", text);
    assert_eq!(id("cafe\u{301} / 1"), "caf\u{e9} / 1");
    assert_eq!(id(&"a".repeat(256)), "a".repeat(256));
    // Composed it is 256 bytes long, decomposed it was longer.
    assert_eq!(id(&"e\u{301}".repeat(128)), "\u{e9}".repeat(128));
    assert_eq!(id(&"a".repeat(257)), "/id an id is 1 to 256 bytes long");
    assert_eq!(id(""), "/id an id is 1 to 256 bytes long");
    assert_eq!(id("a\u{1f}b"), "/id an id has no control characters");
}

#[test]
fn an_int_is_decimal() {
    let world = lab();
    assert_eq!(canonical(&world, "Probe", "+007"), "7");
    assert_eq!(canonical(&world, "Probe", "7.0"), "/id '7.0' is no whole number");
}

#[test]
fn limits_of_the_id_hold() {
    let world = lab();
    assert_eq!(canonical(&world, "Probe", "0"), "/id an id of this kind must be at least 1");
    assert_eq!(
        canonical(&world, "Shelf", "far-too-long"),
        "/id an id of this kind must be at most 8 bytes long, is 12"
    );
}
