//! Writing a judged unit.

use annals_core::{Cell, Position, RecordedEvent, Timestamp, Version};

use super::cells::KeyCell;
use super::state::State;
use crate::ports::{Append, Checkpoint, Committed, LetterStatus, Snapshot, Unit};

/// Writes all of a unit.
pub(super) fn write(state: &mut State, unit: Unit) -> Committed {
    let appends = unit.appends.into_iter().map(|it| append(state, it)).collect();
    let last = state.head();
    if let Some(outcome) = unit.outcome {
        state.outcomes.insert((outcome.stream.clone(), outcome.command_id), outcome);
    }
    if let Some(consumer) = unit.reset {
        if let Some(rows) = state.tables.get_mut(&*consumer) {
            rows.by_key.clear();
        }
        state.forget(&consumer);
    }
    for mut row in unit.rows {
        for cell in &mut row.row {
            if let Cell::Float(number) = cell {
                // One zero, as other stores have it.
                *number += 0.0;
            }
        }
        let rows = state.tables.get_mut(&*row.projection).expect("the unit was judged");
        rows.by_key.insert(KeyCell(row.key), (row.row, row.position.unwrap_or(last)));
    }
    if let Some(write) = unit.checkpoint {
        let checkpoint = Checkpoint { position: write.position, fingerprint: write.fingerprint };
        state.checkpoints.insert(write.consumer.to_string(), checkpoint);
    }
    for saga in unit.sagas {
        state.sagas.insert((saga.saga.clone(), saga.key.clone()), saga);
    }
    for letter in unit.letters {
        state.letters.insert(letter.id, letter);
    }
    for retry in unit.retries {
        state.retries.insert((retry.consumer.clone(), retry.position), retry);
    }
    for done in unit.retries_done {
        state.retries.remove(&done);
    }
    for timer in unit.timers {
        state.timers.insert((timer.consumer.clone(), timer.position), timer);
    }
    for done in unit.timers_done {
        state.timers.remove(&done);
    }
    for request in unit.requests_done {
        state.requests.remove(&request);
    }
    Committed { appends }
}

fn append(state: &mut State, append: Append) -> (Position, Version) {
    let first = (Position(state.head().0 + 1), Version(state.version(&append.stream).0 + 1));
    for (index, event) in append.events.into_iter().enumerate() {
        let position = Position(first.0.0 + index as u64);
        let version = Version(first.1.0 + index as u64);
        let stream = append.stream.clone();
        state.streams.entry(stream.clone()).or_default().push(position);
        state.events.push(RecordedEvent { position, stream, version, event });
    }
    first
}

/// Keeps a snapshot, unless a newer one of the same definition is there, or nothing of its stream.
pub(super) fn snapshot(state: &mut State, snapshot: Snapshot) {
    let older = state.snapshots.get(&snapshot.stream).is_some_and(|kept| {
        kept.fingerprint == snapshot.fingerprint && kept.version > snapshot.version
    });
    if !older && state.version(&snapshot.stream) > Version(0) {
        state.snapshots.insert(snapshot.stream.clone(), snapshot);
    }
}

/// Deletes letters that were resolved before a time; how many.
pub(super) fn purge(state: &mut State, changed_before: Timestamp) -> u64 {
    let before = state.letters.len();
    let checkpoints = &state.checkpoints;
    state.letters.retain(|_, letter| {
        let resolved = matches!(letter.status, LetterStatus::Redriven | LetterStatus::Discarded);
        let passed =
            checkpoints.get(&*letter.consumer).is_some_and(|at| at.position >= letter.position);
        !(resolved && passed && letter.changed_at < changed_before)
    });
    (before - state.letters.len()) as u64
}
