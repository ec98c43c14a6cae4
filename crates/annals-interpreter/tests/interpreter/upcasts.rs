//! Old versions come out as the latest one.

use annals_core::{EventView, Failure};
use annals_interpreter::event_json;
use serde_json::{Value as Json, json};

use crate::common::{ORDER, World, lab, orders, recorded, stream};

fn latest(world: &World, (aggregate, id): (&str, &str), type_: &str, data: Json) -> String {
    let event = recorded(&stream(aggregate, id), type_, &data, 1);
    let view = EventView::from(&event);
    let shown = event_json(&world.model, &view).map(|(type_, data)| format!("{type_} {data}"));
    let upcast = world.system.upcaster.upcast(&view);
    if let (Ok(shown), Ok((type_, data))) = (&shown, &upcast) {
        let data: Json = serde_json::from_slice(data).expect("JSON");
        assert_eq!(*type_.name, *event.event.type_.name);
        // What is latest already is handed on as it is stored, unknown fields and all.
        assert!(*type_ == event.event.type_ || *shown == format!("{type_} {data}"));
    }
    shown.unwrap_or_else(|failure| failure.to_string())
}

#[test]
fn the_first_version_of_an_order_gets_an_empty_address() {
    let told = latest(
        &orders(),
        ("Order", ORDER),
        "OrderCreated.v1",
        json!({ "customer_id": ORDER, "added_by_hand": 1 }),
    );
    insta::assert_snapshot!(told);
}

#[test]
fn the_latest_version_stays_without_unknown_fields() {
    let told = latest(
        &orders(),
        ("Order", ORDER),
        "OrderCancelled.v1",
        json!({ "reason": "why", "order_id": ORDER }),
    );
    assert_eq!(told, r#"OrderCancelled.v1 {"reason":"why"}"#);
}

#[test]
fn a_chain_takes_every_step_and_missing_optionals_are_null() {
    let told = latest(&lab(), ("Probe", "7"), "Observed.v1", json!({}));
    insta::assert_snapshot!(told);
}

#[test]
fn an_upcast_takes_the_fields_that_the_next_version_has() {
    let pair = json!({ "a": 1, "b": 2 });
    let data = json!({ "items": [pair], "by": { "k": pair } });
    let told = latest(&lab(), ("Probe", "7"), "Listed.v1", data);
    assert_eq!(told, r#"Listed.v2 {"items":[{"b":2}],"by":{"k":{"b":2}},"deep":null}"#);
}

#[test]
fn what_happened_is_read_whatever_a_later_version_allows() {
    let told = latest(&lab(), ("Probe", "7"), "Shrunk.v1", json!({ "to": 5000 }));
    assert_eq!(told, r#"Shrunk.v2 {"to":5000}"#);
}

#[test]
fn what_can_not_be_read_says_which_event_it_is() {
    let world = orders();
    let read = |type_, data| latest(&world, ("Order", ORDER), type_, data);
    insta::assert_snapshot!(
        [
            read("OrderCreated.v1", json!({ "customer_id": 1 })),
            read("OrderCreated.v1", json!([])),
            read("OrderCreated.v3", json!({})),
            read("OrderEaten.v1", json!({})),
        ]
        .join("\n")
    );
    let mut event = recorded(&stream("Order", ORDER), "OrderCreated.v1", &json!({}), 1);
    event.event.data = b"{".as_slice().into();
    let failure = world.system.upcaster.upcast(&EventView::from(&event)).unwrap_err();
    assert!(matches!(failure, Failure::Decoding { .. }), "{failure}");
}

#[test]
fn a_state_is_the_same_from_either_version() {
    let world = orders();
    let stream = stream("Order", ORDER);
    let empty = json!({ "street": "", "city": "", "country": "" });
    let second = json!({ "customer_id": ORDER, "shipping_address": empty });
    let old = world.state(&stream, &[("OrderCreated.v1", json!({ "customer_id": ORDER }))]);
    let new = world.state(&stream, &[("OrderCreated.v2", second)]);
    assert_eq!(world.decider("Order").encode(&old), world.decider("Order").encode(&new));
}
