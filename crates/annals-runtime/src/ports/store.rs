//! The store: the log and everything that is committed with it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Table, Version};
use uuid::Uuid;

use super::{
    Batch, Checkpoint, Committed, Gathered, Letter, LetterId, LetterStatus, OutcomeWrite, Refusal,
    Request, Retry, SagaRow, Snapshot, Timer, Unit,
};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a store's call gives.
pub type StoreResult<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// A store. Every method may be called from many tasks at once, and a call that is begun and then
/// not polled for a while holds up no other: only a batch does, see [`EventStore::begin`]. Readers
/// see committed work only, in position order, without holes. An acknowledged commit is on disk. A
/// call that is dropped may still take effect; a commit that fails with [`StoreError`] may have
/// taken effect too, which is why units carry outcomes and expected checkpoints: repeat it, and it
/// is refused as a duplicate.
pub trait Store: EventStore + Books + Send + Sync {}

impl<T: EventStore + Books + Send + Sync> Store for T {}

/// The event store: the log, what belongs to its streams, and commits to it.
pub trait EventStore: Send + Sync {
    /// Commits units in one durable write; see [`Unit`].
    fn commit(&self, units: Vec<Unit>) -> StoreResult<'_, Vec<Result<Committed, Refusal>>>;

    /// The same for units that still come: the store may write the first while the last are on
    /// their way. Other writes wait for its end: who holds a batch must not wait for any of them.
    fn begin(&self) -> StoreResult<'_, Box<dyn Batch + '_>> {
        Box::pin(async move { Ok(Box::new(Gathered::new(self)) as Box<dyn Batch + '_>) })
    }

    /// The position of the last committed event, 0 for an empty log.
    fn head(&self) -> StoreResult<'_, Position>;

    /// The head, once it lies beyond `after`: at once where it does. Also what other processes
    /// commit ends the wait, within a second. Safe to drop and repeat.
    fn beyond(&self, after: Position) -> StoreResult<'_, Position>;

    /// Events of the log, by the query, in position order (or the reverse).
    fn read_log(&self, query: LogQuery) -> StoreResult<'_, Vec<RecordedEvent>>;

    /// Events of one stream after a version, in order, at most `limit`.
    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> StoreResult<'_, Vec<RecordedEvent>>;

    /// Events at these positions, in order.
    fn read_at(&self, positions: Vec<Position>) -> StoreResult<'_, Vec<RecordedEvent>>;

    /// The recorded outcome of a command, if there is one.
    fn outcome(&self, stream: &StreamId, command_id: Uuid)
    -> StoreResult<'_, Option<OutcomeWrite>>;

    /// What the commands of one correlation came to, by time, at most `limit`. While some of them
    /// are under way one may be missing beside a later one.
    fn outcomes(&self, correlation_id: Uuid, limit: usize) -> StoreResult<'_, Vec<OutcomeWrite>>;

    /// The newest snapshot of a stream.
    fn snapshot(&self, stream: &StreamId) -> StoreResult<'_, Option<Snapshot>>;

    /// Keeps snapshots; one that is lost or late breaks nothing.
    fn keep_snapshots(&self, snapshots: Vec<Snapshot>) -> StoreResult<'_, ()>;

    /// What works for now and needs a person before it no longer does, in a sentence that says what
    /// to do; another one when it got worse. `None`: nothing. Cheap enough to ask several times a
    /// second.
    fn alarm(&self) -> Option<Arc<str>> {
        None
    }
}

/// Read models, progress and the books of consumers. Of more than 1,000 rows not all need be of one
/// moment: a row that stays is there once, one that comes or goes meanwhile may be or not.
pub trait Books: Send + Sync {
    /// Makes the tables of projections that are missing, replaces those whose columns differ, and
    /// remembers the model's name; all of it or nothing. With the rows of a table that is replaced
    /// go its projection's checkpoint, letters and retries: whoever comes next finds a projection
    /// that nobody has built, and never an empty table that is said to be complete.
    fn prepare(&self, system: &str, tables: Vec<Table>) -> StoreResult<'_, ()>;

    /// Small facts by name (shapes of event versions, definitions): what was remembered.
    fn facts(&self) -> StoreResult<'_, Vec<(String, String)>>;

    /// Remembers small facts, replacing those of the same name.
    fn remember(&self, facts: Vec<(String, String)>) -> StoreResult<'_, ()>;

    /// Distinct stored event types, as `Name.vN`, in order, with where the first event of each is.
    fn stored_types(&self) -> StoreResult<'_, Vec<(String, Position)>>;

    /// A projection's rows by their keys, in the order of these, each with the position that last
    /// changed it.
    fn rows_of(
        &self,
        projection: &str,
        keys: Vec<Cell>,
    ) -> StoreResult<'_, Vec<Option<(Row, Position)>>>;

    /// One of them.
    fn row(&self, projection: &str, key: &Cell) -> StoreResult<'_, Option<(Row, Position)>> {
        let rows = self.rows_of(projection, vec![key.clone()]);
        Box::pin(async move { Ok(rows.await?.pop().flatten()) })
    }

    /// Rows by key order after a key, at most `limit`; each comes with the position that last
    /// changed it.
    fn rows(
        &self,
        projection: &str,
        after: Option<Cell>,
        limit: usize,
    ) -> StoreResult<'_, Vec<(Row, Position)>>;

    /// A consumer's checkpoint.
    fn checkpoint(&self, consumer: &str) -> StoreResult<'_, Option<Checkpoint>>;

    /// A consumer's retries, by position.
    fn retries(&self, consumer: &str) -> StoreResult<'_, Vec<Retry>>;

    /// A consumer's timers, by due time.
    fn timers(&self, consumer: &str) -> StoreResult<'_, Vec<Timer>>;

    /// Letters, by id.
    fn letters(&self, query: LetterQuery) -> StoreResult<'_, Vec<Letter>>;

    /// Saga instances, by key.
    fn sagas(&self, query: SagaQuery) -> StoreResult<'_, Vec<SagaRow>>;

    /// Leaves a request for the running engine; its number.
    fn request(&self, request: Request) -> StoreResult<'_, u64>;

    /// Requests not yet answered, by number, less those of [`Books::unknown_requests`].
    fn requests(&self) -> StoreResult<'_, Vec<(u64, Request)>>;

    /// The kinds of requests that this version doesn't know, by number: a later one left them, and
    /// they stay for it.
    fn unknown_requests(&self) -> StoreResult<'_, Vec<(u64, String)>>;

    /// Deletes letters that were resolved before a time and lie at or below their consumer's
    /// checkpoint (above it they keep their event from being delivered again); how many. A thousand
    /// at a time: an error leaves those before it deleted.
    fn purge_letters(&self, changed_before: annals_core::Timestamp) -> StoreResult<'_, u64>;
}

/// Which events of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only positions after this one (before it, where `backward`; 0 is then the end of the log).
    pub after: Position,
    /// At most so many.
    pub limit: usize,
    /// Newest first.
    pub backward: bool,
    /// Only events of these names; empty: all.
    pub names: Vec<Arc<str>>,
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// Only streams of this aggregate.
    pub aggregate: Option<Arc<str>>,
    /// Only events that carry all of these tags; empty: all.
    pub tags: Vec<Arc<str>>,
    /// Only this correlation.
    pub correlation_id: Option<Uuid>,
    /// Leave out streams whose aggregate begins with `saga-`.
    pub without_sagas: bool,
}

/// Which letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterQuery {
    /// Only after this id.
    pub after: LetterId,
    /// At most so many; 0: all.
    pub limit: usize,
    /// Only this consumer's.
    pub consumer: Option<Arc<str>>,
    /// Only this key's.
    pub key: Option<Arc<str>>,
    /// Only these statuses; empty: all.
    pub statuses: Vec<LetterStatus>,
    /// Only this letter.
    pub id: Option<LetterId>,
}

/// Which saga instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SagaQuery {
    /// The saga.
    pub saga: Arc<str>,
    /// Only this key.
    pub key: Option<Arc<str>>,
    /// Only keys after this one.
    pub after: Option<Arc<str>>,
    /// At most so many; 0: all.
    pub limit: usize,
    /// Only those with something left to do.
    pub open: bool,
    /// Only this status.
    pub status: Option<Arc<str>>,
}

/// The store failed, or is not one that we can use. An operator's matter: exit code 3, HTTP 503.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Not reachable, full, or an IO error; trying again may help.
    Unavailable(String),
    /// It is closed or failed closed: this process must end.
    Closed(String),
    /// It holds something that can't be right.
    Corrupt(String),
    /// It belongs to another model, another version or another process.
    NotOurs(String),
}

impl StoreError {
    /// Whether trying again may help. Where it can't, this process must end.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the store is unavailable: {why}"),
            Self::Closed(why) => write!(f, "the store is closed: {why}"),
            Self::Corrupt(why) => write!(f, "the store is damaged: {why}"),
            Self::NotOurs(why) => write!(f, "the store can't be used: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
