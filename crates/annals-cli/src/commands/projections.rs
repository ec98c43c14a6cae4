//! `annals projections`: read models, and how far they have come.

use annals_console::views;
use annals_core::Position;
use serde_json::{Value, json};

use crate::cli::ProjectionsCommand;
use crate::exit::{Done, Ended, Failed};
use crate::output;
use crate::stored::Stored;

pub(crate) fn run(command: &ProjectionsCommand) -> Ended {
    match command {
        ProjectionsCommand::List { store } => list(&store.store, store.json),
        ProjectionsCommand::Show { store, name, key, limit } => {
            let stored = Stored::open(&store.store)?;
            match key {
                Some(key) => show_row(&stored, name, key, store.json),
                None => show_rows(&stored, name, *limit, store.json),
            }
        }
    }
}

fn list(url: &str, as_json: bool) -> Ended {
    let stored = Stored::open(url)?;
    let head = stored.wait(stored.store.head())?;
    let mut items = Vec::new();
    for projection in &stored.system.projections {
        let name = &projection.table().name;
        let checkpoint = stored.wait(stored.store.checkpoint(name))?;
        let immediate = projection.immediate();
        let position = match checkpoint {
            _ if immediate => head,
            Some(checkpoint) => checkpoint.position,
            None => Position(0),
        };
        items.push(json!({
            "name": name,
            "update": if immediate { "immediate" } else { "eventual" },
            "checkpoint": position,
            "lag_events": head.0.saturating_sub(position.0),
        }));
    }
    if as_json {
        output::json(&Value::Array(items));
    } else {
        let mut rows = vec![["name", "update", "checkpoint", "lag"].map(String::from).to_vec()];
        rows.extend(items.iter().map(|item| {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            vec![
                text("name"),
                text("update"),
                item["checkpoint"].to_string(),
                item["lag_events"].to_string(),
            ]
        }));
        output::table(&rows);
    }
    Ok(Done::Clean)
}

fn show_row(stored: &Stored, name: &str, key: &str, as_json: bool) -> Ended {
    let projection = stored.projection(name)?;
    let cell = projection.parse_key(key).map_err(|error| Failed::Input(error.to_string()))?;
    let Some((row, _)) = stored.wait(stored.store.row(name, &cell))? else {
        return Err(Failed::Input(format!("{name} has no row {key}")));
    };
    let shown = views::row(projection.table(), &row);
    if as_json {
        output::json(&shown);
    } else if let Value::Object(fields) = shown {
        let rows: Vec<Vec<String>> =
            fields.iter().map(|(name, value)| vec![name.clone(), plain(value)]).collect();
        output::table(&rows);
    }
    Ok(Done::Clean)
}

fn show_rows(stored: &Stored, name: &str, limit: usize, as_json: bool) -> Ended {
    let projection = stored.projection(name)?;
    let table = projection.table();
    let rows = stored.wait(stored.store.rows(name, None, limit))?;
    if as_json {
        let items: Vec<Value> = rows.iter().map(|(row, _)| views::row(table, row)).collect();
        output::json(&Value::Array(items));
        return Ok(Done::Clean);
    }
    let mut lines = vec![table.columns.iter().map(|column| column.name.to_string()).collect()];
    lines.extend(
        rows.iter().map(|(row, _)| row.iter().map(|cell| plain(&views::cell(cell))).collect()),
    );
    output::table(&lines);
    Ok(Done::Clean)
}

/// A value without the quotes of JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
