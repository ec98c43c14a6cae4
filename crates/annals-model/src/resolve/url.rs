//! `call: POST https://host/path`, with `${NAME}` and `${NAME:-default}` left open. No environment
//! is read here.

use crate::codes_resolve as codes;
use crate::decode;
use crate::yaml::Node;
use crate::{Call, UrlPart};

use super::context::Context;

const CURE: &str = "write `POST https://host/path`, or `POST ${NAME}/path` with the environment's";

/// A reaction's call.
pub(crate) fn call(context: &mut Context<'_>, node: &Node) -> Option<Call> {
    let text = decode::text(node, &mut context.problems)?;
    let mut words = text.value.split_whitespace();
    let (method, url, more) = (words.next(), words.next(), words.next());
    let (Some(method), Some(url), None) = (method, url, more) else {
        let message = "a call is a method and a URL";
        context.problems.error(codes::CALL_URL, node.span, message).cure(CURE);
        return None;
    };
    if method != "POST" {
        let known = ["GET", "PUT", "PATCH", "DELETE", "HEAD"].contains(&method);
        let (code, message) = match known {
            true => (codes::NOT_YET, format!("calls with {method} aren't done yet")),
            false => (codes::CALL_URL, format!("`{method}` is no method")),
        };
        context.problems.error(code, node.span, message).cure(CURE);
        return None;
    }
    match parts(url) {
        Ok(url) => Some(Call { url, span: node.span }),
        Err(reason) => {
            let message = format!("the URL can't be read: {reason}");
            context.problems.error(codes::CALL_URL, node.span, message).cure(CURE);
            None
        }
    }
}

fn parts(url: &str) -> Result<Vec<UrlPart>, String> {
    let parts = split(url)?;
    judge(&parts)?;
    Ok(parts)
}

/// Judges what the text and the defaults make, up to the first variable that has none: what comes
/// from there on the environment says.
fn judge(parts: &[UrlPart]) -> Result<(), String> {
    let (mut known, mut open) = (String::new(), false);
    for part in parts {
        match part {
            UrlPart::Text(text) | UrlPart::Variable { default: Some(text), .. } => known += text,
            UrlPart::Variable { default: None, .. } => {
                open = true;
                break;
            }
        }
    }
    if open && known.is_empty() {
        return Ok(());
    }
    let Some(rest) = ["http://", "https://"].iter().find_map(|s| known.strip_prefix(s)) else {
        return Err("it begins with neither http://, https:// nor `${NAME}`".to_owned());
    };
    match rest.find(['/', '?', '#']) {
        None if open => Ok(()),
        end => host_and_port(&rest[..end.unwrap_or(rest.len())]),
    }
}

fn host_and_port(text: &str) -> Result<(), String> {
    // The colons inside the brackets of an IPv6 address are no port's.
    let port_from = text.find(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match text[port_from..].find(':') {
        Some(colon) => (&text[..port_from + colon], Some(&text[port_from + colon + 1..])),
        None => (text, None),
    };
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let good = |port: &str| digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0);
    match port.filter(|port| !good(port)) {
        Some(port) => Err(format!("`{port}` is no port, which is a number from 1 to 65535")),
        None => Ok(()),
    }
}

fn split(url: &str) -> Result<Vec<UrlPart>, String> {
    let mut parts = Vec::new();
    let mut rest = url;
    while let Some(at) = rest.find("${") {
        if at > 0 {
            parts.push(plain(&rest[..at])?);
        }
        let inner = &rest[at + 2..];
        let end = inner.find('}').ok_or("a `${` has no `}`")?;
        parts.push(variable(&inner[..end])?);
        rest = &inner[end + 1..];
    }
    if !rest.is_empty() {
        parts.push(plain(rest)?);
    }
    Ok(parts)
}

fn plain(text: &str) -> Result<UrlPart, String> {
    match text.chars().find(|c| !c.is_ascii_graphic() || "{}\"<>\\^`|".contains(*c)) {
        Some(bad) => Err(format!("`{bad}` stands in no URL; percent-encode it")),
        None => Ok(UrlPart::Text(text.into())),
    }
}

fn variable(inner: &str) -> Result<UrlPart, String> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if let Some(default) = default {
        plain(default)?;
    }
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match good {
        true => Ok(UrlPart::Variable { name: name.into(), default: default.map(Into::into) }),
        false => Err(format!("`{name}` is no name of an environment variable")),
    }
}
