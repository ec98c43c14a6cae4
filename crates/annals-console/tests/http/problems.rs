//! Every refusal is a problem: `application/problem+json` with a code, and what it is about.

use std::fmt::Write as _;

use crate::common::{ORDER, Served};

/// What each request is answered, one after the other.
fn told(served: &Served, requests: &[&str]) -> String {
    let mut told = String::new();
    for request in requests {
        let _ = writeln!(told, "{request}: {}", served.ask(request, &[], "").told());
    }
    told
}

#[test]
fn parameters_are_known_and_well_formed_or_refused_by_name() {
    let served = Served::orders();
    insta::assert_snapshot!(told(
        &served,
        &[
            "GET /events?limit=abc",
            "GET /events?limit=-1",
            "GET /events?limit=0",
            "GET /events?limit=1001",
            "GET /events?limit=%2B5",
            "GET /events?limit=",
            "GET /events?limit=1&limit=2",
            "GET /events?after=x",
            "GET /events?after=1%ff",
            "GET /events?%ff=1",
            "GET /events?bogus=1",
            "GET /events?raw=1",
            "GET /events?include=bogus",
            "GET /events?status=failed",
            "GET /events?type=OrderCreated.v2",
            "GET /streams/StockItem/sku-7?type=StockReceived",
            "GET /projections?bogus=1",
            "GET /projections/orders_summary?raw=true",
            "GET /projections/orders_summary?after=7",
            "GET /projections/orders_summary/7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41?limit=1",
            "GET /sagas?status=failed",
            "GET /sagas/OrderFulfillment?status=bogus",
            "GET /sagas/OrderFulfillment?after=7",
            "GET /sagas/OrderFulfillment/7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41?limit=1",
            "GET /dead-letters?status=bogus",
            "GET /trace/7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41?raw=true",
            "GET /health?verbose",
        ]
    ));
    for fine in ["/events?", "/events?&limit=5&after=0&raw=false", "/events?type=Order%43reated"] {
        served.get(fine);
    }
    let command = served.post("StockItem/sku-7/ReceiveStock?dry=1", &[], r#"{"quantity":1}"#);
    assert_eq!((command.status, &command.body["parameter"]), (400, &"dry".into()));
}

#[test]
fn paths_and_methods_are_refused_as_problems() {
    let served = Served::orders();
    insta::assert_snapshot!(told(
        &served,
        &[
            "GET /streams/StockItem/%ff",
            "GET /streams/Nothing/7",
            "GET /sagas/%ff",
            "POST /commands/StockItem/%ff/ReceiveStock",
            "GET /trace/7",
            "GET /nothing",
            "OPTIONS /events",
            "DELETE /events",
            "GET /commands/StockItem/sku-7/ReceiveStock",
        ]
    ));
    let delete = served.ask("DELETE /events", &[], "");
    assert!(delete.head.contains("allow: get,head"), "{}", delete.head);
    let get = served.ask("GET /commands/StockItem/sku-7/ReceiveStock", &[], "");
    assert!(get.head.contains("allow: post"), "{}", get.head);
}

#[test]
fn head_is_get_without_its_body() {
    let served = Served::orders();
    served.accepted("StockItem/sku-7/ReceiveStock", r#"{"quantity":1}"#);
    for path in ["/events", "/events?limit=abc", &format!("/streams/Order/{ORDER}"), "/nothing"] {
        let [head, get] = ["HEAD", "GET"].map(|method| {
            let answer = served.ask(&format!("{method} {path}"), &[], "");
            let head: Vec<String> = answer.head.lines().map(str::to_owned).collect();
            let head: Vec<String> =
                head.into_iter().filter(|line| !line.starts_with("date:")).collect();
            (head, answer.body)
        });
        assert_eq!(head.0, get.0, "{path}");
        assert!(head.1.is_null() && !get.1.is_null(), "{path}");
    }
    let post = served.ask("HEAD /commands/StockItem/sku-7/ReceiveStock", &[], "");
    assert_eq!(post.status, 405);
    assert!(post.head.contains("application/problem+json"), "{}", post.head);
    assert!(post.head.contains("allow: post"), "{}", post.head);
}
