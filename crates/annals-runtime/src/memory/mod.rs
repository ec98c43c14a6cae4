//! The store in memory: the reference that other stores are compared with, and what tests run on.
//! Plain collections under one lock; every contract of the ports in its simplest form.

mod cells;
mod judge;
mod read;
mod state;
mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Table, Timestamp, Version};
use uuid::Uuid;

use crate::Heads;
use crate::ports::{
    Books, Checkpoint, Committed, EventStore, Letter, LetterQuery, LogQuery, OutcomeWrite, Refusal,
    Request, Retry, SagaQuery, SagaRow, Snapshot, StoreError, StoreResult, Timer, Unit,
    unfit_table,
};
use cells::KeyCell;
use state::{Rows, State};

/// A store that forgets with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    heads: Heads,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say<T: Send + 'static>(&self, said: T) -> StoreResult<'_, T> {
        Box::pin(std::future::ready(Ok(said)))
    }
}

impl EventStore for MemoryStore {
    fn commit(&self, units: Vec<Unit>) -> StoreResult<'_, Vec<Result<Committed, Refusal>>> {
        // Under one lock for all units: nobody reads half a batch.
        Box::pin(async move {
            let mut state = self.lock();
            let before = state.head();
            let judged = |unit: Unit| {
                judge::judge(&state, &unit, before)?;
                Ok(write::write(&mut state, unit))
            };
            let verdicts = units.into_iter().map(judged).collect();
            self.heads.raise(state.head());
            Ok(verdicts)
        })
    }

    fn head(&self) -> StoreResult<'_, Position> {
        self.say(self.lock().head())
    }

    fn beyond(&self, after: Position) -> StoreResult<'_, Position> {
        Box::pin(async move { Ok(self.heads.beyond(after).await) })
    }

    fn read_log(&self, query: LogQuery) -> StoreResult<'_, Vec<RecordedEvent>> {
        self.say(read::log(&self.lock(), &query))
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> StoreResult<'_, Vec<RecordedEvent>> {
        self.say(read::stream(&self.lock(), stream, after, limit))
    }

    fn read_at(&self, mut positions: Vec<Position>) -> StoreResult<'_, Vec<RecordedEvent>> {
        positions.sort_unstable();
        positions.dedup();
        let state = self.lock();
        let events = positions.iter().filter_map(|position| state.event(*position).cloned());
        self.say(events.collect())
    }

    fn outcome(
        &self,
        stream: &StreamId,
        command_id: Uuid,
    ) -> StoreResult<'_, Option<OutcomeWrite>> {
        self.say(self.lock().outcomes.get(&(stream.clone(), command_id)).cloned())
    }

    fn outcomes(&self, correlation_id: Uuid, limit: usize) -> StoreResult<'_, Vec<OutcomeWrite>> {
        let state = self.lock();
        let of = state.outcomes.values().filter(|outcome| outcome.correlation_id == correlation_id);
        let mut found: Vec<OutcomeWrite> = of.cloned().collect();
        found.sort_by_key(|outcome| (outcome.time, outcome.command_id));
        found.truncate(limit);
        self.say(found)
    }

    fn snapshot(&self, stream: &StreamId) -> StoreResult<'_, Option<Snapshot>> {
        self.say(self.lock().snapshots.get(stream).cloned())
    }

    fn keep_snapshots(&self, snapshots: Vec<Snapshot>) -> StoreResult<'_, ()> {
        let mut state = self.lock();
        for snapshot in snapshots {
            write::snapshot(&mut state, snapshot);
        }
        self.say(())
    }
}

impl Books for MemoryStore {
    fn prepare(&self, system: &str, tables: Vec<Table>) -> StoreResult<'_, ()> {
        let mut state = self.lock();
        if let Some(why) = tables.iter().find_map(unfit_table) {
            return Box::pin(std::future::ready(Err(StoreError::NotOurs(why))));
        }
        match &state.system {
            Some(owner) if owner != system => {
                let why = format!("it belongs to the system {owner}, and this is {system}");
                return Box::pin(std::future::ready(Err(StoreError::NotOurs(why))));
            }
            _ => state.system = Some(system.to_owned()),
        }
        for table in tables {
            let name = table.name.to_string();
            if state.tables.get(&name).is_none_or(|rows| rows.table != table) {
                state.checkpoints.remove(&name);
                state.forget(&name);
                state.tables.insert(name, Rows { table, by_key: Default::default() });
            }
        }
        self.say(())
    }

    fn facts(&self) -> StoreResult<'_, Vec<(String, String)>> {
        self.say(self.lock().facts.clone().into_iter().collect())
    }

    fn remember(&self, facts: Vec<(String, String)>) -> StoreResult<'_, ()> {
        self.lock().facts.extend(facts);
        self.say(())
    }

    fn stored_types(&self) -> StoreResult<'_, Vec<(String, Position)>> {
        self.say(read::types(&self.lock()))
    }

    fn rows_of(
        &self,
        projection: &str,
        keys: Vec<Cell>,
    ) -> StoreResult<'_, Vec<Option<(Row, Position)>>> {
        let state = self.lock();
        let rows = state.tables.get(projection);
        let row = |key| rows.and_then(|rows| rows.by_key.get(&KeyCell(key)).cloned());
        self.say(keys.into_iter().map(row).collect())
    }

    fn rows(
        &self,
        projection: &str,
        after: Option<Cell>,
        limit: usize,
    ) -> StoreResult<'_, Vec<(Row, Position)>> {
        self.say(read::rows(&self.lock(), projection, after, limit))
    }

    fn checkpoint(&self, consumer: &str) -> StoreResult<'_, Option<Checkpoint>> {
        self.say(self.lock().checkpoints.get(consumer).cloned())
    }

    fn retries(&self, consumer: &str) -> StoreResult<'_, Vec<Retry>> {
        let state = self.lock();
        let own = state.retries.values().filter(|retry| *retry.consumer == *consumer);
        self.say(own.cloned().collect())
    }

    fn timers(&self, consumer: &str) -> StoreResult<'_, Vec<Timer>> {
        let state = self.lock();
        let own = state.timers.values().filter(|timer| *timer.consumer == *consumer);
        let mut own: Vec<Timer> = own.cloned().collect();
        own.sort_by_key(|timer| (timer.due, timer.position));
        self.say(own)
    }

    fn letters(&self, query: LetterQuery) -> StoreResult<'_, Vec<Letter>> {
        self.say(read::letters(&self.lock(), &query))
    }

    fn sagas(&self, query: SagaQuery) -> StoreResult<'_, Vec<SagaRow>> {
        self.say(read::sagas(&self.lock(), &query))
    }

    fn request(&self, request: Request) -> StoreResult<'_, u64> {
        let mut state = self.lock();
        state.last_request += 1;
        let number = state.last_request;
        state.requests.insert(number, request);
        self.say(number)
    }

    fn requests(&self) -> StoreResult<'_, Vec<(u64, Request)>> {
        self.say(self.lock().requests.clone().into_iter().collect())
    }

    fn unknown_requests(&self) -> StoreResult<'_, Vec<(u64, String)>> {
        self.say(Vec::new())
    }

    fn purge_letters(&self, changed_before: Timestamp) -> StoreResult<'_, u64> {
        self.say(write::purge(&mut self.lock(), changed_before))
    }
}
