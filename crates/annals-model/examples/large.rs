//! How long a large system takes to load: prints lines, bytes and the best of ten loads.
//! `cargo run --release -p annals-model --example large`

use std::fmt::Write as _;
use std::time::Instant;

use annals_model::{SourceFile, load};

/// Aggregates of the generated system; 42 lines each.
const AGGREGATES: usize = 120;

#[expect(clippy::disallowed_methods, reason = "measured in real time")]
fn main() {
    let text = system(AGGREGATES);
    let (lines, bytes) = (text.lines().count(), text.len());
    let mut best = f64::MAX;
    for _ in 0..10 {
        let files = vec![SourceFile { path: "large.yaml".to_owned(), text: text.clone() }];
        let start = Instant::now();
        let loaded = load(files);
        best = best.min(start.elapsed().as_secs_f64() * 1_000.0);
        assert!(loaded.model.is_some(), "{:?}", loaded.diagnostics);
    }
    println!("{lines} lines, {bytes} bytes: {best:.1} ms");
}

fn system(aggregates: usize) -> String {
    let mut text = String::from(
        "annals: 1\nname: large\nservices:\n  core: { domain: core }\n  other: { domain: other }\n\
         types:\n  Cents: { int: { min: 0 } }\n  \
         Line: { sku: text, quantity: int, price: Cents }\naggregates:\n",
    );
    for n in 0..aggregates {
        write!(text, "{}", AGGREGATE.replace("%", &n.to_string())).expect("a string takes it");
    }
    text.push_str("sagas:\n");
    for n in 1..aggregates {
        let saga = SAGA.replace("%", &n.to_string()).replace("@", &(n - 1).to_string());
        write!(text, "{saga}").expect("a string takes it");
    }
    text.push_str("projections:\n");
    for n in 0..aggregates {
        write!(text, "{}", PROJECTION.replace("%", &n.to_string())).expect("a string takes it");
    }
    text
}

const AGGREGATE: &str = r#"  Thing%:
    service: core
    id: { thing_id: uuid }
    snapshot_every: 100
    state:
      status: { enum: [none, open, closed], initial: none }
      lines: { list: Line, max: 50 }
      total: Cents
    commands:
      Open%:
        input: { owner: uuid }
        when: state.status == "none"
        emit: Opened%
      Add%:
        input: { sku: text, quantity: int, price: Cents }
        when: state.status == "open"
        reject:
          Twice: state.lines.exists(l, l.sku == input.sku)
        emit: Added%
      Close%:
        ignore: state.status == "closed"
        emit:
          Closed%: { lines: =state.lines, total: =state.total }
    events:
      Opened%: { versions: { 1: { owner: uuid } }, set: { status: open } }
      Added%:
        versions: { 1: { sku: text, quantity: int, price: Cents } }
        append: { lines: =event }
        set: { total: =state.total + event.quantity * event.price }
      Closed%:
        versions: { 1: { lines: { list: Line, max: 50 }, total: Cents } }
        set: { status: closed }
"#;

const SAGA: &str = r#"  Follow%:
    service: other
    start: Closed%
    key: thing_id
    steps:
      reopen:
        send: Open@
        with: { owner: =start.thing_id }
        done: Opened@
        compensate: Close@
        timeout: 30s
"#;

const PROJECTION: &str = r#"  things_%:
    service: other
    update: eventual
    key: thing_id
    columns: { thing_id: uuid, owner: optional uuid, total: Cents, closed_at: optional time }
    on:
      Opened%: {}
      Closed%: { closed_at: =meta.time }
"#;
