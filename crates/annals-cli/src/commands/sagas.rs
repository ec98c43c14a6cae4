//! `annals sagas`: instances, and the timeline of one.

use annals_console::views;
use annals_core::{StreamId, Version};
use annals_runtime::ports::{SagaQuery, SagaRow};
use serde_json::Value;

use crate::cli::SagasCommand;
use crate::exit::{Done, Ended, Failed};
use crate::output;
use crate::stored::Stored;

/// Events of one history that are shown at most.
const HISTORY: usize = 10_000;

pub(crate) fn run(command: &SagasCommand) -> Ended {
    match command {
        SagasCommand::List { store, name, status, limit } => {
            let stored = Stored::open(&store.store)?;
            let rows = instances(&stored, name.as_deref(), status.as_deref(), *limit)?;
            list(&rows, store.json);
            Ok(Done::Clean)
        }
        SagasCommand::Show { store, name, key } => {
            show(&Stored::open(&store.store)?, name, key, store.json)
        }
    }
}

fn instances(
    stored: &Stored,
    name: Option<&str>,
    status: Option<&str>,
    limit: usize,
) -> Result<Vec<SagaRow>, Failed> {
    let names = stored.system.sagas.iter().map(|saga| saga.definition().name.clone());
    let names: Vec<_> = names.filter(|saga| name.is_none_or(|name| **saga == *name)).collect();
    if let (Some(name), true) = (name, names.is_empty()) {
        return Err(Failed::Input(format!("there is no saga named {name}")));
    }
    let mut rows = Vec::new();
    for saga in names {
        let query =
            SagaQuery { saga, status: status.map(Into::into), limit, ..SagaQuery::default() };
        rows.extend(stored.wait(stored.store.sagas(query))?);
    }
    Ok(rows)
}

fn list(rows: &[SagaRow], as_json: bool) {
    if as_json {
        output::json(&Value::Array(rows.iter().map(views::instance).collect()));
        return;
    }
    let mut lines = vec![["saga", "key", "status", "since", "failure"].map(String::from).to_vec()];
    lines.extend(rows.iter().map(|row| {
        let text = |text: &str| text.to_owned();
        let since = row.changed_at.to_string();
        vec![text(&row.saga), text(&row.key), text(&row.status), since, text(&row.failure)]
    }));
    output::table(&lines);
}

fn show(stored: &Stored, name: &str, key: &str, as_json: bool) -> Ended {
    let sagas = stored.sagas();
    let Some(saga) = sagas.get(name) else {
        return Err(Failed::Input(format!("there is no saga named {name}")));
    };
    let key = &*saga.canonical_key(key).map_err(|error| Failed::Input(error.to_string()))?;
    let query =
        SagaQuery { saga: name.into(), key: Some(key.into()), limit: 1, ..SagaQuery::default() };
    let rows = stored.wait(stored.store.sagas(query))?;
    let Some(row) = rows.first() else {
        return Err(Failed::Input(format!("saga {name} has no instance {key}")));
    };
    let stream = StreamId::history_of(name, key);
    let history = stored.wait(stored.store.read_stream(&stream, Version(0), HISTORY))?;
    if as_json {
        let mut shown = views::instance(row);
        shown["history"] = views::timeline(&history);
        output::json(&shown);
        return Ok(Done::Clean);
    }
    let failure = if row.failure.is_empty() { String::new() } else { format!(": {}", row.failure) };
    output::line(&format!("{name}/{key}  {}{failure}", row.status));
    let definition = Some(saga.definition());
    for event in &history {
        output::line(&format!("  {}  {}", event.event.time, views::saga_line(event, definition)));
    }
    Ok(Done::Clean)
}
