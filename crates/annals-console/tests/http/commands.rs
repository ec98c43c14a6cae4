//! What a command's body and headers may be.

use crate::common::{ORDER, Served, create};

const RECEIVE: &str = "StockItem/sku-7/ReceiveStock";

#[test]
fn a_name_that_stands_twice_is_refused_where_it_does() {
    let served = Served::orders();
    let one = served.post(RECEIVE, &[], r#"{"quantity":1,"quantity":2}"#);
    assert_eq!((one.status, &one.body["path"]), (422, &"/quantity".into()), "{}", one.body);
    let input = create("a").replace(r#""city":"Oslo""#, r#""city":"Oslo","city":"Bergen""#);
    let deep = served.post(&format!("Order/{ORDER}/CreateOrder"), &[], &input);
    assert_eq!(deep.body["path"], "/shipping_address/city");
    assert_eq!(deep.body["detail"], "/shipping_address/city: stands twice");
    // What isn't public is not told what is wrong with its input.
    let hidden = served.post("StockItem/sku-7/ReserveStock", &[], r#"{"a":1,"a":2}"#);
    assert_eq!(hidden.status, 403);
}

#[test]
fn an_idempotency_key_is_any_text_and_there_is_one() {
    let served = Served::orders();
    let send = |headers: &[&str]| served.post(RECEIVE, headers, r#"{"quantity":1}"#);
    let long = format!("idempotency-key: {}", "k".repeat(1_024));
    for key in ["idempotency-key: café ☕", &long] {
        let first = send(&[key]);
        assert_eq!(first.status, 200, "{key}: {}", first.body);
        assert_eq!(send(&[key]).body, first.body);
    }
    for keys in [
        &["idempotency-key: a", "idempotency-key: a"][..],
        &["idempotency-key: a", "idempotency-key: b"],
        &["idempotency-key:"],
        &[&format!("{long}k")],
    ] {
        let refused = send(keys);
        assert_eq!(refused.status, 400, "{keys:?}");
        assert_eq!(refused.body["header"], "idempotency-key");
    }
}

#[test]
fn a_traceparent_that_is_none_is_ignored() {
    let served = Served::orders();
    let stored = |header: &str| {
        let answer = served.post(RECEIVE, &[header], r#"{"quantity":1}"#);
        assert_eq!(answer.status, 200, "{header}: {}", answer.body);
        answer.body["events"][0]["traceparent"].clone()
    };
    let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(stored(&format!("traceparent: {valid}")), valid);
    assert!(stored("traceparent: garbage").is_null());
    assert!(stored("traceparent:").is_null());
    assert!(stored(&format!("traceparent: {}", valid.to_uppercase())).is_null());
}

#[test]
fn if_match_asks_for_existence_or_for_any_of_some_versions() {
    let served = Served::orders();
    let status = |headers: &[&str]| served.post(RECEIVE, headers, r#"{"quantity":1}"#).status;
    assert_eq!(status(&["if-match: *"]), 412);
    assert_eq!(status(&["if-match: \"0\""]), 200);
    assert_eq!(status(&["if-match: *"]), 200);
    assert_eq!(status(&["if-match: \"1\", \"2\""]), 200);
    assert_eq!(status(&["if-match: \"9\"", "if-match: \"3\""]), 200);
    for never in ["\"+4\"", "\"04\"", "W/\"4\"", "\"other\"", "\"3\", \"5\""] {
        assert_eq!(status(&[&format!("if-match: {never}")]), 412, "{never}");
    }
    for malformed in ["4", "\"4", "*, \"4\"", ""] {
        assert_eq!(status(&[&format!("if-match: {malformed}")]), 400, "{malformed}");
    }
    let either = served.post(RECEIVE, &["if-match: \"8\", \"9\""], r#"{"quantity":1}"#);
    assert_eq!(either.body["detail"], "the stream is at version 4, not 8 or 9");
    // Asked again, it gets its first answer, whatever the version is by now.
    let once = ["idempotency-key: once", "if-match: \"4\""];
    assert_eq!((status(&once), status(&once)), (200, 200));
}
