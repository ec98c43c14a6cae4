//! What a reaction's consumer knows of its own progress; gone after an error of the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use annals_core::delivery::Delivery;
use annals_core::{Position, RecordedEvent, StreamId, Timestamp};

use crate::consumers::Engine;
use crate::consumers::parked::Parked;
use crate::ports::{Letter, LetterQuery, LetterStatus, StoreError, Timer, Unit};

/// Live events that wait or are under way at once; more are read once these are settled.
const WINDOW: usize = 1_024;

/// Reactions have no definition that would have to be rebuilt.
const FINGERPRINT: &str = "";

pub(super) struct Loaded {
    /// The checkpoint that the store has.
    pub(super) saved: Position,
    pub(super) delivery: Delivery,
    pub(super) parked: Parked,
    /// Events that are pending.
    pub(super) events: HashMap<Position, RecordedEvent>,
    /// Timers that run.
    pub(super) timers: BTreeMap<(Timestamp, Position), Timer>,
    /// Timers that fired and whose events aren't settled; their rows are still there.
    pub(super) fired: BTreeMap<Position, Timer>,
    /// Requests under way, by the key that they redrive.
    pub(super) asked: HashMap<Arc<str>, u64>,
}

impl Loaded {
    pub(super) async fn load(engine: &Engine, name: &Arc<str>) -> Result<Self, StoreError> {
        let (saved, _) = engine.checkpoint(name).await?;
        let parked = Parked::load(&*engine.store, name).await?;
        let mut delivery = Delivery::new(engine.retries, saved);
        for first in parked.firsts() {
            delivery.remember_parked(first.key.clone(), first.position);
            if first.status == LetterStatus::Blocked {
                // What it was behind is resolved: a crash came between that and its own turn.
                delivery.redrive(&first.key, first.position);
            }
        }
        let query = LetterQuery { consumer: Some(name.clone()), ..LetterQuery::default() };
        for letter in engine.store.letters(query).await? {
            delivery.remember_letter(letter.position);
        }
        for retry in engine.store.retries(name).await? {
            delivery.remember_retry(retry.position, retry.attempts, retry.due);
        }
        let timers = engine.store.timers(name).await?;
        Ok(Self {
            saved,
            delivery,
            parked,
            events: HashMap::new(),
            timers: timers.into_iter().map(|timer| ((timer.due, timer.position), timer)).collect(),
            fired: BTreeMap::new(),
            asked: HashMap::new(),
        })
    }

    /// The checkpoint that would be right now. Events that a timer fired may lie below it: their
    /// timers' rows keep them.
    pub(super) fn position(&self) -> Position {
        let kept = |position: &Position| self.fired.contains_key(position);
        self.delivery.checkpoint_beside(kept).max(self.saved)
    }

    /// Events that the stored checkpoint lags behind.
    pub(super) fn unsaved(&self) -> u64 {
        self.position().0 - self.saved.0
    }

    pub(super) fn must_write(&self, unit: &Unit) -> bool {
        !unit.letters.is_empty()
            || !unit.retries.is_empty()
            || !unit.retries_done.is_empty()
            || !unit.timers.is_empty()
            || !unit.timers_done.is_empty()
            || !unit.requests_done.is_empty()
    }

    /// Commits a unit with the checkpoint as it is now.
    pub(super) async fn write(
        &mut self,
        engine: &Engine,
        name: &Arc<str>,
        mut unit: Unit,
    ) -> Result<(), StoreError> {
        let position = self.position();
        unit.checkpoint = Some(Engine::moved(name, self.saved, position, FINGERPRINT));
        engine.commit(unit).await?;
        self.saved = position;
        Ok(())
    }

    /// Removes the timers of a stream.
    pub(super) fn call_off(&mut self, stream: &StreamId, unit: &mut Unit, name: &Arc<str>) {
        let off: Vec<_> = self
            .timers
            .iter()
            .filter(|(_, timer)| timer.stream == *stream)
            .map(|(at, _)| *at)
            .collect();
        for at in off {
            self.timers.remove(&at);
            unit.timers.retain(|timer| timer.position != at.1);
            unit.timers_done.push((name.clone(), at.1));
            // It may have fired, and been tried, before a crash.
            unit.retries_done.push((name.clone(), at.1));
        }
    }

    /// Writes a letter that is resolved, and moves its key on to what was blocked behind it.
    pub(super) fn resolve(&mut self, unit: &mut Unit, resolved: Letter) {
        let key = resolved.key.clone();
        // A letter that is discarded while it waits for a retry has a row of that.
        unit.retries.retain(|retry| retry.position != resolved.position);
        unit.retries_done.push((resolved.consumer.clone(), resolved.position));
        self.parked.put(resolved.clone());
        unit.letters.push(resolved);
        let next = self.parked.first(&key).map(|letter| letter.position);
        self.delivery.resolved(&key, next);
        if let Some(next) = next {
            self.delivery.redrive(&key, next);
        }
    }

    /// How many more events may be pending.
    pub(super) fn room(&self) -> usize {
        WINDOW.saturating_sub(self.delivery.pending())
    }

    /// When there is something to do at the latest. A timer that is due has to wait for room, and
    /// what makes room is an attempt.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        let timer = self.timers.keys().next().map(|(due, _)| *due);
        let timer = timer.filter(|_| self.room() > 0);
        [self.delivery.next_due(), timer].into_iter().flatten().min()
    }
}
