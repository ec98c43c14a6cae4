//! The bounds of the listener: nobody keeps it from others for long.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use annals_console::Limits;

use crate::common::{Answer, Served, answer, rest, weighty};

const SOON: Duration = Duration::from_millis(200);
const NEVER: Duration = Duration::from_secs(20);

const RECEIVE: &str = "POST /commands/StockItem/sku-7/ReceiveStock HTTP/1.1\r\n\
     host: localhost\r\ncontent-type: application/json\r\n";

/// The first answer that isn't "too many": a connection that has just ended may still be counted.
fn served_at_last(served: &Served) -> Answer {
    let mut answers = (0..1_000).map(|_| served.ask("GET /health", &[], ""));
    answers.find(|answer| answer.status != 503).expect("there is a place")
}

#[test]
fn who_does_not_read_is_cut_off_and_its_place_is_free_again() {
    let served =
        Served::within(Limits { connections: 2, write_timeout: SOON, ..Limits::default() });
    weighty(&served, 30);
    let mut clients = [0, 1].map(|_| TcpStream::connect(served.address).expect("it listens"));
    for client in &mut clients {
        client.set_write_timeout(Some(NEVER)).expect("a timeout");
        let request = b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
        let ended = loop {
            if let Err(error) = client.write_all(&request) {
                break error.kind();
            }
        };
        let cut_off = matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
        assert!(cut_off, "{ended}");
    }
    assert_eq!(served_at_last(&served).status, 200);
}

#[test]
fn one_connection_too_many_is_told_so() {
    let served = Served::within(Limits { connections: 1, ..Limits::default() });
    let mut first = TcpStream::connect(served.address).expect("it listens");
    first.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("it is taken");
    first.read_exact(&mut [0; 12]).expect("it is answered");
    for request in ["GET /health", "POST /commands/StockItem/sku-7/ReceiveStock"] {
        let second = served.ask(request, &[], &"x".repeat(1 << 20));
        assert_eq!(second.told().split('\n').next(), Some("503"));
        assert_eq!(second.body["code"], "too_many_connections");
        assert!(second.head.contains("retry-after: 1"), "{}", second.head);
        assert!(second.head.contains("connection: close"), "{}", second.head);
    }
    drop(first);
    assert_eq!(served_at_last(&served).status, 200);
}

#[test]
fn a_body_that_does_not_come_is_waited_for_so_long() {
    let served = Served::within(Limits { body_timeout: SOON, ..Limits::default() });
    let slow = answer(&served.raw(format!("{RECEIVE}content-length: 9\r\n\r\n{{").as_bytes()));
    assert_eq!(slow.told().split('\n').next(), Some("408"));
    assert_eq!(slow.body["code"], "body_timeout");
    assert!(slow.head.contains("connection: close"), "{}", slow.head);
}

#[test]
fn a_body_too_large_is_refused_before_it_is_sent() {
    let served = Served::orders();
    for headers in ["", "expect: 100-continue\r\n"] {
        let head = format!("{RECEIVE}{headers}content-length: 9000000000\r\n\r\n");
        let refused = answer(&served.raw(head.as_bytes()));
        assert_eq!(refused.told().split('\n').next(), Some("413"), "{headers}");
        assert!(refused.head.contains("connection: close"), "{}", refused.head);
    }
    let head = format!("{RECEIVE}expect: 100-continue\r\nconnection: close\r\n");
    let mut small = TcpStream::connect(served.address).expect("it listens");
    small.write_all(format!("{head}content-length: 14\r\n\r\n").as_bytes()).expect("it is taken");
    let mut leave = [0; 25];
    small.read_exact(&mut leave).expect("leave to go on");
    assert_eq!(leave, *b"HTTP/1.1 100 Continue\r\n\r\n");
    small.write_all(br#"{"quantity":1}"#).expect("it is taken");
    assert_eq!(answer(&rest(&mut small)).status, 200);
}

#[test]
fn a_client_that_sends_too_much_sees_why_it_is_refused() {
    let served = Served::orders();
    let body = "x".repeat(8 << 20);
    let counted = format!("{RECEIVE}content-length: {}\r\n\r\n{body}", body.len());
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked = format!("{RECEIVE}transfer-encoding: chunked\r\n\r\n{chunk}");
    for request in [counted, chunked] {
        assert_eq!(answer(&served.raw(request.as_bytes())).status, 413);
    }
}
