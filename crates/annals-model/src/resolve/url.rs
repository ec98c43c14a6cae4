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
    let scheme = ["http://", "https://"].iter().find_map(|s| url.strip_prefix(s));
    match scheme {
        Some("") => return Err("the host is missing".to_owned()),
        Some(rest) if rest.starts_with(['/', ':', '?', '#']) => {
            return Err("the host is missing".to_owned());
        }
        None if !url.starts_with("${") => {
            return Err("it begins with neither http://, https:// nor `${NAME}`".to_owned());
        }
        _ => {}
    }
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
        Some((name, default)) => (name, Some(default.into())),
        None => (inner, None),
    };
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match good {
        true => Ok(UrlPart::Variable { name: name.into(), default }),
        false => Err(format!("`{name}` is no name of an environment variable")),
    }
}
