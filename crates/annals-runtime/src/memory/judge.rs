//! Judging a unit by what it read, before anything of it is written.

use std::collections::HashMap;

use annals_core::{Position, StreamId, Version};

use super::cells::{KeyCell, fits};
use super::state::State;
use crate::ports::{Expected, Refusal, RowWrite, Unit};

/// The largest event or state that is taken, as other stores have it.
const LARGEST: usize = 16 << 20;

/// First whether the unit was committed before, so that a repetition is told apart from a conflict;
/// then what it expects.
pub(super) fn judge(state: &State, unit: &Unit) -> Result<(), Refusal> {
    if let Some(outcome) = &unit.outcome {
        let key = (outcome.stream.clone(), outcome.command_id);
        if let Some(first) = state.outcomes.get(&key) {
            return Err(Refusal::Duplicate(Box::new(first.clone())));
        }
    }
    if let Some(write) = &unit.checkpoint {
        let stored = state.checkpoints.get(&*write.consumer);
        let actual = stored.map_or(Position(0), |checkpoint| checkpoint.position);
        if actual != write.expected {
            let consumer = write.consumer.clone();
            return Err(Refusal::StaleCheckpoint { consumer, actual });
        }
    }
    if let Some(why) = unstorable(unit) {
        return Err(Refusal::Unstorable(why));
    }
    conflict(state, unit)?;
    for (index, write) in unit.rows.iter().enumerate() {
        row(state, unit, &unit.rows[..index], write)?;
    }
    Ok(())
}

fn conflict(state: &State, unit: &Unit) -> Result<(), Refusal> {
    // How far the unit's own earlier appends have taken each stream.
    let mut grown: HashMap<&StreamId, u64> = HashMap::new();
    for append in &unit.appends {
        let own = grown.entry(&append.stream).or_default();
        let actual = Version(state.version(&append.stream).0 + *own);
        let met = match append.expected {
            Expected::Any => true,
            Expected::Empty => actual.0 == 0,
            Expected::Exists => actual.0 > 0,
            Expected::Exactly(version) => actual == version,
        };
        if !met {
            return Err(Refusal::Conflict { stream: append.stream.clone(), actual });
        }
        *own += append.events.len() as u64;
    }
    Ok(())
}

fn row(state: &State, unit: &Unit, before: &[RowWrite], write: &RowWrite) -> Result<(), Refusal> {
    let name = &write.projection;
    let unstorable = |why: String| Err(Refusal::Unstorable(why));
    let Some(rows) = state.tables.get(&**name) else {
        return unstorable(format!("there is no table for {name}"));
    };
    let columns = &rows.table.columns;
    if columns.len() != write.row.len() {
        return unstorable(format!("a row of {name} has {} cells", write.row.len()));
    }
    let key = KeyCell(write.key.clone());
    if KeyCell(write.row[rows.table.key].clone()) != key {
        return unstorable(format!("a row of {name} has another key than it is written under"));
    }
    if let Some((column, cell)) = columns.iter().zip(&write.row).find(|(c, cell)| !fits(c, cell)) {
        return unstorable(format!("column {} of {name} can't hold {cell:?}", column.name));
    }
    if write.position.is_none() && unit.appends.is_empty() {
        return unstorable(format!("a row of {name} has neither a position nor an event"));
    }
    // What the unit itself writes twice was read once, before the first.
    let again =
        before.iter().any(|it| it.projection == write.projection && KeyCell(it.key.clone()) == key);
    let actual = rows.by_key.get(&key).map_or(Position(0), |(_, position)| *position);
    match write.read {
        Some(read) if !again && read != actual => {
            Err(Refusal::StaleRow { projection: name.clone(), key: write.key.clone() })
        }
        _ => Ok(()),
    }
}

fn unstorable(unit: &Unit) -> Option<String> {
    if let Some(append) = unit.appends.iter().find(|append| append.events.is_empty()) {
        return Some(format!("an append to {} without an event", append.stream));
    }
    let events = unit.appends.iter().flat_map(|append| &append.events);
    let sizes = events
        .map(|event| event.data.len())
        .chain(unit.outcome.iter().map(|outcome| outcome.outcome.len()))
        .chain(unit.sagas.iter().map(|saga| saga.state.len()));
    let largest = sizes.max().filter(|largest| *largest > LARGEST);
    largest.map(|size| format!("{size} bytes in one piece; {LARGEST} is the most"))
}
