//! The shape of a saga, and the commands that it sends.

use std::fmt::Write;

use annals_core::{CommandSpec, EventView, Failure, RecordedEvent, SagaContext};
use serde_json::{Value as Json, json};

use crate::common::{ORDER, lab, orders, recorded, stream};

fn placed(lines: Json) -> RecordedEvent {
    let data = json!({ "lines": lines, "total_cents": 3000, "country": "NO" });
    recorded(&stream("Order", ORDER), "OrderPlaced.v1", &data, 3)
}

fn two_lines() -> Json {
    json!([
        { "sku": "sku-7", "quantity": 2, "unit_price_cents": 1000 },
        { "sku": "cafe\u{301}", "quantity": 1, "unit_price_cents": 1000 },
    ])
}

fn told(command: &Result<CommandSpec, Failure>) -> String {
    match command {
        Ok(command) => format!("{} {} {}", command.name, command.stream, command.input),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn the_definition_of_order_fulfillment() {
    let world = orders();
    let mut definition = world.saga("OrderFulfillment").definition().clone();
    assert_eq!(definition.fingerprint.len(), 32);
    definition.fingerprint = "…".into();
    insta::assert_debug_snapshot!(definition);
}

#[test]
fn the_commands_of_order_fulfillment() {
    let world = orders();
    let saga = world.saga("OrderFulfillment");
    let start = placed(two_lines());
    let paid = json!({ "amount_cents": 3000 });
    let paid = recorded(&stream("Payment", ORDER), "PaymentProcessed.v1", &paid, 1);
    let finished = [None, Some(paid), None];
    let failure = "ship_order: ShipmentFailed";
    let at = SagaContext { key: ORDER, start: &start, finished: &finished, failure };
    let mut text = String::new();
    for (index, step) in saga.definition().steps.iter().enumerate() {
        writeln!(text, "{}", step.name).unwrap();
        let branches = saga.branches(index, &at).expect("it has branches");
        for (branch, command) in branches.into_iter().enumerate() {
            writeln!(text, "  forward: {}", told(&Ok(command))).unwrap();
            writeln!(text, "  back:    {}", told(&saga.compensation(index, branch, &at))).unwrap();
        }
        if step.then {
            writeln!(text, "  then:    {}", told(&saga.then(index, &at))).unwrap();
        }
    }
    writeln!(text, "complete: {}", told(&saga.complete(&at))).unwrap();
    writeln!(text, "fail: {}", told(&saga.fail(&at))).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn an_empty_list_has_no_branches() {
    let world = orders();
    let start = placed(json!([]));
    let at = SagaContext { key: ORDER, start: &start, finished: &[None, None, None], failure: "" };
    let saga = world.saga("OrderFulfillment");
    assert_eq!(saga.branches(0, &at), Ok(vec![]));
    let beyond = saga.compensation(0, 0, &at).unwrap_err();
    insta::assert_snapshot!(beyond);
}

#[test]
fn start_and_cancel_events_name_the_instance() {
    let world = orders();
    let saga = world.saga("OrderFulfillment");
    let cancelled = json!({ "reason": "why" });
    let cancelled = recorded(&stream("Order", ORDER), "OrderCancelled.v1", &cancelled, 4);
    for event in [placed(json!([])), cancelled] {
        assert_eq!(saga.key(&EventView::from(&event)).as_deref(), Ok(ORDER));
    }
}

#[test]
fn a_step_that_ended_without_an_event_is_null_to_later_ones() {
    let world = lab();
    let saga = world.saga("Storing");
    let shelf = stream("Shelf", "a1");
    let start = recorded(&shelf, "Placed.v1", &json!({ "thing": "cup" }), 1);
    let done = recorded(&shelf, "Placed.v1", &json!({ "thing": null }), 2);
    let second = |first: Option<RecordedEvent>| {
        let finished = [first, None];
        let failure = "first: timeout";
        let at = SagaContext { key: "a1", start: &start, finished: &finished, failure };
        let mut commands = saga.branches(1, &at).expect("it has one branch");
        told(&Ok(commands.remove(0)))
    };
    assert_eq!(second(Some(done)), r#"Count Probe/7 {"day":"a1","amount":1}"#);
    assert_eq!(second(None), r#"Count Probe/7 {"day":"first: timeout","amount":1}"#);
}
