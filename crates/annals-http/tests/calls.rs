//! The HTTP caller against a real listener: what goes out on the wire, and what each answer means.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use annals_core::{CallPlan, EventType};
use annals_http::HttpCaller;
use annals_runtime::ports::{CallResult, Caller, OutsideCall};

/// A server that gives each connection the next of `answers`, and hands on what it was sent.
fn server(answers: Vec<&'static str>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/messages", listener.local_addr().unwrap());
    let (requests, received) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            requests.send(read_request(&mut connection)).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, received)
}

fn read_request(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = connection.read(&mut chunk).unwrap();
        text.extend_from_slice(&chunk[..read]);
        if read == 0 || text.ends_with(b"}") {
            return String::from_utf8(text).unwrap();
        }
    }
}

fn call(url: &str) -> OutsideCall {
    OutsideCall {
        plan: CallPlan {
            url: url.into(),
            type_: EventType::new("OrderCreated", 2),
            data: Arc::from(&br#"{"order_id":"o1"}"#[..]),
        },
        headers: vec![
            ("content-type", "application/json".into()),
            ("ce-id", "0190".into()),
            ("idempotency-key", "0190/confirm_order".into()),
        ],
    }
}

async fn answered(answer: &'static str) -> CallResult {
    let (url, _requests) = server(vec![answer]);
    HttpCaller::default().call(call(&url)).await
}

#[tokio::test]
async fn the_request_carries_the_headers_and_the_data() {
    let (url, requests) = server(vec!["HTTP/1.1 204 No Content\r\n\r\n"]);
    assert_eq!(HttpCaller::default().call(call(&url)).await, CallResult::Done);
    let request = requests.recv().unwrap().to_lowercase();
    assert!(request.starts_with("post /messages http/1.1\r\n"), "{request}");
    for line in ["ce-id: 0190", "idempotency-key: 0190/confirm_order", "content-length: 17"] {
        assert!(request.contains(line), "{line} is missing in {request}");
    }
    assert!(request.ends_with(r#"{"order_id":"o1"}"#), "{request}");
}

#[tokio::test]
async fn answers_that_may_change_are_transient() {
    for (answer, wait) in [
        ("HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\nbusy", None),
        ("HTTP/1.1 503 Busy\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n", Some(2_000_000)),
        ("HTTP/1.1 408 Slow\r\ncontent-length: 0\r\n\r\n", None),
        ("HTTP/1.1 425 Early\r\ncontent-length: 0\r\n\r\n", None),
        ("HTTP/1.1 429 Many\r\ncontent-length: 0\r\n\r\n", None),
        ("HTTP/1.1 599 Last\r\ncontent-length: 0\r\n\r\n", None),
    ] {
        let result = answered(answer).await;
        let CallResult::Transient { retry_after_us, .. } = result else {
            panic!("{answer}: {result:?}");
        };
        assert_eq!(retry_after_us, wait, "{answer}");
    }
}

#[tokio::test]
async fn answers_that_stay_are_permanent_and_redirects_are_not_followed() {
    for answer in [
        "HTTP/1.1 302 Elsewhere\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 422 No\r\ncontent-length: 9\r\n\r\nno  email",
    ] {
        let result = answered(answer).await;
        let CallResult::Permanent { reason } = result else { panic!("{answer}: {result:?}") };
        assert!(reason.starts_with("HTTP "), "{reason}");
    }
    assert_eq!(
        answered("HTTP/1.1 422 No\r\ncontent-length: 9\r\n\r\nno  email").await,
        CallResult::Permanent { reason: "HTTP 422: no email".into() }
    );
}

#[tokio::test]
async fn a_closed_port_and_a_silent_server_are_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let impatient = HttpCaller::new(Duration::from_millis(50));
    let silent = impatient.call(call(&url)).await;
    assert!(matches!(silent, CallResult::Transient { .. }), "{silent:?}");
    drop(listener);
    let closed = impatient.call(call(&url)).await;
    assert!(matches!(closed, CallResult::Transient { .. }), "{closed:?}");
}

#[tokio::test]
async fn a_url_that_is_none_is_permanent() {
    let result = HttpCaller::default().call(call("not a url")).await;
    assert!(matches!(result, CallResult::Permanent { .. }), "{result:?}");
}
