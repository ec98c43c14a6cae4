//! The query string of reads: `limit`, `after` and the switches, checked. A parameter that a read
//! doesn't know, or that stands twice, is refused: its sender would take the answer for another.

use annals_core::Position;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::json;

use crate::problem::Problem;

/// Items of a page where nothing is said.
const DEFAULT_LIMIT: usize = 100;

/// Items of a page at most.
const MAX_LIMIT: usize = 1_000;

/// The parameters of a request, decoded, none twice.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts.uri.query().unwrap_or_default())
    }
}

impl Parameters {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut read: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).ok_or_else(|| {
                Problem::parameter(name, format!("{name} is not UTF-8 once it is decoded"))
            })?;
            let value = decoded(value).ok_or_else(|| {
                Problem::parameter(&name, format!("{name} is not UTF-8 once it is decoded"))
            })?;
            if read.iter().any(|(other, _)| *other == name) {
                return Err(Problem::parameter(&name, format!("{name} stands twice")));
            }
            read.push((name, value));
        }
        Ok(Self(read))
    }

    /// The parameters of a request that takes none.
    pub(crate) fn none(self) -> Result<(), Problem> {
        self.only(&[]).map(|_| ())
    }

    /// The parameters of a list that takes `limit`, `after` and these.
    pub(crate) fn page(self, more: &[&str]) -> Result<Page, Problem> {
        let given = self.only(&[&["limit", "after"], more].concat())?;
        let mut page = Page { limit: DEFAULT_LIMIT, given };
        if let Some(text) = page.text("limit") {
            page.limit = limit(text)?;
        }
        Ok(page)
    }

    fn only(self, allowed: &[&str]) -> Result<Vec<(String, String)>, Problem> {
        let Some((name, _)) = self.0.iter().find(|(name, _)| !allowed.contains(&&**name)) else {
            return Ok(self.0);
        };
        let takes = match allowed {
            [] => "takes no parameters".to_owned(),
            names => format!("takes {}", names.join(", ")),
        };
        let detail = format!("there is no parameter {name} here; this {takes}");
        Err(Problem::parameter(name, detail).with("allowed", json!(allowed)))
    }
}

/// A text of a query, decoded (`application/x-www-form-urlencoded`); `None` where it isn't UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let escaped = more.get(..2).filter(|_| *first == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &more[2..] } else { more };
    }
    String::from_utf8(bytes).ok()
}

/// What is asked of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// How many items at most.
    pub(crate) limit: usize,
    given: Vec<(String, String)>,
}

impl Page {
    /// A parameter's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// A parameter that is one of few words.
    pub(crate) fn word(&self, name: &str, words: &[&str]) -> Result<Option<&str>, Problem> {
        match self.text(name) {
            Some(text) if !words.contains(&text) => {
                let [first @ .., last] = words else { return Ok(None) };
                let or = if first.is_empty() { "" } else { " or " };
                let detail = format!("{name} is '{text}'; it is {}{or}{last}", first.join(", "));
                Err(Problem::parameter(name, detail).with("allowed", json!(words)))
            }
            word => Ok(word),
        }
    }

    /// A switch, off where nothing is said.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.word(name, &["true", "false"])? == Some("true"))
    }

    /// `after` as a number: a position, a version, a letter's or a line's.
    pub(crate) fn after_number(&self) -> Result<u64, Problem> {
        let Some(text) = self.text("after") else { return Ok(0) };
        number(text).ok_or_else(|| no_cursor(text, "number"))
    }

    /// `after` as a position.
    pub(crate) fn after_position(&self) -> Result<Position, Problem> {
        self.after_number().map(Position)
    }

    /// `after` as a key, by what reads keys.
    pub(crate) fn after_key<K, E>(
        &self,
        read: impl Fn(&str) -> Result<K, E>,
    ) -> Result<Option<K>, Problem> {
        let Some(text) = self.text("after") else { return Ok(None) };
        read(text).map(Some).map_err(|_| no_cursor(text, "key"))
    }
}

fn limit(text: &str) -> Result<usize, Problem> {
    let limit = number(text).and_then(|number| usize::try_from(number).ok());
    limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
        let detail = format!("limit is '{text}'; a page holds 1 to {MAX_LIMIT} items");
        Problem::parameter("limit", detail)
    })
}

fn no_cursor(text: &str, what: &str) -> Problem {
    Problem::parameter("after", format!("after is '{text}'; it is the {what} that `next` gave"))
}

/// A number in digits alone.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
