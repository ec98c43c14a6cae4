//! Every command of the order system on every state that it tells apart.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::common::{ORDER, World, orders, stream, told};

type Stored = Vec<(&'static str, Json)>;

fn line(sku: &str) -> (&'static str, Json) {
    ("OrderItemAdded.v1", json!({ "sku": sku, "quantity": 2, "unit_price_cents": 1500 }))
}

/// The states of an order: each one's name and history.
fn order_states() -> Vec<(&'static str, Stored)> {
    let address = json!({ "street": "a", "city": "b", "country": "NO" });
    let created = ("OrderCreated.v2", json!({ "customer_id": ORDER, "shipping_address": address }));
    let placed = json!({ "lines": [], "total_cents": 3000, "country": "NO" });
    let mut states = vec![("none", vec![]), ("open, empty", vec![created])];
    let mut after = |name, base: usize, event| {
        let mut events = states[base].1.clone();
        events.push(event);
        states.push((name, events));
    };
    after("open", 1, line("sku-7"));
    after("placed", 2, ("OrderPlaced.v1", placed));
    after("paid", 3, ("OrderPaid.v1", json!({})));
    after("shipped", 4, ("OrderShipped.v1", json!({})));
    after("completed", 5, ("OrderCompleted.v1", json!({ "lines": [] })));
    after("cancelled", 2, ("OrderCancelled.v1", json!({ "reason": "why" })));
    states
}

fn table(
    world: &World,
    aggregate: &str,
    states: &[(&str, Stored)],
    commands: &[(&str, Json)],
) -> String {
    let id = if aggregate == "StockItem" { "sku-7" } else { ORDER };
    let stream = stream(aggregate, id);
    let mut text = String::new();
    for (command, input) in commands {
        writeln!(text, "{command} {input}").unwrap();
        for (name, events) in states {
            let state = world.state(&stream, events);
            let decision = world.decide(&stream, &state, (command, input));
            writeln!(text, "  {name}:\n    {}", told(&decision)).unwrap();
        }
    }
    text
}

#[test]
fn an_order() {
    let address = json!({ "street": "a", "city": "b", "country": "NO" });
    let commands = [
        ("CreateOrder", json!({ "customer_id": ORDER, "shipping_address": address })),
        ("AddOrderItem", json!({ "sku": "sku-8", "quantity": 1, "unit_price_cents": 250 })),
        ("AddOrderItem", json!({ "sku": "sku-7", "quantity": 1, "unit_price_cents": 250 })),
        ("PlaceOrder", json!({})),
        ("MarkOrderPaid", json!({})),
        ("MarkOrderShipped", json!({})),
        ("CompleteOrder", json!({})),
        ("CancelOrder", json!({ "reason": "no longer" })),
    ];
    insta::assert_snapshot!(table(&orders(), "Order", &order_states(), &commands));
}

#[test]
fn the_first_rejection_in_file_order_speaks() {
    let world = orders();
    let stream = stream("Order", ORDER);
    let mut events = order_states().swap_remove(1).1;
    events.extend((0..100).map(|n| line(&format!("sku-{n}"))));
    let state = world.state(&stream, &events);
    let decide = |sku| {
        let input = json!({ "sku": sku, "quantity": 1, "unit_price_cents": 1 });
        told(&world.decide(&stream, &state, ("AddOrderItem", &input)))
    };
    insta::assert_snapshot!([decide("sku-99"), decide("sku-100")].join("\n"), @r"
    rejected: ItemTwice (state.lines.exists(l, l.sku == input.sku))
    rejected: TooManyItems (size(state.lines) >= 100)
    ");
}

#[test]
fn a_stock_item() {
    let received = ("StockReceived.v1", json!({ "quantity": 10 }));
    let reserved = ("StockReserved.v1", json!({ "order_id": ORDER, "quantity": 4 }));
    let states = [
        ("none", vec![]),
        ("ten there", vec![received.clone()]),
        ("four reserved", vec![received, reserved]),
    ];
    let other = "00000000-0000-4000-8000-00000000000B";
    let commands = [
        ("ReceiveStock", json!({ "quantity": 5 })),
        ("ReserveStock", json!({ "order_id": ORDER, "quantity": 10 })),
        ("ReserveStock", json!({ "order_id": other, "quantity": 7 })),
        ("ReleaseStock", json!({ "order_id": ORDER })),
        ("TakeStock", json!({ "order_id": ORDER })),
    ];
    insta::assert_snapshot!(table(&orders(), "StockItem", &states, &commands));
}

#[test]
fn a_payment() {
    let amount = json!({ "amount_cents": 500 });
    let processed = ("PaymentProcessed.v1", amount.clone());
    let refunded = ("PaymentRefunded.v1", amount.clone());
    let states = [
        ("none", vec![]),
        ("processed", vec![processed.clone()]),
        ("declined", vec![("PaymentDeclined.v1", amount)]),
        ("refunded", vec![processed, refunded]),
    ];
    let commands = [
        ("ProcessPayment", json!({ "amount_cents": 500_000 })),
        ("ProcessPayment", json!({ "amount_cents": 500_001 })),
        ("RefundPayment", json!({})),
    ];
    insta::assert_snapshot!(table(&orders(), "Payment", &states, &commands));
}

#[test]
fn a_shipment() {
    let dispatched = ("ShipmentDispatched.v1", json!({ "country": "NO" }));
    let states = [
        ("none", vec![]),
        ("dispatched", vec![dispatched.clone()]),
        ("failed", vec![("ShipmentFailed.v1", json!({ "country": "AQ" }))]),
        ("cancelled", vec![dispatched, ("ShipmentCancelled.v1", json!({}))]),
    ];
    let commands = [
        ("ShipOrder", json!({ "country": "NO" })),
        ("ShipOrder", json!({ "country": "AQ" })),
        ("CancelShipment", json!({})),
    ];
    insta::assert_snapshot!(table(&orders(), "Shipment", &states, &commands));
}

#[test]
fn states_after_events() {
    let world = orders();
    let mut text = String::new();
    let order = stream("Order", ORDER);
    for (name, events) in order_states() {
        let state = world.state(&order, &events);
        let json = annals_interpreter::state_json(&state).expect("the interpreter made it");
        assert_eq!(json.to_string().into_bytes(), world.decider("Order").encode(&state));
        writeln!(text, "{name}: {json}").unwrap();
    }
    let stock = stream("StockItem", "sku-7");
    let reserved = json!({ "order_id": ORDER, "quantity": 4 });
    let mut events = vec![("StockReceived.v1", json!({ "quantity": 10 }))];
    events.push(("StockReserved.v1", reserved.clone()));
    for last in ["StockReleased.v1", "StockTaken.v1", "StockRejected.v1"] {
        let mut events = events.clone();
        events.push((last, reserved.clone()));
        let json = annals_interpreter::state_json(&world.state(&stock, &events)).unwrap();
        writeln!(text, "{last}: {json}").unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn who_may_send_a_command() {
    let world = orders();
    let mut text = String::new();
    for aggregate in &world.model.aggregates {
        let decider = world.decider(&aggregate.named.name);
        for command in &aggregate.commands {
            let said = match decider.public(&command.named.name) {
                Ok(()) => "anyone".into(),
                Err(senders) => senders.join(", "),
            };
            writeln!(text, "{}: {said}", command.named.name).unwrap();
        }
    }
    insta::assert_snapshot!(text, @r"
    CreateOrder: anyone
    AddOrderItem: anyone
    PlaceOrder: anyone
    MarkOrderPaid: OrderFulfillment
    MarkOrderShipped: OrderFulfillment
    CompleteOrder: OrderFulfillment
    CancelOrder: anyone
    ReceiveStock: anyone
    ReserveStock: OrderFulfillment
    ReleaseStock: OrderFulfillment
    TakeStock: take_from_stock
    ProcessPayment: OrderFulfillment
    RefundPayment: OrderFulfillment
    ShipOrder: OrderFulfillment
    CancelShipment: OrderFulfillment
    ");
}
