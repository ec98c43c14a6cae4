//! `annals streams show`: one stream, and the state after each of its events.

use annals_console::views;
use annals_core::{EventView, StreamId, Version};
use serde_json::Value;

use crate::cli::StreamsCommand;
use crate::exit::{Done, Ended, Failed};
use crate::output;
use crate::stored::Stored;

/// Events read at once.
const PAGE: usize = 1_000;

pub(crate) fn run(command: &StreamsCommand) -> Ended {
    let StreamsCommand::Show { store, stream, states } = command;
    let stored = Stored::open(&store.store)?;
    let Some((aggregate, id)) = stream.split_once('/') else {
        return Err(Failed::Input(format!("'{stream}' is no stream; write AGGREGATE/ID")));
    };
    let (id, states) = if aggregate.starts_with("saga-") {
        if *states {
            let cure = "`annals sagas show` tells what became of it";
            return Err(Failed::Input(format!("the history of a saga has no states; {cure}")));
        }
        (id.into(), false)
    } else {
        let decider = stored.decider(aggregate)?;
        (decider.canonical_id(id).map_err(|error| Failed::Input(error.to_string()))?, *states)
    };
    let items = read(&stored, &StreamId::new(aggregate, id), states)?;
    if items.is_empty() {
        return Err(Failed::Input(format!("there is no {stream}")));
    }
    if store.json {
        output::json(&Value::Array(items));
    } else {
        items.iter().for_each(show);
    }
    Ok(Done::Clean)
}

/// The stream's events as envelopes, each with the `state` after it where asked.
fn read(stored: &Stored, stream: &StreamId, states: bool) -> Result<Vec<Value>, Failed> {
    let decider = if states { Some(stored.decider(&stream.aggregate)?) } else { None };
    let mut state = decider.map(|decider| decider.initial(&stream.id));
    let mut items = Vec::new();
    let mut after = Version(0);
    loop {
        let events = stored.wait(stored.store.read_stream(stream, after, PAGE))?;
        let Some(last) = events.last() else { return Ok(items) };
        after = last.version;
        for event in &events {
            let mut item = views::envelope(event, &*stored.system.upcaster);
            if let (Some(decider), Some(before)) = (decider, &state) {
                let next = decider
                    .evolve(before, &EventView::from(event))
                    .map_err(|error| Failed::System(error.to_string()))?;
                item["state"] = serde_json::from_slice(&decider.encode(&next)).unwrap_or_default();
                state = Some(next);
            }
            items.push(item);
        }
    }
}

fn show(item: &Value) {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    output::line(&format!(
        "{:>5}  {}  {}{}",
        item["version"],
        text("time"),
        text("type"),
        super::events::data(&item["data"])
    ));
    if !item["state"].is_null() {
        output::line(&format!("       = {}", item["state"]));
    }
}
