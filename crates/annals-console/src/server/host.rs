//! Whom a request is for. A page of another site can make a browser send requests here under a name
//! of its own (DNS rebinding); its `Host` gives it away.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::Request;
use axum::http::{StatusCode, header};

use crate::problem::Problem;

/// Refuses a request for anybody but this machine, and one that doesn't say whom it is for
/// (RFC 9112, 3.2).
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Problem::bad_request("a request has one Host header"));
    };
    // The target names a host too where it is a whole URL, which no client needs here.
    let target = request.uri().authority().map(|authority| authority.as_str());
    for authority in [Some(host.to_str().unwrap_or_default()), target].into_iter().flatten() {
        match is_loopback(authority) {
            Some(true) => {}
            Some(false) => {
                return Err(Problem::new(
                    StatusCode::MISDIRECTED_REQUEST,
                    "wrong_host",
                    "this API answers to localhost and loopback addresses only",
                ));
            }
            None => return Err(Problem::bad_request("Host is a name or address, and a port")),
        }
    }
    Ok(())
}

/// Whether it is `localhost` or a loopback address; `None` where it isn't `host` or `host:port`.
fn is_loopback(authority: &str) -> Option<bool> {
    let end = match authority.starts_with('[') {
        true => authority.find(']')? + 1,
        false => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    if !port.is_empty() {
        let digits = port.strip_prefix(':')?;
        let number = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|_| number)?;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse().ok().map(|address: Ipv6Addr| address.is_loopback());
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(address.is_loopback());
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let name = !host.is_empty() && host.bytes().all(is_name);
    name.then(|| host.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_to_the_letter() {
        for ours in
            ["localhost", "LOCALHOST:7070", "127.0.0.1", "127.1.2.3:1", "[::1]", "[::1]:7070"]
        {
            assert_eq!(is_loopback(ours), Some(true), "{ours}");
        }
        for foreign in ["evil.example", "10.0.0.1:7070", "[::2]:80", "localhost.evil.example"] {
            assert_eq!(is_loopback(foreign), Some(false), "{foreign}");
        }
        for none in [
            "",
            ":7070",
            "localhost:",
            "localhost:x@evil",
            "localhost:+80",
            "localhost:80:80",
            "localhost:65536",
            "localhost@evil",
            "user@localhost",
            "::1",
            "[::1",
            "[::1]x",
            "[127.0.0.1]",
            "localhost, evil",
            "localhost/evil",
        ] {
            assert_eq!(is_loopback(none), None, "{none}");
        }
    }
}
