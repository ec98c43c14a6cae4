//! Judging a unit by what it read, before anything of it is written.

use std::collections::{BTreeMap, HashMap};

use annals_core::{NewEvent, Position, StreamId, Version};

use super::cells::KeyCell;
use super::state::State;
use crate::ports::{Condition, Expected, Refusal, RowWrite, Unit, unfit_row, unstorable};

/// First whether the unit was committed before, so that a repetition is told apart from a conflict;
/// then what it expects. `before` is where the log ended before the call.
pub(super) fn judge(state: &State, unit: &Unit, before: Position) -> Result<(), Refusal> {
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
    matched(state, unit)?;
    for (index, write) in unit.rows.iter().enumerate() {
        row(state, unit, (index, before), write)?;
    }
    letters(state, unit)
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

fn matched(state: &State, unit: &Unit) -> Result<(), Refusal> {
    let Some(Condition { none_of, after }) = &unit.condition else { return Ok(()) };
    let since = state.events.iter().skip(usize::try_from(after.0).unwrap_or(usize::MAX));
    let matches = |event: &NewEvent| none_of.iter().any(|criterion| criterion.matches(event));
    let first = since.into_iter().find(|event| matches(&event.event));
    first.map_or(Ok(()), |event| Err(Refusal::Matched { position: event.position }))
}

fn row(
    state: &State,
    unit: &Unit,
    (index, before): (usize, Position),
    write: &RowWrite,
) -> Result<(), Refusal> {
    let name = &write.projection;
    let Some(rows) = state.tables.get(&**name) else {
        return Err(Refusal::Unstorable(format!("there is no table for {name}")));
    };
    if let Some(why) = unfit_row(&rows.table, write, unit) {
        return Err(Refusal::Unstorable(why));
    }
    let key = KeyCell(write.key.clone());
    // What the unit itself writes twice was read once, before the first.
    let again = unit.rows[..index]
        .iter()
        .any(|it| it.projection == write.projection && KeyCell(it.key.clone()) == key);
    let actual = rows.by_key.get(&key).map_or(Position(0), |(_, position)| *position);
    match write.read {
        Some(read) if !again && unit.read_at(read, before) != actual => {
            Err(Refusal::StaleRow { projection: name.clone(), key: write.key.clone() })
        }
        _ => Ok(()),
    }
}

/// A letter's number is that of one event and consumer for good, and of those there is one letter.
fn letters(state: &State, unit: &Unit) -> Result<(), Refusal> {
    if unit.letters.is_empty() {
        return Ok(());
    }
    let kept = state.letters.values().filter(|it| unit.reset.as_ref() != Some(&it.consumer));
    let mut by_place: BTreeMap<_, _> =
        kept.map(|it| ((it.consumer.clone(), it.position), it.id)).collect();
    let mut by_id: BTreeMap<_, _> =
        by_place.iter().map(|(place, id)| (*id, place.clone())).collect();
    for letter in &unit.letters {
        let (id, place) = (letter.id, (letter.consumer.clone(), letter.position));
        let first = by_place.entry(place.clone()).or_insert(id);
        if *first != id || *by_id.entry(id).or_insert(place.clone()) != place {
            let why = format!("letter {id} is another event's, or the event has another letter");
            return Err(Refusal::Unstorable(why));
        }
    }
    Ok(())
}
