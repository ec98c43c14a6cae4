//! `annals events`: the log, once or as it grows.

use annals_console::views;
use annals_core::{Position, RecordedEvent};
use annals_runtime::ports::LogQuery;
use serde_json::Value;

use crate::cli::EventsArgs;
use crate::exit::{Done, Ended, Failed};
use crate::output;
use crate::stored::Stored;

/// Events read at once.
const PAGE: usize = 1_000;

/// How often a log that another process writes is looked at.
const FOLLOW_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

pub(crate) fn run(args: &EventsArgs) -> Ended {
    let stored = Stored::open(&args.store.store)?;
    let mut after = Position(args.after);
    let mut left = if args.follow { usize::MAX } else { args.limit };
    let mut shown = Vec::new();
    loop {
        let query = LogQuery {
            after,
            limit: left.min(PAGE),
            names: args.type_.iter().map(|name| name.as_str().into()).collect(),
            without_sagas: !args.sagas,
            ..LogQuery::default()
        };
        let events = stored.wait(stored.store.read_log(query))?;
        for event in &events {
            after = event.position;
            let value = view(&stored, event, args.raw);
            match (args.store.json, args.follow) {
                (true, false) => shown.push(value),
                (true, true) => output::json_line(&value),
                (false, _) => output::line(&line(event, &value)),
            }
        }
        left -= events.len().min(left);
        if args.follow && events.is_empty() {
            pause(&stored)?;
        } else if !args.follow && (left == 0 || events.is_empty()) {
            break;
        }
    }
    if args.store.json {
        output::json(&Value::Array(shown));
    }
    Ok(Done::Clean)
}

/// Waits for more. Ctrl-C ends the process: nothing is half done here.
fn pause(stored: &Stored) -> Result<(), Failed> {
    stored.wait(tokio::time::sleep(FOLLOW_EVERY));
    Ok(())
}

fn view(stored: &Stored, event: &RecordedEvent, raw: bool) -> Value {
    if raw { views::raw_envelope(event) } else { views::envelope(event, &*stored.system.upcaster) }
}

/// One event on one line.
pub(super) fn line(event: &RecordedEvent, shown: &Value) -> String {
    format!(
        "{:>8}  {}  {}/{}  {}",
        event.position.0,
        event.event.time,
        event.stream,
        event.version.0,
        shown["type"].as_str().unwrap_or_default(),
    ) + &data(&shown["data"])
}

/// Data behind a line, where there is any.
pub(super) fn data(data: &Value) -> String {
    match data {
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::Null => String::new(),
        other => format!("  {other}"),
    }
}
