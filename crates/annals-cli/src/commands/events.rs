//! `annals events`: the log, once or as it grows.

use annals_console::views;
use annals_core::{Position, RecordedEvent};
use annals_runtime::ports::LogQuery;
use serde_json::Value;

use crate::cli::EventsArgs;
use crate::exit::{Done, Ended};
use crate::interrupts::Interrupts;
use crate::output;
use crate::stored::Stored;

/// Events read at once.
const PAGE: usize = 1_000;

/// How often a log that another process writes is looked at.
const FOLLOW_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

pub(crate) fn run(args: &EventsArgs) -> Ended {
    let stored = Stored::open(&args.store.store)?;
    if let (Some(name), false) = (&args.type_, args.sagas) {
        stored.event(name)?;
    }
    stored.wait(async {
        if !args.follow {
            return list(args, &stored).await;
        }
        let mut interrupts = Interrupts::listen()?;
        tokio::select! {
            // Nothing is half done here.
            () = interrupts.first() => Ok(Done::Clean),
            ended = follow(args, &stored) => ended,
        }
    })
}

async fn list(args: &EventsArgs, stored: &Stored) -> Ended {
    let mut query = query(args);
    let (mut left, mut shown) = (args.limit, Vec::new());
    while left > 0 && !output::gone() {
        query.limit = left.min(PAGE);
        let events = stored.store.read_log(query.clone()).await?;
        let Some(last) = events.last() else { break };
        query.after = last.position;
        left -= events.len();
        for event in &events {
            let value = view(args, stored, event);
            if args.store.json {
                shown.push(value);
            } else {
                output::line(&line(event, &value));
            }
        }
    }
    if args.store.json {
        output::json(&Value::Array(shown));
    }
    Ok(Done::Clean)
}

/// Prints events as they come, until nobody reads them.
async fn follow(args: &EventsArgs, stored: &Stored) -> Ended {
    let mut query = query(args);
    while !output::gone() {
        let events = stored.store.read_log(query.clone()).await?;
        for event in &events {
            query.after = event.position;
            let value = view(args, stored, event);
            if args.store.json {
                output::json_line(&value);
            } else {
                output::line(&line(event, &value));
            }
        }
        if events.is_empty() {
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
    Ok(Done::Clean)
}

fn query(args: &EventsArgs) -> LogQuery {
    LogQuery {
        after: Position(args.after),
        limit: PAGE,
        names: args.type_.iter().map(|name| name.as_str().into()).collect(),
        without_sagas: !args.sagas,
        ..LogQuery::default()
    }
}

fn view(args: &EventsArgs, stored: &Stored, event: &RecordedEvent) -> Value {
    if args.raw {
        views::raw_envelope(event)
    } else {
        views::envelope(event, &*stored.system.upcaster)
    }
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
