//! The headers that a command is sent with, each read by its own standard.

use std::sync::Arc;

use annals_core::{Version, ids};
use annals_runtime::IfVersion;
use axum::http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use crate::problem::Problem;

/// The longest `Idempotency-Key`, in bytes.
const MAX_KEY_BYTES: usize = 1_024;

/// `Content-Type` must be JSON: a page of another site can't send that here unasked.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    if media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        "send the input as JSON, with `content-type: application/json`",
    ))
}

/// `Idempotency-Key`: a command id as clients write it, which is a UUID, or any text, of which a
/// UUIDv5 is made.
pub(crate) fn command_id(headers: &HeaderMap) -> Result<Option<Uuid>, Problem> {
    const NAME: &str = "idempotency-key";
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::header(NAME, "a request has one Idempotency-Key"));
    }
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) if (1..=MAX_KEY_BYTES).contains(&text.len()) => {
            Ok(Some(Uuid::try_parse(text).unwrap_or_else(|_| ids::text_command_id(text))))
        }
        _ => {
            let detail = format!("Idempotency-Key is 1 to {MAX_KEY_BYTES} bytes of UTF-8");
            Err(Problem::header(NAME, detail))
        }
    }
}

/// `If-Match` (RFC 9110, 13.1.1): `*`, or the versions that the stream may be at, quoted as `ETag`
/// gives them. Other tags, and weak ones, are no version's.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfVersion>, Problem> {
    let values = headers.get_all(header::IF_MATCH).iter();
    let lines: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let text = lines.join(",");
    if text.trim() == "*" {
        return Ok(Some(IfVersion::Exists));
    }
    let versions = versions(&text).ok_or_else(|| {
        let what = "it is *, or versions in quotes as ETag gave them, such as \"3\"";
        Problem::header("if-match", format!("If-Match is {text}; {what}"))
    })?;
    Ok(Some(IfVersion::OneOf(versions)))
}

/// The versions of a list of entity tags; `None` where it is no such list.
fn versions(list: &str) -> Option<Vec<Version>> {
    let mut versions = Vec::new();
    let mut tags = 0;
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags > 0).then_some(versions);
        }
        let strong = rest.strip_prefix("W/");
        let (tag, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        let canonical = tag.parse::<u64>().ok().filter(|number| number.to_string() == tag);
        if strong.is_none() {
            versions.extend(canonical.map(Version));
        }
        tags += 1;
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// `traceparent` (W3C Trace Context): one that isn't valid is as good as none. Of a later version
/// of the standard is kept what this one knows.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut values = headers.get_all("traceparent").iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?;
    let known = text.get(..55)?;
    let mut fields = known.split('-');
    let mut field = |digits: usize| {
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        fields.next().filter(|field| field.len() == digits && field.bytes().all(hex))
    };
    let (version, trace, parent, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let unset = |field: &str| field.bytes().all(|byte| byte == b'0');
    if version == "ff" || unset(trace) || unset(parent) {
        return None;
    }
    match text.as_bytes().get(55) {
        None if version == "00" => Some(text.into()),
        Some(b'-') | None if version != "00" => {
            let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
            Some(format!("00-{trace}-{parent}-{sampled:02x}").into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| value.parse().expect("a header's value"));
        values.map(|value| (header::HeaderName::from_static(name), value)).collect()
    }

    #[test]
    fn tags_are_versions_or_match_nothing() {
        let read = |values: &[&str]| if_match(&headers("if-match", values)).map_err(|_| ());
        let any_of = |versions: &[u64]| {
            Ok(Some(IfVersion::OneOf(versions.iter().copied().map(Version).collect())))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(Some(IfVersion::Exists)));
        assert_eq!(read(&["\"3\""]), any_of(&[3]));
        assert_eq!(read(&["\"3\", \"7\" ,W/\"8\"", "\"9\""]), any_of(&[3, 7, 9]));
        for none in ["\"+1\"", "\"01\"", "\"a,b\"", "\"\"", "W/\"1\"", "\"-1\"", "\"1 \""] {
            assert_eq!(read(&[none]), any_of(&[]), "{none}");
        }
        for wrong in ["", "1", "\"1", "\"1\" \"2\"", "*, \"1\"", "\"1\";x", ",", "w/\"1\""] {
            assert_eq!(read(&[wrong]), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_traceparent_is_valid_or_none() {
        let read = |values: &[&str]| traceparent(&headers("traceparent", values));
        let ids = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
        let valid = format!("00-{ids}-01");
        assert_eq!(read(&[&valid]).as_deref(), Some(&*valid));
        assert_eq!(read(&[&format!("cc-{ids}-0d-more")]).as_deref(), Some(&*valid));
        let upper = valid.to_uppercase();
        let [longer, glued] = [format!("{valid}-more"), format!("cc-{ids}-01more")];
        let none = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        for wrong in ["", "garbage", &upper, &longer, &glued, &none, &format!("ff-{ids}-01")] {
            assert_eq!(read(&[wrong]), None, "{wrong}");
        }
        assert_eq!(read(&[&valid, &valid]), None);
    }
}
