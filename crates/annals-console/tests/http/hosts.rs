//! Only requests for this machine are answered.

use crate::common::{Served, answer};

#[test]
fn a_request_names_one_host_and_it_is_this_machine() {
    let served = Served::orders();
    let ask = |target: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let request = format!("GET {target} HTTP/1.1\r\nconnection: close\r\n{hosts}\r\n");
        let answer = answer(&served.raw(request.as_bytes()));
        (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
    };
    for ours in ["localhost", "LocalHost:7070", "127.0.0.1:1", "[::1]:7070"] {
        assert_eq!(ask("/health", &[ours]).0, 200, "{ours}");
    }
    assert_eq!(ask("http://localhost:7070/health", &["localhost:7070"]).0, 200);
    let wrong = (421, "wrong_host".to_owned());
    assert_eq!(ask("/health", &["evil.example"]), wrong);
    assert_eq!(ask("http://evil.example/health", &["localhost"]), wrong);
    let bad = (400, "bad_request".to_owned());
    for none in ["localhost:x@evil", "localhost@evil", "localhost:", "::1", "localhost evil", ""] {
        assert_eq!(ask("/health", &[none]), bad, "{none}");
    }
    assert_eq!(ask("/health", &[]), bad);
    assert_eq!(ask("/health", &["localhost", "localhost"]), bad);
    assert_eq!(ask("/health", &["localhost", "evil.example"]), bad);
}
