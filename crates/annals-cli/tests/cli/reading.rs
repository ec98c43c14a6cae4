//! The commands that read a store, on the demo's: every one of them, in words and in JSON.

use serde_json::Value;

use crate::common::{annals, demo, folder};

#[test]
fn help_is_what_it_was() {
    let folder = folder("help");
    let mut text = annals(&folder, &["--help"]).out;
    let commands = [
        "check",
        "report",
        "test",
        "run",
        "demo",
        "events",
        "streams",
        "projections",
        "sagas",
        "dead-letters",
        "trace",
        "schema",
    ];
    for command in commands {
        let seen = annals(&folder, &[command, "--help"]);
        assert_eq!(seen.code, 0, "{command}");
        text += &format!("\n=== annals {command}\n{}", seen.out);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn bad_usage_exits_with_2() {
    let folder = folder("usage");
    for arguments in [
        &["nothing"][..],
        &["events", "--limit", "x"],
        &["trace", "x"],
        &["check"],
        &["events", "--store", "mysql://x"],
        &["events", "--store", "sqlite://missing.db"],
        &["report", "missing.yaml"],
    ] {
        let seen = annals(&folder, arguments);
        assert_eq!(seen.code, 2, "{arguments:?}: {}{}", seen.out, seen.err);
        assert!(!seen.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_reading_command_reads_the_demos_store() {
    let folder = folder("reading");
    demo(&folder, "60");
    let store = ["--store", "sqlite://demo.db"];
    let words = |arguments: &[&str]| {
        let seen = annals(&folder, &[arguments, &store].concat());
        assert_eq!(seen.code, 0, "{arguments:?}: {}{}", seen.out, seen.err);
        assert!(!seen.out.trim().is_empty(), "{arguments:?}");
        seen.out
    };
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(&words(&[arguments, &["--json"]].concat())).expect("it is JSON")
    };
    let events = json(&["events", "--limit", "1000000"]);
    let events = events.as_array().unwrap();
    let positions: Vec<u64> = events.iter().map(|e| e["position"].as_u64().unwrap()).collect();
    assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
    let placed = events.iter().find(|e| e["type"] == "OrderPlaced.v1").expect("one is placed");
    let order = placed["aggregate_id"].as_str().unwrap();
    let stream = format!("Order/{order}");
    assert!(words(&["streams", "show", &stream, "--states"]).contains("placed"));
    let stream = json(&["streams", "show", &stream, "--states"]);
    assert!(stream.to_string().contains("\"status\":\"placed\""), "{stream}");
    assert!(words(&["projections", "list"]).contains("orders_summary"));
    assert!(words(&["projections", "show", "orders_summary", order]).contains(order));
    assert!(words(&["sagas", "list"]).contains("OrderFulfillment"));
    let saga = words(&["sagas", "show", "OrderFulfillment", order]);
    assert!(saga.contains("started by OrderPlaced"), "{saga}");
    let trace = words(&["trace", placed["correlation_id"].as_str().unwrap()]);
    for told in ["PlaceOrder", "OrderPlaced", "reads OrderPlaced", "started by", "ReserveStock"] {
        assert!(trace.contains(told), "{told}: {trace}");
    }
    let letters = json(&["dead-letters", "list", "--all"]);
    let letter = letters.as_array().and_then(|items| items.first());
    if let Some(letter) = letter {
        let id = letter["id"].to_string();
        assert!(!words(&["dead-letters", "show", &id]).is_empty());
    }
}
