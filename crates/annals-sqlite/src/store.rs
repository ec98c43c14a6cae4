//! The store: the ports, each method a line or two over the modules that do it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Table, Timestamp, Version};
use annals_runtime::Heads;
use annals_runtime::ports::{
    Batch, Books, Checkpoint, EventStore, Letter, LetterQuery, LogQuery, OutcomeWrite, Request,
    Retry, SagaQuery, SagaRow, Snapshot, StoreError, StoreResult, Timer, Unit, unfit_table,
};
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;
use uuid::Uuid;

use crate::batch::{Work, transaction};
use crate::error::Trouble;
use crate::journal::{Alarm, Journal};
use crate::open::{Mode, OpenOptions, open};
use crate::query::Walk;
use crate::readers::{Readers, snapshot};
use crate::tables::{Declared, Tables, ensure, remembered};
use crate::types;
use crate::writer::{Verdicts, Writer, WriterThread, works};
use crate::{books, events, outcomes};

/// A store in one SQLite file. Writes go through a thread of its own; reads run where they are
/// polled, and are short. Dropping it finishes what was asked for and closes the file.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    writer: Option<WriterThread>,
    tables: Tables,
    /// How far this process has written.
    heads: Heads,
    /// What is wrong with the journal.
    alarm: watch::Receiver<Alarm>,
    mode: Mode,
}

/// How often a process that doesn't write looks whether another has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl SqliteStore {
    /// Opens the file at `path`; made where there is none and the mode writes.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`]: another process writes to it (by id), it is no database, another
    /// application's, or of a later schema. [`StoreError::Corrupt`]: it is damaged.
    /// [`StoreError::Unavailable`]: it can't be reached, or can't keep what durability rests on.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self, StoreError> {
        let opened = open(path.as_ref(), options.mode)?;
        let tables = Arc::new(RwLock::new(HashMap::new()));
        let journal = Journal::new(&opened.path, opened.lock, options.journal_limit_bytes);
        let alarm = journal.alarm();
        let readers = Readers::new(opened.path);
        let heads = Heads::new(readers.read(events::head)?);
        let start = |conn| {
            let (tables, heads) = (Arc::clone(&tables), heads.clone());
            WriterThread::start(conn, tables, heads, journal)
        };
        let writer = opened.writer.map(start).transpose()?;
        Ok(Self { readers, writer, tables, heads, alarm, mode: options.mode })
    }

    /// What [`EventStore::alarm`] says, for those who wait for a change of it.
    pub fn alarms(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.alarm.clone()
    }

    fn writer(&self) -> Result<&WriterThread, StoreError> {
        match (self.mode, &self.writer) {
            (Mode::ReadWrite, Some(writer)) => Ok(writer),
            _ => Err(StoreError::NotOurs("it was opened for reading only".to_owned())),
        }
    }

    /// Runs a write in a turn and a transaction of its own.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let run = move |writer: &mut Writer| transaction(&writer.conn, || write(&writer.conn));
        self.writer()?.run(run).await
    }

    /// A projection's table: as prepared here or, where another process prepares, as remembered.
    fn table(&self, conn: &Connection, name: &str) -> rusqlite::Result<Option<Arc<Declared>>> {
        let prepared = self.tables.read().ok().and_then(|tables| tables.get(name).cloned());
        match prepared {
            Some(table) => Ok(Some(table)),
            None => Ok(remembered(conn, name)?.map(Arc::new)),
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.readers.close();
    }
}

impl EventStore for SqliteStore {
    fn commit(&self, units: Vec<Unit>) -> StoreResult<'_, Verdicts> {
        Box::pin(async move { self.writer()?.commit(works(units)).await })
    }

    fn begin(&self) -> StoreResult<'_, Box<dyn Batch + '_>> {
        Box::pin(async move {
            let batch = self.writer()?.begin().await?;
            Ok(Box::new(batch) as Box<dyn Batch + '_>)
        })
    }

    fn head(&self) -> StoreResult<'_, Position> {
        Box::pin(async move { self.readers.read(events::head) })
    }

    /// The writer's thread says what it committed. Another process can't: where one writes the head
    /// is looked at every 50 ms, on tokio's time.
    fn beyond(&self, after: Position) -> StoreResult<'_, Position> {
        Box::pin(async move {
            if self.mode == Mode::ReadWrite {
                return Ok(self.heads.beyond(after).await);
            }
            loop {
                let head = self.readers.read(events::head)?;
                if head > after {
                    return Ok(head);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
    }

    fn alarm(&self) -> Option<Arc<str>> {
        self.alarm.borrow().clone()
    }

    fn read_log(&self, query: LogQuery) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(async move {
            let mut walk = Walk::new(query);
            let turn = |conn: &Connection| snapshot(conn, |conn| walk.turn(conn));
            self.readers.read_in_turns(turn).await?;
            Ok(walk.events)
        })
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> StoreResult<'_, Vec<RecordedEvent>> {
        let (stream, asked) = (stream.clone(), (after, limit));
        Box::pin(async move {
            let mut found = Vec::new();
            let turn = |conn: &Connection| events::stream(conn, &stream, asked, &mut found);
            self.readers.read_in_turns(turn).await?;
            Ok(found)
        })
    }

    fn read_at(&self, positions: Vec<Position>) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(events::at(&self.readers, positions))
    }

    fn outcome(
        &self,
        stream: &StreamId,
        command_id: Uuid,
    ) -> StoreResult<'_, Option<OutcomeWrite>> {
        let stream = stream.clone();
        Box::pin(
            async move { self.readers.read(|conn| outcomes::outcome(conn, &stream, command_id)) },
        )
    }

    fn outcomes(&self, correlation_id: Uuid, limit: usize) -> StoreResult<'_, Vec<OutcomeWrite>> {
        Box::pin(outcomes::outcomes(&self.readers, correlation_id, limit))
    }

    fn snapshot(&self, stream: &StreamId) -> StoreResult<'_, Option<Snapshot>> {
        let stream = stream.clone();
        Box::pin(async move { self.readers.read(|conn| events::snapshot(conn, &stream)) })
    }

    fn keep_snapshots(&self, snapshots: Vec<Snapshot>) -> StoreResult<'_, ()> {
        let works = snapshots.into_iter().map(Work::Snapshot).collect();
        Box::pin(async move { self.writer()?.commit(works).await.map(|_| ()) })
    }
}

impl Books for SqliteStore {
    fn prepare(&self, system: &str, tables: Vec<Table>) -> StoreResult<'_, ()> {
        let system = system.to_owned();
        Box::pin(async move {
            if self.mode != Mode::ReadWrite {
                return self
                    .readers
                    .read(owner)?
                    .map_or(Ok(()), |owner| same_system(&owner, &system));
            }
            let shared = Arc::clone(&self.tables);
            let prepared = self.write(move |conn| prepare(conn, &system, tables)).await?;
            if let Ok(mut shared) = shared.write() {
                shared.extend(prepared);
            }
            Ok(())
        })
    }

    fn facts(&self) -> StoreResult<'_, Vec<(String, String)>> {
        Box::pin(async move { self.readers.read(books::facts) })
    }

    fn remember(&self, facts: Vec<(String, String)>) -> StoreResult<'_, ()> {
        Box::pin(self.write(move |conn| {
            let sql = "INSERT OR REPLACE INTO annals_facts (name, value) VALUES (?1, ?2)";
            for fact in &facts {
                conn.prepare_cached(sql)?.execute((&fact.0, &fact.1))?;
            }
            Ok(())
        }))
    }

    fn stored_types(&self) -> StoreResult<'_, Vec<(String, Position)>> {
        Box::pin(types::stored(&self.readers))
    }

    fn rows_of(
        &self,
        projection: &str,
        keys: Vec<Cell>,
    ) -> StoreResult<'_, Vec<Option<(Row, Position)>>> {
        let projection = projection.to_owned();
        Box::pin(async move {
            let mut found = Vec::with_capacity(keys.len());
            let mut turn = |conn: &Connection| match self.table(conn, &projection)? {
                Some(table) => table.rows_of(conn, &keys, &mut found),
                None => {
                    found.resize(keys.len(), None);
                    Ok(true)
                }
            };
            self.readers.read_in_turns(|conn| snapshot(conn, &mut turn)).await?;
            Ok(found)
        })
    }

    fn rows(
        &self,
        projection: &str,
        after: Option<Cell>,
        limit: usize,
    ) -> StoreResult<'_, Vec<(Row, Position)>> {
        let projection = projection.to_owned();
        Box::pin(async move {
            let mut found = Vec::new();
            let mut turn = |conn: &Connection| match self.table(conn, &projection)? {
                Some(table) => table.rows(conn, (after.as_ref(), limit), &mut found),
                None => Ok(true),
            };
            self.readers.read_in_turns(|conn| snapshot(conn, &mut turn)).await?;
            Ok(found)
        })
    }

    fn checkpoint(&self, consumer: &str) -> StoreResult<'_, Option<Checkpoint>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { self.readers.read(|conn| books::checkpoint(conn, &consumer)) })
    }

    fn retries(&self, consumer: &str) -> StoreResult<'_, Vec<Retry>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { books::retries(&self.readers, consumer).await })
    }

    fn timers(&self, consumer: &str) -> StoreResult<'_, Vec<Timer>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { books::timers(&self.readers, consumer).await })
    }

    fn letters(&self, query: LetterQuery) -> StoreResult<'_, Vec<Letter>> {
        Box::pin(books::letters(&self.readers, query))
    }

    fn sagas(&self, query: SagaQuery) -> StoreResult<'_, Vec<SagaRow>> {
        Box::pin(books::sagas(&self.readers, query))
    }

    fn request(&self, request: Request) -> StoreResult<'_, u64> {
        Box::pin(async move {
            let Some(writer) = &self.writer else { return self.writer().map(|_| 0) };
            let run = move |writer: &mut Writer| {
                let conn = &writer.conn;
                transaction(conn, || Ok(books::write_request(conn, &request)?))
            };
            writer.run(run).await
        })
    }

    fn requests(&self) -> StoreResult<'_, Vec<(u64, Request)>> {
        Box::pin(books::requests(&self.readers))
    }

    fn unknown_requests(&self) -> StoreResult<'_, Vec<(u64, String)>> {
        Box::pin(books::unknown_requests(&self.readers))
    }

    fn purge_letters(&self, changed_before: Timestamp) -> StoreResult<'_, u64> {
        Box::pin(async move {
            // In turns: commits of others go in between.
            let (mut gone, mut after) = (0, Some(0));
            while let Some(place) = after {
                let purge =
                    move |conn: &Connection| Ok(books::purge_letters(conn, changed_before, place)?);
                let (some, next) = self.write(purge).await?;
                (gone, after) = (gone + some, next);
            }
            Ok(gone)
        })
    }
}

fn prepare(
    conn: &Connection,
    system: &str,
    tables: Vec<Table>,
) -> Result<Vec<(String, Arc<Declared>)>, Trouble> {
    match owner(conn)? {
        Some(owner) => same_system(&owner, system).map_err(Trouble::Passing)?,
        None => {
            conn.execute("INSERT INTO annals_system (only, name) VALUES (1, ?1)", [system])?;
        }
    }
    let mut prepared = Vec::new();
    for table in tables {
        if let Some(why) = unfit_table(&table) {
            return Err(Trouble::Passing(StoreError::NotOurs(why)));
        }
        let declared = Declared::new(table);
        ensure(conn, &declared).map_err(Trouble::Passing)?;
        prepared.push((declared.table.name.to_string(), Arc::new(declared)));
    }
    Ok(prepared)
}

fn owner(conn: &Connection) -> rusqlite::Result<Option<String>> {
    conn.query_row("SELECT name FROM annals_system", [], |row| row.get(0)).optional()
}

fn same_system(owner: &str, system: &str) -> Result<(), StoreError> {
    if owner == system {
        return Ok(());
    }
    Err(StoreError::NotOurs(format!(
        "it belongs to the system {owner}, and this is {system}; name another file"
    )))
}

#[cfg(test)]
mod tests;
