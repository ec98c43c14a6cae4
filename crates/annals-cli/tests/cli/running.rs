//! `annals run`: who may open a store, and how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{ORDERS, Running, annals, eventually, folder};

/// SQL on the store beside the system that runs on it.
fn sql(folder: &Path, text: &str) {
    let conn = rusqlite::Connection::open(folder.join("annals.db")).unwrap();
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    conn.execute_batch(text).unwrap();
}

fn create(system: &Running, order: &str) {
    let address = r#"{"street":"a","city":"b","country":"NO"}"#;
    let input = format!(r#"{{"customer_id":"{order}","shipping_address":{address}}}"#);
    let (status, answer) = system.post(&format!("/commands/Order/{order}/CreateOrder"), &input);
    assert_eq!(status, 200, "{answer}");
}

const ORDER: &str = "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41";
const ANOTHER: &str = "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b42";

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
    system.terminate();
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

#[test]
fn a_store_that_cannot_be_used_any_more_ends_the_system_and_is_named() {
    let folder = folder("run-damaged");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let mut system = Running::start(&folder, &["architecture.yaml"]);
    let damage = "UPDATE sqlite_schema SET sql = 'CREATE TABLE annals_letters (' \
                  WHERE name = 'annals_letters'";
    let seen = "PRAGMA schema_version = 9999";
    sql(&folder, &format!("PRAGMA writable_schema = ON; BEGIN; {damage}; {seen}; COMMIT"));
    assert_eq!(system.child.wait().unwrap().code(), Some(3));
    assert!(system.said().contains("error: the store is damaged: "), "{}", system.said());
}

#[test]
fn what_keeps_a_consumer_from_working_is_said_and_shown() {
    let folder = folder("run-trouble");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    let rule = "not_today INTEGER CHECK (not_today IS NOT NULL)";
    sql(&folder, &format!("ALTER TABLE annals_timers ADD COLUMN {rule}"));
    create(&system, ORDER);
    system.says("cancel_forgotten gets no further: ");
    let health = system.get("/health");
    assert_eq!(health["status"], "degraded", "{health}");
    let consumers = health["consumers"].as_array().unwrap();
    let troubled: Vec<_> = consumers.iter().filter(|it| !it["trouble"].is_null()).collect();
    assert_eq!(troubled.len(), 1, "{health}");
    assert_eq!(troubled[0]["name"], "cancel_forgotten");
    assert!(troubled[0]["trouble"].as_str().unwrap().contains("not_today"), "{health}");
    sql(&folder, "ALTER TABLE annals_timers DROP COLUMN not_today");
    system.says("cancel_forgotten goes on");
    assert_eq!(system.get("/health")["status"], "up");
    assert_eq!(system.said().matches("gets no further").count(), 1, "{}", system.said());
}

#[test]
fn a_journal_that_another_program_holds_is_said_and_shown_until_that_is_over() {
    let folder = folder("run-journal");
    let long = ORDERS.replace("street: text", "street: { text: { max: 900000 } }");
    std::fs::write(folder.join("architecture.yaml"), long).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    assert_eq!(system.get("/health")["alarm"], Value::Null);
    let other = rusqlite::Connection::open(folder.join("annals.db")).unwrap();
    other.execute_batch("BEGIN").unwrap();
    let events = other.query_row("SELECT count(*) FROM event_store", [], |row| row.get(0));
    assert_eq!(events, Ok(0));
    // Each of them is well below what a request may have, a hundred well above 64 MiB.
    let street = "a".repeat(900_000);
    let address = format!(r#"{{"street":"{street}","city":"b","country":"NO"}}"#);
    let grown = (0..100).any(|order| {
        let id = format!("7b0e4c3a-51d2-4c43-9a53-0d6c7e1a{order:04}");
        let input = format!(r#"{{"customer_id":"{id}","shipping_address":{address}}}"#);
        let (status, answer) = system.post(&format!("/commands/Order/{id}/CreateOrder"), &input);
        assert_eq!(status, 200, "{answer}");
        !system.get("/health")["alarm"].is_null()
    });
    let health = system.get("/health");
    assert!(grown, "{health}");
    assert_eq!(health["status"], "degraded", "{health}");
    system.says("annals.db-wal has grown to ");
    drop(other);
    system.says("the store: that is over");
    let health = system.get("/health");
    assert_eq!((&health["status"], &health["alarm"]), (&json!("up"), &Value::Null), "{health}");
}

#[test]
fn a_request_of_a_later_version_is_named_and_left_where_it_is() {
    let folder = folder("run-later");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    drop(Running::start(&folder, &["architecture.yaml"]));
    sql(&folder, "INSERT INTO annals_requests (kind, letter) VALUES ('postpone', 1)");
    let system = Running::start(&folder, &["architecture.yaml"]);
    system.says("request 1 stays: 'postpone' is of a later version of Annals");
    drop(system);
    let seen =
        annals(&folder, &["run", "architecture.yaml", "--until-idle", "--listen", "127.0.0.1:0"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    let conn = rusqlite::Connection::open(folder.join("annals.db")).unwrap();
    let left = conn.query_row("SELECT count(*) FROM annals_requests", [], |row| row.get(0));
    assert_eq!(left, Ok(1));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long the end takes is what is tested")]
fn calls_that_began_late_do_not_hold_the_end_up() {
    let folder = folder("run-late-calls");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", service.local_addr().unwrap());
    let variables = [("NOTIFICATIONS_URL", &*url)];
    let mut system = Running::with(&folder, &["architecture.yaml"], &variables);
    create(&system, ORDER);
    let (mut first, _) = service.accept().unwrap();
    create(&system, ANOTHER);
    let (_second, _) = service.accept().unwrap();
    system.terminate();
    let gone = || TcpStream::connect(&system.address).is_err();
    eventually(gone, || "the API's end".into());
    // The first call ends, and with it the step that was under way; the second could take 10 s.
    let before = Instant::now();
    first.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    assert_eq!(system.child.wait().unwrap().code(), Some(0));
    assert!(before.elapsed() < Duration::from_secs(6), "{:?}", before.elapsed());
}
