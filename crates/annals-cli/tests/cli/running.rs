//! `annals run`: who may open a store, and how it ends.

use std::io::Read;
use std::process::Command;

use crate::common::{ORDERS, Running, annals, folder};

#[test]
fn a_second_process_on_a_store_is_refused_and_names_the_first() {
    let folder = folder("run-twice");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let first = Running::start(&folder, &["architecture.yaml"]);
    let second = annals(&folder, &["run", "architecture.yaml", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 3, "{}", second.err);
    assert!(second.err.contains(&first.child.id().to_string()), "{}", second.err);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = folder("run-port");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let first = Running::start(&folder, &["architecture.yaml"]);
    let other =
        ["run", "architecture.yaml", "--store", "sqlite://b.db", "--listen", &first.address];
    let second = annals(&folder, &other);
    assert_eq!(second.code, 3, "{}", second.err);
    assert!(second.err.contains(&first.address), "{}", second.err);
}

#[test]
fn only_loopback_is_listened_on() {
    let folder = folder("run-address");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let seen = annals(&folder, &["run", "architecture.yaml", "--listen", "0.0.0.0:0"]);
    assert_eq!(seen.code, 2, "{}", seen.err);
    assert!(seen.err.contains("loopback"), "{}", seen.err);
}

#[test]
fn sigterm_finishes_what_is_in_flight_and_ends_in_peace() {
    let folder = folder("run-term");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let mut system = Running::start(&folder, &["architecture.yaml"]);
    let (status, _) = system.post("/commands/StockItem/sku-7/ReceiveStock", r#"{"quantity":10}"#);
    assert_eq!(status, 200);
    let id = system.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut rest = String::new();
    system.output.read_to_string(&mut rest).unwrap();
    assert_eq!(system.child.wait().unwrap().code(), Some(0));
    let events = annals(&folder, &["events", "--json"]).json();
    assert_eq!(events.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_model_that_does_not_resolve_does_not_run() {
    let folder = folder("run-wrong");
    std::fs::write(folder.join("architecture.yaml"), "annals: 1\nname: x\nservice: {}\n").unwrap();
    let seen = annals(&folder, &["run", "architecture.yaml"]);
    assert_ne!(seen.code, 0);
    assert!(seen.err.contains("A0020"), "{}", seen.err);
    assert!(!folder.join("annals.db").exists(), "nothing is made for it");
}
