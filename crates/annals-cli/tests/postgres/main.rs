//! The command line on a store of Postgres: what runs on a file runs there too, and goes on by
//! itself when the server's sessions break.

#[path = "../cli/common.rs"]
#[expect(dead_code, reason = "shared with the tests on files, which use all of it")]
mod common;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use annals_faults::server::Server;
use common::{ORDERS, Running, annals, eventually, folder};

const ORDER: &str = "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41";

/// A folder with the order system's file, and a store of its own in the server that the environment
/// names.
#[expect(clippy::disallowed_methods, reason = "tests are told of the server in this way alone")]
fn place(name: &str) -> (PathBuf, String) {
    let server = std::env::var("ANNALS_TEST_POSTGRES")
        .expect("ANNALS_TEST_POSTGRES names no server; `cargo xtask services up postgres` does");
    let folder = folder(&format!("postgres-{name}"));
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    (folder, format!("{server}?schema=cli_{name}_{}", std::process::id()))
}

/// SQL on the store, as the server's superuser.
fn sql(store: &str, text: &str) {
    let (server, schema) = store.split_once("?schema=").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {schema}; {text}")).await.unwrap();
    });
}

/// Sends a command that creates an order, under its id as the key.
fn create(system: &Running, order: &str) -> (u16, serde_json::Value) {
    let address = r#"{"street":"a","city":"b","country":"NO"}"#;
    let input = format!(r#"{{"customer_id":"{order}","shipping_address":{address}}}"#);
    let key = format!("idempotency-key: {order}");
    let headers = ["content-type: application/json", key.as_str()];
    let request = format!("POST /commands/Order/{order}/CreateOrder");
    let (status, _, answer) = system.ask(&request, &headers, &input);
    (status, answer)
}

fn numbered(number: u32) -> String {
    format!("{}{number:04}", &ORDER[..32])
}

#[test]
fn what_runs_on_a_file_runs_on_a_server_and_outlives_a_kill() {
    let (folder, store) = place("run");
    let arguments = ["architecture.yaml", "--store", &store];
    let mut system = Running::start(&folder, &arguments);
    let (status, first) = create(&system, ORDER);
    assert_eq!(status, 200, "{first}");
    let (status, _) = system.post("/commands/StockItem/sku-7/ReceiveStock", r#"{"quantity":10}"#);
    assert_eq!(status, 200);
    let again = ["run", "architecture.yaml", "--store", &store, "--listen", "127.0.0.1:0"];
    let second = annals(&folder, &again);
    assert_eq!(second.code, 3, "{}", second.err);
    assert!(second.err.contains(&system.child.id().to_string()), "{}", second.err);
    system.child.kill().unwrap();
    system.child.wait().unwrap();

    let started = || {
        let events = annals(&folder, &["events", "--json", "--store", &store]);
        events.json().as_array().map(Vec::len)
    };
    assert_eq!(started(), Some(2));
    let mut system = Running::start(&folder, &arguments);
    assert_eq!(create(&system, ORDER), (200, first), "the first answer again");
    let page = system.get("/events");
    assert_eq!(page["position"], 2, "and no event twice: {page}");
    let summary = system.get(&format!("/projections/orders_summary/{ORDER}"));
    assert_eq!(summary["status"], "open", "{summary}");
    system.terminate();
    let mut rest = String::new();
    system.output.read_to_string(&mut rest).unwrap();
    assert_eq!(system.child.wait().unwrap().code(), Some(0));
}

#[test]
fn after_the_server_has_dropped_everybody_it_goes_on_within_five_seconds() {
    let (folder, store) = place("drop");
    let system = Running::start(&folder, &["architecture.yaml", "--store", &store]);
    for round in 1..=3 {
        assert_eq!(create(&system, &numbered(round * 10)).0, 200);
        sql(
            &store,
            &format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = 'annals, process {}'",
                system.child.id()
            ),
        );
        let begun = now();
        let order = numbered(round * 10 + 1);
        // A client that is told 503 asks again; what was done is done once.
        eventually(|| create(&system, &order).0 == 200, || "an order".to_owned());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    let head = || system.get("/events")["position"].as_u64();
    assert_eq!(head(), Some(6));
    eventually(|| follows(&system, 6), || system.get("/health").to_string());
}

/// As behind a server that gave way to one that was behind: the log lacks its last event.
#[test]
fn an_engine_that_nobody_asks_ends_where_its_log_became_shorter() {
    let (folder, store) = place("shorter");
    let mut system = Running::start(&folder, &["architecture.yaml", "--store", &store]);
    for number in 1..=3 {
        assert_eq!(create(&system, &numbered(number)).0, 200);
    }
    let shorter = ["event_store", "annals_commits"].map(|table| {
        let place = if table == "event_store" { "position" } else { "head" };
        format!(
            "ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table} WHERE {place} > 2; \
             ALTER TABLE {table} ENABLE TRIGGER USER;"
        )
    });
    sql(&store, &format!("BEGIN; {} COMMIT", shorter.join(" ")));
    let child = std::cell::RefCell::new(&mut system.child);
    eventually(|| child.borrow_mut().try_wait().unwrap().is_some(), || "its end".to_owned());
    assert_eq!(system.child.wait().unwrap().code(), Some(3), "{}", system.said());
    assert!(system.said().contains("restored from an older copy"), "{}", system.said());
}

/// The whole application under a server that dies: its API, its consumers, and the books of both.
#[test]
fn after_the_server_was_killed_it_goes_on_within_five_seconds_of_its_return() {
    let folder = folder("postgres-killed");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let place = std::env::temp_dir().join(format!("annals-cli-killed-{}", std::process::id()));
    let mut server = Server::make(&place, &[]).unwrap();
    let store = server.place("annals");
    let mut system = Running::start(&folder, &["architecture.yaml", "--store", &store]);
    for round in 1..=3 {
        assert_eq!(create(&system, &numbered(round * 10)).0, 200);
        server.kill().unwrap();
        let order = numbered(round * 10 + 1);
        assert_eq!(create(&system, &order).0, 503, "nothing is taken without it");
        let back = server.start().unwrap();
        let head = u64::from(round * 2);
        eventually(|| create(&system, &order).0 == 200, || system.said());
        eventually(|| follows(&system, head), || system.get("/health").to_string());
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
        assert_eq!(system.get("/events")["position"], head, "each is there once");
    }
    system.terminate();
    assert_eq!(system.child.wait().unwrap().code(), Some(0), "{}", system.said());
    drop(server);
    std::fs::remove_dir_all(&place).unwrap();
}

/// Whether all consumers that run have seen the log up to there.
fn follows(system: &Running, head: u64) -> bool {
    let health = system.get("/health");
    let consumers = health["consumers"].as_array().cloned().unwrap_or_default();
    let runs = |it: &&serde_json::Value| it["held"].is_null();
    consumers.len() > 3 && consumers.iter().filter(runs).all(|it| it["checkpoint"] == head)
}

#[expect(clippy::disallowed_methods, reason = "a bound in real time is what is promised")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_letter_is_redriven_by_request_and_without_an_engine() {
    let (folder, store) = place("letters");
    let listed = |folder: &Path| {
        let seen = annals(folder, &["dead-letters", "list", "--json", "--store", &store]);
        seen.json().as_array().map(Vec::len)
    };
    let unused = annals(&folder, &["events", "--store", &store]);
    assert_eq!(unused.code, 3, "{}", unused.err);
    assert!(unused.err.contains("no engine has used it yet"), "{}", unused.err);
    let system = Running::start(&folder, &["architecture.yaml", "--store", &store]);
    assert_eq!(create(&system, ORDER).0, 200);
    assert_eq!(listed(&folder), Some(0));
    let missing = annals(&folder, &["dead-letters", "redrive", "7", "--store", &store]);
    assert_ne!(missing.code, 0, "{}", missing.out);
}

#[test]
fn a_password_is_never_repeated() {
    let folder = folder("postgres-secret");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let store = "postgres://ann:secret@127.0.0.1:1/shop";
    let seen = annals(&folder, &["run", "architecture.yaml", "--store", store]);
    assert_eq!(seen.code, 3, "{}", seen.err);
    assert!(!seen.err.contains("secret") && !seen.out.contains("secret"), "{}", seen.err);
}
