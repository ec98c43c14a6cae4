//! Values and changes that the order system doesn't have.

use annals_core::Decision;
use serde_json::{Value as Json, json};

use crate::common::{World, lab, stream, told};

/// What a command of the probe says after those events, and the state after what it says.
fn said(world: &World, events: &[(&str, Json)], name: &str, input: Json) -> String {
    let probe = stream("Probe", "7");
    let before = world.state(&probe, events);
    let decision = world.decide(&probe, &before, (name, &input));
    let mut all = events.to_vec();
    let decided = match &decision {
        Ok(Decision::Events(decided)) => decided.clone(),
        _ => Vec::new(),
    };
    let types: Vec<String> = decided.iter().map(|event| event.type_.to_string()).collect();
    for (type_, event) in types.iter().zip(&decided) {
        all.push((type_, serde_json::from_slice(&event.data).expect("JSON")));
    }
    let after = annals_interpreter::state_json(&world.state(&probe, &all));
    let after = after.expect("the interpreter made it");
    let Json::Object(fields) = after else { panic!("a state is an object") };
    let fields = fields.iter().map(|(field, value)| format!("  {field}: {value}"));
    format!("{}\n{}", told(&decision), fields.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_command_knows_who_asked_and_when() {
    insta::assert_snapshot!(said(&lab(), &[], "Trace", json!({})));
}

#[test]
fn optionals_stay_once_they_are_set() {
    let observed = json!({ "by": null, "day": null, "wait": "1s", "after": null });
    let events = [("Observed.v3", observed)];
    let input = json!({ "day": "2026-02-01", "wait": "2m" });
    insta::assert_snapshot!(said(&lab(), &events, "Observe", input));
}

#[test]
fn a_record_takes_the_fields_that_it_has() {
    let input = json!({ "at": "2026-01-31T09:30:00.5+01:00", "celsius": 20 });
    insta::assert_snapshot!(said(&lab(), &[], "Take", input));
}

#[test]
fn records_in_lists_and_maps_take_their_fields_too() {
    let (world, probe) = (lab(), stream("Probe", "7"));
    let pairs = json!([{ "a": 1, "b": 2 }, { "a": 3, "b": 4 }]);
    let input = json!({ "wide": pairs, "deep": { "inside": pairs } });
    let decision = world.decide(&probe, &world.state(&probe, &[]), ("List", &input));
    insta::assert_snapshot!(told(&decision));
}

#[test]
fn events_happen_in_order_and_each_sees_the_state_before_it() {
    let events = [("Swapped.v1", json!({ "right": 5 }))];
    insta::assert_snapshot!(said(&lab(), &events, "Swap", json!({ "right": 1 })));
}
