//! How a service stands, as text and as JSON. What is true of it is found out elsewhere.

use std::path::PathBuf;

use crate::json::quoted;

/// What a service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It runs, and answers.
    Up,
    /// It runs, and doesn't answer: it starts, recovers, stops or hangs.
    Silent,
    /// It doesn't run; whoever ran it last stopped it, or nobody ever did.
    Down,
    /// It doesn't run, and nobody stopped it. `up` recovers it.
    Crashed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Silent => "silent",
            Self::Down => "down",
            Self::Crashed => "crashed",
        }
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// Only of a service that answers.
    pub(super) url: Option<String>,
    /// All that it keeps is in there.
    pub(super) folder: PathBuf,
    /// What the server says of itself, or else what made its folder.
    pub(super) version: Option<String>,
}

/// For people: two lines a service.
pub(super) fn text(statuses: &[Status]) -> String {
    let mut text = String::new();
    for Status { name, state, url, folder, version } in statuses {
        let version = version.as_deref().unwrap_or("-");
        let url = url.as_deref().unwrap_or("-");
        let folder = folder.display();
        text += &format!("{name} {} {version} {url}\n    in {folder}\n", state.word());
    }
    text
}

/// For programs: one document, on one line.
pub(super) fn json(statuses: &[Status]) -> String {
    let services: Vec<String> = statuses
        .iter()
        .map(|Status { name, state, url, folder, version }| {
            format!(
                r#"{{"name":{},"state":{},"url":{},"folder":{},"version":{}}}"#,
                quoted(name),
                quoted(state.word()),
                url.as_deref().map_or("null".to_owned(), quoted),
                quoted(&folder.to_string_lossy()),
                version.as_deref().map_or("null".to_owned(), quoted),
            )
        })
        .collect();
    format!("{{\"services\":[{}]}}\n", services.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> [Status; 2] {
        let up = Status {
            name: "postgres",
            state: State::Up,
            url: Some("postgres://annals_test@127.0.0.1:20001/postgres".to_owned()),
            folder: PathBuf::from("/a \"b\"\\\n"),
            version: Some("15.4".to_owned()),
        };
        let folder = PathBuf::from("/c");
        let down = Status { state: State::Crashed, url: None, folder, version: None, ..up.clone() };
        [up, down]
    }

    #[test]
    fn people_read_lines() {
        let expected = "\
postgres up 15.4 postgres://annals_test@127.0.0.1:20001/postgres
    in /a \"b\"\\\n
postgres crashed - -
    in /c
";
        assert_eq!(text(&two()), expected);
    }

    #[test]
    fn programs_read_json() {
        let expected = concat!(
            r#"{"services":[{"name":"postgres","state":"up","#,
            r#""url":"postgres://annals_test@127.0.0.1:20001/postgres","#,
            r#""folder":"/a \"b\"\\\u000a","version":"15.4"},"#,
            r#"{"name":"postgres","state":"crashed","url":null,"folder":"/c","version":null}]}"#,
            "\n"
        );
        assert_eq!(json(&two()), expected);
    }
}
