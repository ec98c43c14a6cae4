//! What events cause, and what holds a reaction back.

use annals_core::{EventView, Failure, Plan, RecordedEvent, Refused};
use serde_json::{Value as Json, json};

use crate::common::{ORDER, World, lab, orders, recorded, stream, world};

fn planned(world: &World, reaction: &str, event: &RecordedEvent) -> String {
    match world.reaction(reaction).plan(&EventView::from(event)) {
        Ok(Plan::Nothing) => "nothing".into(),
        Ok(Plan::Send(commands)) => {
            let told = commands.iter().map(|c| format!("{} {} {}", c.name, c.stream, c.input));
            told.collect::<Vec<_>>().join("\n")
        }
        Ok(Plan::Call(call)) => {
            format!("POST {}\n{} {}", call.url, call.type_, String::from_utf8_lossy(&call.data))
        }
        Err(failure) => failure.to_string(),
    }
}

fn order(type_: &str, data: Json) -> RecordedEvent {
    recorded(&stream("Order", ORDER), type_, &data, 1)
}

#[test]
fn the_reactions_of_the_order_system() {
    let world = orders();
    let told = world.system.reactions.iter().map(|reaction| {
        format!(
            "{} on {}: after {:?} unless {}, {:?}",
            reaction.name(),
            reaction.on().join(", "),
            reaction.after_us(),
            reaction.unless().join(", "),
            reaction.refused()
        )
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn one_command_an_item() {
    let world = orders();
    let line = |sku: &str| json!({ "sku": sku, "quantity": 2, "unit_price_cents": 1 });
    let lines = json!({ "lines": [line("sku-7"), line("sku-8")] });
    let told = planned(&world, "take_from_stock", &order("OrderCompleted.v1", lines));
    insta::assert_snapshot!(told, @r#"
    TakeStock StockItem/sku-7 {"order_id":"00000000-0000-4000-8000-00000000000a"}
    TakeStock StockItem/sku-8 {"order_id":"00000000-0000-4000-8000-00000000000a"}
    "#);
    let none = order("OrderCompleted.v1", json!({ "lines": [] }));
    assert_eq!(planned(&world, "take_from_stock", &none), "nothing");
}

#[test]
fn an_old_version_causes_what_the_latest_does() {
    let world = orders();
    let created = order("OrderCreated.v1", json!({ "customer_id": ORDER }));
    assert_eq!(
        planned(&world, "cancel_forgotten", &created),
        format!(r#"CancelOrder Order/{ORDER} {{"reason":"forgotten"}}"#)
    );
}

#[test]
fn a_condition_and_a_silent_refusal() {
    let world = lab();
    let probe = stream("Probe", "7");
    let count =
        |amount: i64| recorded(&probe, "Counted.v1", &json!({ "day": "mon", "amount": amount }), 1);
    assert_eq!(planned(&world, "place_label", &count(1)), r#"Place Shelf/mon {"thing":"7"}"#);
    assert_eq!(planned(&world, "place_label", &count(0)), "nothing");
    // The command declares no rejection: should one come all the same, the event is kept.
    assert_eq!(world.reaction("place_label").refused(), Refused::Park);
}

#[test]
fn a_call_carries_the_latest_version() {
    let variables =
        |name: &str| (name == "NOTIFICATIONS_URL").then(|| "http://127.0.0.1:9000".to_owned());
    let world = world("../../examples/orders/architecture.yaml", &variables);
    assert_eq!(world.reaction("confirm_order").held(), None);
    let created = order("OrderCreated.v1", json!({ "customer_id": ORDER }));
    insta::assert_snapshot!(planned(&world, "confirm_order", &created));
}

#[test]
fn without_its_variables_a_reaction_is_held() {
    let held = |given: &'static [(&str, &str)]| {
        let variables = move |name: &str| {
            given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let world = world("tests/fixtures/lab.yaml", &variables);
        let placed = recorded(&stream("Shelf", "a1"), "Placed.v1", &json!({}), 1);
        let told = planned(&world, "tell", &placed);
        let failed = matches!(
            world.reaction("tell").plan(&EventView::from(&placed)),
            Err(Failure::Evaluation { .. })
        );
        let held = world.reaction("tell").held();
        // Whoever asks all the same learns it: nothing is dropped in silence.
        assert_eq!(held.is_some(), failed);
        format!("{}\n{told}", held.unwrap_or("runs"))
    };
    let all = [
        held(&[]),
        held(&[("BASE", "http://a")]),
        held(&[("BASE", "http://a"), ("OTHER", "")]),
        held(&[("BASE", "http://a"), ("OTHER", "b"), ("PATH_PART", "")]),
        held(&[("BASE", "http://a"), ("OTHER", "b"), ("PATH_PART", "c")]),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
    assert!(orders().reaction("confirm_order").held().is_some());
}
