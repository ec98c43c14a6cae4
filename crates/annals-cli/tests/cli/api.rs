//! The table of answers: what a client sees for each way in which a command can end.

use std::fmt::Write as _;

use crate::common::{ORDERS, Running, folder};

const ORDER: &str = "/commands/Order/7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41";
const JSON: &str = "content-type: application/json";
const CREATE: &str = r#"{"customer_id":"0d6c7e1a-2b41-4f0f-9a53-5f6d1c0e8f0b",
    "shipping_address":{"street":"1 Main Street","city":"Oslo","country":"NO"}}"#;

#[test]
fn every_way_in_which_a_command_can_end_has_its_answer() {
    let folder = folder("api-table");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    let mut table = String::new();
    let mut row = |what: &str, request: &str, headers: &[&str], body: &str| {
        let (status, _, answer) = system.ask(request, headers, body);
        let _ = write!(table, "{what}: {status}");
        for field in ["outcome", "code", "rejection", "path", "detail"] {
            if let Some(value) = answer.get(field).filter(|value| !value.is_null()) {
                let _ = write!(table, "\n    {field}: {value}");
            }
        }
        table.push('\n');
        answer
    };
    let receive = "POST /commands/StockItem/sku-7/ReceiveStock";
    let key = "idempotency-key: delivery-1";
    let first = row("accepted", receive, &[JSON, key], r#"{"quantity":10}"#);
    let again = row("the same again", receive, &[JSON, key], r#"{"quantity":10}"#);
    assert_eq!(first, again);
    row("another body under its key", receive, &[JSON, key], r#"{"quantity":11}"#);
    row("a bad field", receive, &[JSON], r#"{"quantity":"ten"}"#);
    row("out of its limits", receive, &[JSON], r#"{"quantity":-1}"#);
    row("a missing field", receive, &[JSON], "{}");
    row("an unknown field", receive, &[JSON], r#"{"quantity":1,"colour":"red"}"#);
    row("no JSON in it", receive, &[JSON], "quantity=10");
    row("not JSON by its type", receive, &["content-type: text/plain"], r#"{"quantity":1}"#);
    row("too large", receive, &[JSON], &format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20)));
    row("nothing there yet", &format!("POST {ORDER}/PlaceOrder"), &[JSON], "{}");
    row("created", &format!("POST {ORDER}/CreateOrder"), &[JSON], CREATE);
    row("not allowed any more", &format!("POST {ORDER}/CreateOrder"), &[JSON], CREATE);
    row("rejected", &format!("POST {ORDER}/PlaceOrder"), &[JSON], "{}");
    let cancel = format!("POST {ORDER}/CancelOrder");
    let why = r#"{"reason":"changed my mind"}"#;
    row("another version", &cancel, &[JSON, "if-match: \"9\""], why);
    row("its version", &cancel, &[JSON, "if-match: \"1\""], why);
    row("nothing to do", &cancel, &[JSON], why);
    row("sent by a saga only", "POST /commands/StockItem/sku-7/ReserveStock", &[JSON], "{}");
    row("an unknown aggregate", "POST /commands/Invoice/1/Pay", &[JSON], "{}");
    row("an unknown command", &format!("POST {ORDER}/PayOrder"), &[JSON], "{}");
    row("an id that is none", "POST /commands/Order/7/PlaceOrder", &[JSON], "{}");
    row("another method", &format!("PUT {ORDER}/PlaceOrder"), &[JSON], "{}");
    row("a foreign host", receive, &[JSON, "host: evil.example"], r#"{"quantity":1}"#);
    row("an unknown path", "GET /nothing", &[], "");
    row("an unknown projection", "GET /projections/nothing", &[], "");
    row(
        "an unknown row",
        &ORDER.replace("/commands/Order", "GET /projections/orders_summary").replace('7', "8"),
        &[],
        "",
    );
    row("an unknown saga", "GET /sagas/Nothing", &[], "");
    row("a page too large", "GET /events?limit=1001", &[], "");
    row("an unknown trace", "GET /trace/00000000-0000-4000-8000-000000000000", &[], "");
    insta::assert_snapshot!(table);
}

#[test]
fn answers_carry_what_a_client_goes_on_with() {
    let folder = folder("api-heads");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    let receive = "POST /commands/StockItem/sku-7/ReceiveStock";
    let (_, head, answer) = system.ask(receive, &[JSON], r#"{"quantity":10}"#);
    assert!(head.contains("etag: \"1\""), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let (_, head, _) = system.ask(receive, &[JSON], "{}");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    for number in 2..=5 {
        let (status, _) =
            system.post("/commands/StockItem/sku-7/ReceiveStock", r#"{"quantity":1}"#);
        assert_eq!(status, 200, "{number}");
    }
    // Pages: two, then the rest, and nothing is left out or repeated.
    let first = system.get("/streams/StockItem/sku-7?limit=2");
    let after = first["next"].as_str().unwrap();
    let rest = system.get(&format!("/streams/StockItem/sku-7?after={after}"));
    let versions: Vec<u64> = [&first, &rest]
        .into_iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|event| event["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert!(rest["next"].is_null());
    let trace = system.get(&format!("/trace/{}", answer["correlation_id"].as_str().unwrap()));
    let items = trace["items"].as_array().unwrap();
    assert_eq!(items[0]["what"], "ReceiveStock");
    assert_eq!(items[0]["data"]["outcome"], "accepted");
    assert_eq!(items[1]["what"], "StockReceived.v1");
    assert_eq!(system.get("/health")["status"], "up");
}

#[test]
fn a_rejected_command_has_a_trace_too() {
    let folder = folder("api-rejected");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    assert_eq!(system.post(&format!("{ORDER}/CreateOrder"), CREATE).0, 200);
    let (status, answer) = system.post(&format!("{ORDER}/PlaceOrder"), "{}");
    assert_eq!(status, 409);
    let id = answer["correlation_id"].as_str().expect("a rejection says its correlation");
    let trace = system.get(&format!("/trace/{id}"));
    assert_eq!(trace["items"][0]["what"], "PlaceOrder");
    assert_eq!(trace["items"][0]["data"]["rejection"]["name"], answer["rejection"]);
}
