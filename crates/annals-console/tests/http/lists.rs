//! Lists: pages that end by number and by size, and hold everything once.

use annals_console::Limits;
use serde_json::Value;

use crate::common::{ORDER, Served, create, weighty};

/// All items of a list, page by page; how many each page had.
fn pages(served: &Served, path: &str, limit: usize) -> (Vec<Value>, Vec<usize>) {
    let (mut items, mut sizes) = (Vec::new(), Vec::new());
    let mut after = String::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = served.get(&format!("{path}{separator}limit={limit}{after}"));
        assert!(page["position"].is_u64(), "{path}: {page}");
        let more = page["items"].as_array().expect("a list").clone();
        sizes.push(more.len());
        items.extend(more);
        match &page["next"] {
            Value::Null => return (items, sizes),
            Value::String(next) => after = format!("&after={next}"),
            other => panic!("{path}: next is {other}"),
        }
    }
}

#[test]
fn every_list_pages_and_its_last_page_says_so() {
    let served = Served::orders();
    let orders = [ORDER, "8b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41"];
    let correlation = orders.map(|order| served.place(order)["correlation_id"].clone());
    let trace = format!("/trace/{}", correlation[0].as_str().expect("it has one"));
    served.settle();
    let mut told = String::new();
    for list in [
        "/projections",
        "/projections/orders_summary",
        "/streams/StockItem/sku-7",
        "/events",
        "/events?include=sagas",
        "/sagas",
        "/sagas/OrderFulfillment",
        "/dead-letters",
        &trace,
    ] {
        let (all, whole) = pages(&served, list, 1_000);
        told += &format!("{list}: {}\n", all.len());
        assert_eq!(whole, [all.len()]);
        for limit in [1, 2, all.len().max(1)] {
            let (items, sizes) = pages(&served, list, limit);
            assert_eq!(items, all, "{list}");
            // The last page is full or not; an empty one never follows it.
            assert_eq!(sizes.len(), all.len().div_ceil(limit).max(1), "{list} by {limit}");
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_trace_puts_what_left_no_event_where_its_time_does() {
    let served = Served::orders();
    served.accepted(&format!("Order/{ORDER}/CreateOrder"), &create("a"));
    let rejected = served.post(&format!("Order/{ORDER}/PlaceOrder"), &[], "{}");
    let path = format!("/trace/{}", rejected.body["correlation_id"].as_str().expect("one"));
    let trace = served.get(&path);
    assert_eq!(trace["items"][0]["what"], "PlaceOrder", "{trace}");
    assert!(trace["next"].is_null() && trace["complete"] == true, "{trace}");
    assert_eq!(served.get(&format!("{path}?after=1"))["items"], serde_json::json!([]));
}

#[test]
fn a_page_of_large_events_ends_before_its_number() {
    let served = Served::orders();
    weighty(&served, 50);
    for list in ["/events", "/events?raw=true"] {
        let (items, sizes) = pages(&served, list, 1_000);
        assert_eq!(items.len(), 50);
        assert_eq!(sizes, [23, 23, 4], "about 4 MiB each");
    }
    let id = served.get("/events?limit=1")["items"][0]["correlation_id"].clone();
    let trace = served.get(&format!("/trace/{}", id.as_str().expect("it has one")));
    assert_eq!(trace["items"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_sagas_key_is_found_in_every_form_of_it() {
    let served = Served::orders();
    served.place(ORDER);
    served.settle();
    let upper = ORDER.to_uppercase();
    let found = served.get(&format!("/sagas/OrderFulfillment/{upper}"));
    assert_eq!(found, served.get(&format!("/sagas/OrderFulfillment/{ORDER}")));
    assert_eq!((&found["key"], &found["status"]), (&ORDER.into(), &"completed".into()));
    assert_eq!(found["steps"][0], "reserve_inventory");
    assert!(found["history_next"].is_null());
    served.get(&format!("/streams/saga-OrderFulfillment/{upper}"));
    let wrong = served.ask("GET /sagas/OrderFulfillment/seven", &[], "");
    assert_eq!((wrong.status, &wrong.body["path"]), (422, &"/key".into()), "{}", wrong.body);
    let other = format!("GET /sagas/OrderFulfillment/{}", ORDER.replace('7', "8"));
    assert_eq!(served.ask(&other, &[], "").status, 404);
}

/// A saga whose key is a field of its event, in a text that has more than one form.
const BY_TEXT: &str = "
annals: 1
name: guests
services: { desk: {} }
aggregates:
  Visit:
    service: desk
    id: { visit_id: int }
    state: { open: bool }
    commands:
      Arrive: { input: { guest: text }, emit: Arrived }
    events:
      Arrived: { versions: { 1: { guest: text } }, set: { open: \"=true\" } }
  Guest:
    service: desk
    id: { guest: text }
    state: { visits: int }
    commands:
      Greet: { emit: Greeted }
    events:
      Greeted: { versions: { 1: {} }, set: { visits: =state.visits + 1 } }
sagas:
  Welcome:
    service: desk
    start: Arrived
    key: guest
    steps:
      greet: { send: Greet, to: =start.guest, done: Greeted, timeout: 1m }
";

#[test]
fn a_key_that_is_no_id_has_one_form_too() {
    let served = Served::model(BY_TEXT, Limits::default());
    served.accepted("Visit/1/Arrive", r#"{"guest":"Ren\u00e9"}"#);
    served.settle();
    // e and a combining acute accent.
    let found = served.get("/sagas/Welcome/Rene%CC%81");
    assert_eq!(found["key"], "Ren\u{e9}", "{found}");
}
