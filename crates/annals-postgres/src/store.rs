//! The store: the ports, each method a line or two over the modules that do it.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Table, Timestamp, Version};
use annals_runtime::ports::{
    Books, Checkpoint, EventStore, Letter, LetterQuery, LogQuery, OutcomeWrite, Request, Retry,
    SagaQuery, SagaRow, Snapshot, StoreError, StoreResult, Timer, Unit, unfit_table,
};
use annals_runtime::{Heads, failpoint};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::bell::Bell;
use crate::error::store_error;
use crate::lost::Lost;
use crate::open::{Found, Mode, OpenOptions, open};
use crate::readers::Readers;
use crate::session::{Role, Session};
use crate::tables::{Declared, Tables, are_made, ensure, remembered};
use crate::url::Place;
use crate::writer::{Shared, Verdicts, WriterTask};
use crate::{books, events, outcomes, partition, query};

/// A store in one schema of a Postgres database. Writes go through a task of its own, reads share a
/// few sessions. Many processes may open one store; sessions that break are made anew by whoever
/// needs one next.
#[derive(Debug)]
pub struct PostgresStore {
    place: Place,
    mode: Mode,
    pub(crate) readers: Readers,
    writer: Option<WriterTask>,
    tables: Tables,
    heads: Heads,
    lost: Lost,
    places_known: bool,
    bell: AbortHandle,
}

impl PostgresStore {
    /// Opens the store at a URL, `postgres://user@host:port/database?schema=annals`; another
    /// machine is spoken to by TLS only, its certificate verified (`sslrootcert=` names a file of
    /// authorities). Made where there is none and the mode writes. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`]: the URL can't be read, the server is too old, a standby or loses
    /// what it acknowledges (`fsync`), the schema isn't ours or of a later version, or the user may
    /// not do what is needed. [`StoreError::Unavailable`]: it can't be reached.
    pub async fn open(url: &str, options: OpenOptions) -> Result<Self, StoreError> {
        let OpenOptions { mode, password } = options;
        let mut place = Place::parse(url)?;
        if let (None, Some(password)) = (place.config.get_password(), &password) {
            place.config.password(&password.0);
        }
        let Found { head, last, places_known } = open(&place, mode).await?;
        let heads = Heads::new(head);
        let role = mode.role();
        let is_engine = mode == Mode::ReadWrite;
        let bell = Bell::new(place.clone(), role, heads.clone(), is_engine).await?;
        let (lost, own) = (bell.lost.clone(), bell.own.clone());
        last.inspect(|id| lost.note(head, *id));
        let readers = Readers::new(place.clone(), role, heads.clone(), lost.clone());
        let tables: Tables = Arc::new(RwLock::new(HashMap::new()));
        let writer = matches!(mode, Mode::ReadWrite | Mode::Append).then(|| {
            let (tables, heads, lost) = (Arc::clone(&tables), heads.clone(), lost.clone());
            WriterTask::start(place.clone(), role, Shared { tables, heads, own, lost })
        });
        let bell = tokio::spawn(bell.serve()).abort_handle();
        Ok(Self { place, mode, readers, writer, tables, heads, lost, places_known, bell })
    }

    /// A projection's table: as prepared here or, where another process prepares, as remembered.
    async fn table(&self, name: &str) -> Result<Option<Arc<Declared>>, StoreError> {
        let prepared = self.tables.read().ok().and_then(|tables| tables.get(name).cloned());
        match prepared {
            Some(table) => Ok(Some(table)),
            None => Ok(remembered(&self.readers, name).await?.map(Arc::new)),
        }
    }

    /// Events of the log, in either order, once they may be told: what was read of a log that lacks
    /// others is told to nobody.
    fn seen(&self, events: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, StoreError> {
        self.lost.check()?;
        for event in events.first().into_iter().chain(events.last()) {
            self.lost.note(event.position, event.event.id);
        }
        Ok(events)
    }

    async fn prepared(&self, system: &str, tables: Vec<Table>) -> Result<(), StoreError> {
        let rows = self.readers.query("SELECT name FROM annals_system", &[]).await?;
        let owner = rows.first().map(|row| row.get::<_, String>(0));
        if let Some(owner) = &owner {
            same_system(owner, system)?;
        }
        if self.mode != Mode::ReadWrite {
            return Ok(());
        }
        if let Some(why) = tables.iter().find_map(unfit_table) {
            return Err(StoreError::NotOurs(why));
        }
        let declared: Vec<Declared> = tables.into_iter().map(Declared::new).collect();
        if owner.is_none() || !are_made(&self.readers, &declared).await? {
            self.make(system, &declared).await?;
        }
        if let Ok(mut shared) = self.tables.write() {
            let named = |it: Declared| (it.table.name.to_string(), Arc::new(it));
            shared.extend(declared.into_iter().map(named));
        }
        Ok(())
    }

    /// Makes tables, as whoever connects: our roles may not.
    async fn make(&self, system: &str, declared: &[Declared]) -> Result<(), StoreError> {
        let failed = |error| store_error(&error);
        let mut session = Session::connect(&self.place, Role::Owner).await?;
        let transaction = session.client.transaction().await.map_err(failed)?;
        // Behind the log's lock: rows are not written while their table is replaced.
        let lock = "SELECT FROM annals_log WHERE single FOR UPDATE";
        transaction.query(lock, &[]).await.map_err(failed)?;
        let own = "INSERT INTO annals_system (single, name) VALUES (true, $1) \
                   ON CONFLICT DO NOTHING";
        transaction.execute(own, &[&system]).await.map_err(failed)?;
        let owner = "SELECT name FROM annals_system";
        let owner = transaction.query_one(owner, &[]).await.map_err(failed)?;
        same_system(owner.get(0), system)?;
        for table in declared {
            ensure(&transaction, table).await?;
        }
        failpoint!("postgres.before-tables", |error| return Err(error));
        transaction.commit().await.map_err(failed)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.bell.abort();
    }
}

fn same_system(owner: &str, system: &str) -> Result<(), StoreError> {
    if owner == system {
        return Ok(());
    }
    Err(StoreError::NotOurs(format!(
        "it belongs to the system {owner}, and this is {system}; name another schema by ?schema="
    )))
}

impl EventStore for PostgresStore {
    fn commit(&self, units: Vec<Unit>) -> StoreResult<'_, Verdicts> {
        Box::pin(async move {
            let reads = || StoreError::NotOurs("it was opened for reading only".to_owned());
            self.writer.as_ref().ok_or_else(reads)?.commit(units).await
        })
    }

    fn head(&self) -> StoreResult<'_, Position> {
        Box::pin(async move {
            let head = events::head(&self.readers).await?;
            self.lost.check().map(|()| head)
        })
    }

    fn beyond(&self, after: Position) -> StoreResult<'_, Position> {
        Box::pin(async move {
            tokio::select! {
                biased;
                lost = self.lost.told() => Err(lost),
                head = self.heads.beyond(after) => Ok(head),
            }
        })
    }

    fn read_log(&self, query: LogQuery) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(async move {
            let events = query::log(&self.readers, &query, self.heads.current()).await?;
            self.seen(events)
        })
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> StoreResult<'_, Vec<RecordedEvent>> {
        let stream = stream.clone();
        let table = self.places_known.then(|| partition::of(&stream.id));
        Box::pin(async move {
            self.seen(events::stream(&self.readers, &stream, after, (limit, table)).await?)
        })
    }

    fn read_at(&self, positions: Vec<Position>) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(async move {
            let events = events::at(&self.readers, positions).await?;
            self.seen(events)
        })
    }

    fn outcome(
        &self,
        stream: &StreamId,
        command_id: Uuid,
    ) -> StoreResult<'_, Option<OutcomeWrite>> {
        let stream = stream.clone();
        Box::pin(async move { outcomes::outcome(&self.readers, &stream, command_id).await })
    }

    fn outcomes(&self, correlation_id: Uuid, limit: usize) -> StoreResult<'_, Vec<OutcomeWrite>> {
        Box::pin(outcomes::outcomes(&self.readers, correlation_id, limit))
    }

    fn snapshot(&self, stream: &StreamId) -> StoreResult<'_, Option<Snapshot>> {
        let stream = stream.clone();
        Box::pin(async move { events::snapshot(&self.readers, &stream).await })
    }

    fn keep_snapshots(&self, snapshots: Vec<Snapshot>) -> StoreResult<'_, ()> {
        Box::pin(async move { events::keep(&self.readers, &snapshots).await })
    }
}

impl Books for PostgresStore {
    fn prepare(&self, system: &str, tables: Vec<Table>) -> StoreResult<'_, ()> {
        let system = system.to_owned();
        Box::pin(async move { self.prepared(&system, tables).await })
    }

    fn facts(&self) -> StoreResult<'_, Vec<(String, String)>> {
        Box::pin(books::facts(&self.readers))
    }

    fn remember(&self, facts: Vec<(String, String)>) -> StoreResult<'_, ()> {
        Box::pin(async move { books::remember(&self.readers, &facts).await })
    }

    fn stored_types(&self) -> StoreResult<'_, Vec<(String, Position)>> {
        Box::pin(books::stored_types(&self.readers))
    }

    fn rows_of(
        &self,
        projection: &str,
        keys: Vec<Cell>,
    ) -> StoreResult<'_, Vec<Option<(Row, Position)>>> {
        let projection = projection.to_owned();
        Box::pin(async move {
            match self.table(&projection).await? {
                Some(table) => table.rows_of(&self.readers, &keys).await,
                None => Ok(vec![None; keys.len()]),
            }
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
            match self.table(&projection).await? {
                Some(table) => table.rows(&self.readers, after.as_ref(), limit).await,
                None => Ok(Vec::new()),
            }
        })
    }

    fn checkpoint(&self, consumer: &str) -> StoreResult<'_, Option<Checkpoint>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { books::checkpoint(&self.readers, &consumer).await })
    }

    fn retries(&self, consumer: &str) -> StoreResult<'_, Vec<Retry>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { books::retries(&self.readers, &consumer).await })
    }

    fn timers(&self, consumer: &str) -> StoreResult<'_, Vec<Timer>> {
        let consumer = consumer.to_owned();
        Box::pin(async move { books::timers(&self.readers, &consumer).await })
    }

    fn letters(&self, query: LetterQuery) -> StoreResult<'_, Vec<Letter>> {
        Box::pin(async move { books::letters(&self.readers, &query).await })
    }

    fn sagas(&self, query: SagaQuery) -> StoreResult<'_, Vec<SagaRow>> {
        Box::pin(async move { books::sagas(&self.readers, &query).await })
    }

    fn request(&self, request: Request) -> StoreResult<'_, u64> {
        Box::pin(async move { books::write_request(&self.readers, &request).await })
    }

    fn requests(&self) -> StoreResult<'_, Vec<(u64, Request)>> {
        Box::pin(books::requests(&self.readers))
    }

    fn unknown_requests(&self) -> StoreResult<'_, Vec<(u64, String)>> {
        Box::pin(books::unknown_requests(&self.readers))
    }

    fn purge_letters(&self, changed_before: Timestamp) -> StoreResult<'_, u64> {
        Box::pin(books::purge_letters(&self.readers, changed_before))
    }
}
