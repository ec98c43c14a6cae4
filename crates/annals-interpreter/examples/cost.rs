//! What deciding and evolving cost, on the order system: microseconds for each `AddOrderItem`, by
//! the number of lines that the order has already.
//!
//! `cargo run --release -p annals-interpreter --example cost`

use std::sync::Arc;
use std::time::Instant;

use annals_core::{
    Command, Decider, Decision, EventView, Metadata, NewEvent, State, StreamId, Timestamp, Version,
};
use annals_model::{SourceFile, load};
use uuid::Uuid;

const ROUNDS: u32 = 20_000;

#[expect(clippy::disallowed_methods, reason = "measured in real time")]
fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders/architecture.yaml");
    let text = std::fs::read_to_string(path).expect("the example is there");
    let loaded = load(vec![SourceFile { path: "architecture.yaml".into(), text }]);
    let model = Arc::new(loaded.model.expect("the example resolves"));
    let system = annals_interpreter::system(&model, &|_| None);
    let decider = &*system.deciders[0];
    let stream = StreamId::new("Order", "00000000-0000-4000-8000-000000000001");
    let address = r#"{"street":"a","city":"b","country":"NO"}"#;
    let create = format!(r#"{{"customer_id":"{}","shipping_address":{address}}}"#, stream.id);
    let mut state = decider.initial(&stream.id);
    state = next(decider, &state, &command(&stream, "CreateOrder", &create));
    for lines in 0..100 {
        let input = format!(r#"{{"sku":"sku-{lines}","quantity":2,"unit_price_cents":1990}}"#);
        let add = command(&stream, "AddOrderItem", &input);
        if [0, 1, 10, 50, 99].contains(&lines) {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                std::hint::black_box(next(decider, &state, &add));
            }
            let us = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
            println!("{lines:>3} lines: {us:.1} µs");
        }
        state = next(decider, &state, &add);
    }
}

fn command(stream: &StreamId, name: &str, input: &str) -> Command {
    Command {
        stream: stream.clone(),
        name: name.into(),
        input: input.as_bytes().into(),
        command_id: Uuid::from_u128(1),
        time: Timestamp(1_767_225_600_000_000),
        metadata: Metadata::default(),
    }
}

/// Decides, and evolves what was decided.
fn next(decider: &dyn Decider, state: &State, command: &Command) -> State {
    let decision = decider.decide(state, command).expect("it can be decided");
    let Decision::Events(events) = decision else { panic!("{decision:?}") };
    let mut state = state.clone();
    for decided in events {
        let event = NewEvent {
            id: Uuid::from_u128(2),
            type_: decided.type_,
            time: command.time,
            data: decided.data,
            metadata: command.metadata.clone(),
            tags: Arc::default(),
        };
        let view = EventView::of(&event, &command.stream, Version(1), None);
        state = decider.evolve(&state, &view).expect("a decided event evolves");
    }
    state
}
