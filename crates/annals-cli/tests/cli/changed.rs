//! The file is edited and run again on the demo's kept store: what happens then, case by case.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{ANNALS, ORDERS, Running, Seen, annals, demo, eventually, folder};

/// The demo's store, and the order system with a change.
fn changed(name: &str, changes: &[(&str, &str)]) -> PathBuf {
    changed_behind(name, changes, "30")
}

/// The same behind so many orders.
fn changed_behind(name: &str, changes: &[(&str, &str)], orders: &str) -> PathBuf {
    let folder = folder(&format!("changed-{name}"));
    demo(&folder, orders);
    let mut text = ORDERS.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(folder.join("architecture.yaml"), text).unwrap();
    folder
}

fn run(folder: &Path) -> Seen {
    let store = ["--store", "sqlite://demo.db", "--listen", "127.0.0.1:0", "--until-idle"];
    annals(folder, &[&["run", "architecture.yaml"], &store[..]].concat())
}

#[test]
fn unchanged_it_just_runs() {
    let seen = run(&changed("not", &[]));
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(!seen.err.contains("rebuilt"), "{}", seen.err);
}

#[test]
fn another_model_is_refused() {
    let seen = run(&changed("name", &[("name: orders", "name: invoices")]));
    assert_eq!(seen.code, 3, "{}", seen.err);
    assert!(seen.err.contains("orders") && seen.err.contains("invoices"), "{}", seen.err);
}

#[test]
fn a_changed_projection_is_rebuilt_before_it_serves_and_says_so() {
    let folder = changed(
        "projection",
        &[("placed_by_day:\n", "placed_by_day:\n    describe: by day, in UTC\n")],
    );
    // A description is no change of the definition.
    assert!(!run(&folder).err.contains("rebuilt"));
    let text = std::fs::read_to_string(folder.join("architecture.yaml")).unwrap();
    let changed = text.replacen("status: placed, placed_at", "status: paid, placed_at", 1);
    assert_ne!(text, changed);
    std::fs::write(folder.join("architecture.yaml"), changed).unwrap();
    let seen = run(&folder);
    assert_eq!(seen.code, 0, "{}", seen.err);
    let said = format!("{}{}", seen.out, seen.err);
    assert!(said.contains("orders_summary") && said.contains("rebuilt"), "{said}");
    assert!(!said.contains("placed_by_day"), "{said}");
    let again = run(&folder);
    assert!(!format!("{}{}", again.out, again.err).contains("rebuilt"), "once is enough");
}

#[test]
fn a_changed_shape_of_a_stored_event_is_refused_with_the_block_to_paste() {
    let before = "StockReceived:\n        versions: { 1: { quantity: Quantity } }";
    let after =
        "StockReceived:\n        versions: { 1: { quantity: Quantity, note: optional text } }";
    // Its command says where the new field comes from.
    let command = "ReceiveStock: { input: { quantity: Quantity }, emit";
    let input = "ReceiveStock: { input: { quantity: Quantity, note: optional text }, emit";
    let changes = [(before, after), (command, input)];
    let folder = changed("event", &changes);
    let seen = run(&folder);
    assert_eq!(seen.code, 3, "{}{}", seen.out, seen.err);
    assert!(seen.err.contains("StockReceived"), "{}", seen.err);
    assert!(seen.err.contains("upcast"), "{}", seen.err);
}

#[test]
fn an_aggregate_with_streams_keeps_its_name() {
    let changes = [("\n  Payment:\n", "\n  Charge:\n")];
    let folder = changed("aggregate", &changes);
    let seen = run(&folder);
    assert_eq!(seen.code, 3, "{}{}", seen.out, seen.err);
    assert!(seen.err.contains("streams of the aggregate Payment are stored"), "{}", seen.err);
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let seen = run(&folder);
    assert_eq!(seen.code, 0, "{}", seen.err);
}

#[test]
fn snapshots_of_a_state_that_has_changed_are_ignored() {
    // Of the same shape, folded in another way: only the definition's hash tells them apart.
    let changes = [
        (
            "        set: { available: =state.available + event.quantity }\n      StockReserved",
            "        set:\n          available: =state.available + event.quantity\n          \
             taken: =state.taken + 1000000\n      StockReserved",
        ),
        (
            "ReceiveStock: { input: { quantity: Quantity }, emit: StockReceived }",
            "ReceiveStock: { input: { quantity: Quantity }, emit: StockReceived }\n      \
             GiveStock:\n        input: { quantity: Quantity }\n        \
             reject: { NeverReceived: state.taken < 1000000 }\n        emit: StockReceived",
        ),
    ];
    let folder = changed_behind("snapshot", &changes, "900");
    let conn = rusqlite::Connection::open(folder.join("demo.db")).unwrap();
    let stock = "SELECT aggregate_id FROM annals_snapshots JOIN annals_streams USING (stream) \
                 WHERE aggregate = 'StockItem' LIMIT 1";
    let sku: String = conn.query_row(stock, [], |row| row.get(0)).expect("there is a snapshot");
    drop(conn);
    let system = Running::start(&folder, &["architecture.yaml", "--store", "sqlite://demo.db"]);
    let give = format!("/commands/StockItem/{sku}/GiveStock");
    let (status, answer) = system.post(&give, r#"{"quantity":1}"#);
    assert_eq!(status, 200, "the whole stream is folded: {answer}");
}

#[test]
fn additions_just_work() {
    let folder = changed(
        "addition",
        &[(
            "ReceiveStock: { input: { quantity: Quantity }, emit: StockReceived }",
            "ReceiveStock: { input: { quantity: Quantity }, emit: StockReceived }\n      \
             GiveStock: { input: { quantity: Quantity }, emit: StockReceived }",
        )],
    );
    let system = Running::start(&folder, &["architecture.yaml", "--store", "sqlite://demo.db"]);
    let (status, answer) = system.post("/commands/StockItem/sku-1/GiveStock", r#"{"quantity":1}"#);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn an_answer_is_given_again_after_its_command_got_another_optional_field() {
    let folder = changed("answer", &[]);
    let receive = "ReceiveStock: { input: { quantity: Quantity }";
    let ask = |system: &Running, body: &str| {
        let headers = ["content-type: application/json", "idempotency-key: delivery 7"];
        let path = "POST /commands/StockItem/sku-1/ReceiveStock";
        let (status, _, answer) = system.ask(path, &headers, body);
        (status, answer)
    };
    let start = || Running::start(&folder, &["architecture.yaml", "--store", "sqlite://demo.db"]);
    let (status, first) = ask(&start(), r#"{"quantity":3}"#);
    assert_eq!(status, 200, "{first}");
    let grown = "ReceiveStock: { input: { quantity: Quantity, note: optional text }";
    assert!(ORDERS.contains(receive));
    std::fs::write(folder.join("architecture.yaml"), ORDERS.replacen(receive, grown, 1)).unwrap();
    let system = start();
    for same in [r#"{"quantity":3}"#, r#"{"quantity":3,"note":null}"#] {
        assert_eq!(ask(&system, same), (200, first.clone()));
    }
    for other in [r#"{"quantity":3,"note":""}"#, r#"{"quantity":4}"#] {
        assert_eq!(ask(&system, other).0, 422, "{other}");
    }
}

#[test]
fn changed_steps_of_a_saga_are_refused_while_instances_run_and_they_are_named() {
    let folder = folder("changed-saga-running");
    let mut demo = Command::new(ANNALS)
        .current_dir(&folder)
        .args(["demo", "--exit", "--json", "--store", "sqlite://demo.db", "--orders", "2000"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let list = ["sagas", "list", "--status", "running", "--json", "--store", "sqlite://demo.db"];
    // Until there is a store, and an instance that runs.
    let runs = || {
        let seen = annals(&folder, &list);
        seen.code == 0 && seen.json() != serde_json::json!([])
    };
    eventually(runs, || "an instance that runs".into());
    demo.kill().unwrap();
    demo.wait().unwrap();
    let running = annals(&folder, &list).json();
    let key = running[0]["key"].as_str().expect("some still run when it is killed");
    let changed = ORDERS.replacen("timeout: 30s", "timeout: 31s", 1);
    std::fs::write(folder.join("architecture.yaml"), changed).unwrap();
    let seen = run(&folder);
    assert_eq!(seen.code, 3, "{}{}", seen.out, seen.err);
    assert!(seen.err.contains("OrderFulfillment") && seen.err.contains(key), "{}", seen.err);
}

#[test]
fn changed_steps_of_a_saga_are_fine_once_no_instance_runs() {
    let folder = changed("saga-ended", &[("timeout: 30s", "timeout: 31s")]);
    let seen = run(&folder);
    assert_eq!(seen.code, 0, "{}", seen.err);
}
