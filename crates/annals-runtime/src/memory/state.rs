//! What the store in memory holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use annals_core::{Position, RecordedEvent, Row, StreamId, Table, Version};
use uuid::Uuid;

use super::cells::KeyCell;
use crate::ports::{
    Checkpoint, Letter, LetterId, OutcomeWrite, Request, Retry, SagaRow, Snapshot, Timer,
};

/// A projection's table and its rows, with the position that last changed each.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) table: Table,
    pub(super) by_key: BTreeMap<KeyCell, (Row, Position)>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) system: Option<String>,
    /// The event at position n is the one at index n - 1.
    pub(super) events: Vec<RecordedEvent>,
    /// The positions of each stream's events: version n is at index n - 1.
    pub(super) streams: HashMap<StreamId, Vec<Position>>,
    pub(super) outcomes: HashMap<(StreamId, Uuid), OutcomeWrite>,
    pub(super) snapshots: HashMap<StreamId, Snapshot>,
    pub(super) facts: BTreeMap<String, String>,
    pub(super) tables: BTreeMap<String, Rows>,
    pub(super) checkpoints: BTreeMap<String, Checkpoint>,
    pub(super) retries: BTreeMap<(Arc<str>, Position), Retry>,
    pub(super) timers: BTreeMap<(Arc<str>, Position), Timer>,
    pub(super) letters: BTreeMap<LetterId, Letter>,
    pub(super) sagas: BTreeMap<(Arc<str>, Arc<str>), SagaRow>,
    pub(super) requests: BTreeMap<u64, Request>,
    pub(super) last_request: u64,
}

impl State {
    pub(super) fn head(&self) -> Position {
        Position(self.events.len() as u64)
    }

    pub(super) fn event(&self, position: Position) -> Option<&RecordedEvent> {
        let index = usize::try_from(position.0.checked_sub(1)?).ok()?;
        self.events.get(index)
    }

    /// Lets the letters and the retries of a consumer go.
    pub(super) fn forget(&mut self, consumer: &str) {
        self.letters.retain(|_, letter| *letter.consumer != *consumer);
        self.retries.retain(|(owner, _), _| **owner != *consumer);
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version(self.streams.get(stream).map_or(0, Vec::len) as u64)
    }
}
