//! Stores that break a promise on purpose: canaries, which the suite must catch, and the trouble
//! that engines must bear.

mod early;
mod hasty;
mod late;
mod slow;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Table, Timestamp, Version};
use annals_runtime::ports::{
    Batch, Books, Checkpoint, Committed, EventStore, Expected, Gathered, Letter, LetterQuery,
    LogQuery, OutcomeWrite, Refusal, Request, Retry, SagaQuery, SagaRow, Snapshot, Store,
    StoreError, StoreResult, Timer, Unit,
};
use uuid::Uuid;

use hasty::Hasty;
use late::{Counts, Late};
use slow::Slow;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes whatever version a writer expects.
    IgnoresVersions,
    /// Doesn't keep outcomes.
    ForgetsOutcomes,
    /// Doesn't keep checkpoints.
    ForgetsCheckpoints,
    /// Takes rows that moved since they were read.
    IgnoresStaleRows,
    /// Commits the events of units without their rows.
    TearsUnits,
    /// Takes units whatever the log holds.
    IgnoresConditions,
    /// Answers every n-th plain append as committed, and forgets it.
    DropsAcknowledged(u64),
    /// Answers every n-th plain append as committed, and commits it with the next call.
    AnswersEarly(u64),
    /// Gives positions before the commit, as a sequence does: of two commits side by side readers
    /// may see the later one first.
    GivesPositionsEarly,
    /// Commits what a batch is brought before it is told to.
    CommitsEarly,
    /// Lets those who wait for the log to go on wait for ever.
    WakesNobody,
    /// Says of every n-th commit that it failed, when it didn't. No broken promise: an ambiguous
    /// result.
    LosesAnswers(u64),
    /// Every n-th commit fails before it has begun. No broken promise.
    FailsBefore(u64),
    /// Gives way to other tasks so often before it commits, and while it writes what a batch is
    /// brought. No broken promise either: a slow disk.
    Slow(u32),
    /// The n-th read of a stream never ends. No broken promise: whoever waits for it may let go.
    StallsRead(u64),
    /// Commits checkpoints in a commit of their own, ahead of what they stand for.
    ChecksInEarly,
    /// The process dies before the n-th commit: it and all later ones fail. No broken promise.
    DiesBefore(u64),
    /// The process dies between the n-th commit and its answer. No broken promise.
    DiesBehind(u64),
}

/// A store with a fault.
pub struct Broken {
    inner: Arc<dyn Store>,
    fault: Fault,
    commits: AtomicU64,
    reads: AtomicU64,
    row_reads: AtomicU64,
    late: Late,
    /// Answered, and not yet committed.
    owed: Mutex<Vec<Unit>>,
}

impl Broken {
    /// Breaks a store.
    pub fn new(inner: Arc<dyn Store>, fault: Fault) -> Self {
        Self {
            inner,
            fault,
            commits: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            row_reads: AtomicU64::new(0),
            late: Late::default(),
            owed: Mutex::default(),
        }
    }

    /// How often it was asked for rows by their keys.
    pub fn row_reads(&self) -> u64 {
        self.row_reads.load(Ordering::Relaxed)
    }

    fn spoil(&self, unit: &mut Unit) {
        match self.fault {
            Fault::IgnoresVersions => {
                for append in &mut unit.appends {
                    append.expected = Expected::Any;
                }
            }
            Fault::ForgetsOutcomes => unit.outcome = None,
            Fault::ForgetsCheckpoints => unit.checkpoint = None,
            Fault::IgnoresStaleRows => {
                for row in &mut unit.rows {
                    row.read = None;
                }
            }
            Fault::TearsUnits => unit.rows.clear(),
            Fault::IgnoresConditions => unit.condition = None,
            Fault::ChecksInEarly
            | Fault::DropsAcknowledged(_)
            | Fault::AnswersEarly(_)
            | Fault::GivesPositionsEarly
            | Fault::CommitsEarly
            | Fault::WakesNobody
            | Fault::LosesAnswers(_)
            | Fault::FailsBefore(_)
            | Fault::Slow(_)
            | Fault::StallsRead(_)
            | Fault::DiesBefore(_)
            | Fault::DiesBehind(_) => {}
        }
    }

    /// The answer to a call that isn't committed, or not now.
    async fn answered(&self, number: u64, units: &[Unit]) -> Result<Option<Committed>, StoreError> {
        let every = match self.fault {
            Fault::DropsAcknowledged(every) | Fault::AnswersEarly(every) => every,
            _ => return Ok(None),
        };
        let owed = std::mem::take(&mut *self.owed.lock().unwrap_or_else(PoisonError::into_inner));
        if !owed.is_empty() {
            self.inner.commit(owed).await?;
        }
        if !number.is_multiple_of(every) {
            return Ok(None);
        }
        let answer = early::answer(&self.inner, units).await?;
        if answer.is_some() && matches!(self.fault, Fault::AnswersEarly(_)) {
            self.owed.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(units);
        }
        Ok(answer)
    }

    async fn checked_in_early(&self, units: &mut [Unit]) -> Result<(), StoreError> {
        let alone = |unit: &mut Unit| {
            let checkpoint = unit.checkpoint.take()?;
            Some(Unit { checkpoint: Some(checkpoint), ..Unit::default() })
        };
        let early: Vec<Unit> = units.iter_mut().filter_map(alone).collect();
        if !early.is_empty() {
            self.inner.commit(early).await?;
        }
        Ok(())
    }
}

fn dead() -> StoreError {
    StoreError::Closed("the process is dead".to_owned())
}

impl EventStore for Broken {
    fn commit(&self, mut units: Vec<Unit>) -> StoreResult<'_, Vec<Result<Committed, Refusal>>> {
        units.iter_mut().for_each(|unit| self.spoil(unit));
        Box::pin(async move {
            let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
            match self.fault {
                Fault::Slow(turns) => {
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                }
                Fault::ChecksInEarly => self.checked_in_early(&mut units).await?,
                Fault::FailsBefore(every) if number.is_multiple_of(every) => {
                    return Err(StoreError::Unavailable("it was not begun".to_owned()));
                }
                Fault::DiesBefore(last) if number >= last => return Err(dead()),
                Fault::DiesBehind(last) if number > last => return Err(dead()),
                _ => {}
            }
            if let Some(answer) = self.answered(number, &units).await? {
                return Ok(vec![Ok(answer)]);
            }
            let counts = Counts::of(&units);
            let verdicts = self.inner.commit(units).await;
            match self.fault {
                Fault::GivesPositionsEarly if number % 2 == 1 => {
                    let verdicts = verdicts?;
                    self.late.hold(&counts, &verdicts).await;
                    Ok(verdicts)
                }
                Fault::LosesAnswers(every) if number.is_multiple_of(every) => {
                    Err(StoreError::Unavailable("the answer was lost".to_owned()))
                }
                Fault::DiesBehind(last) if number == last => Err(dead()),
                _ => verdicts,
            }
        })
    }

    fn begin(&self) -> StoreResult<'_, Box<dyn Batch + '_>> {
        Box::pin(async move {
            Ok(match self.fault {
                Fault::CommitsEarly => Box::new(Hasty::new(self)) as Box<dyn Batch + '_>,
                Fault::Slow(turns) => Box::new(Slow::new(self, turns)),
                _ => Box::new(Gathered::new(self)),
            })
        })
    }

    fn head(&self) -> StoreResult<'_, Position> {
        Box::pin(async move { Ok(self.late.head(self.inner.head().await?)) })
    }

    fn beyond(&self, after: Position) -> StoreResult<'_, Position> {
        Box::pin(async move {
            if self.fault == Fault::WakesNobody && self.inner.head().await? <= after {
                std::future::pending::<()>().await;
            }
            loop {
                let head = self.late.head(self.inner.beyond(after).await?);
                if head > after {
                    return Ok(head);
                }
                tokio::task::yield_now().await;
            }
        })
    }

    fn read_log(&self, query: LogQuery) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(async move { Ok(self.late.shown(self.inner.read_log(query).await?)) })
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: usize,
    ) -> StoreResult<'_, Vec<RecordedEvent>> {
        let number = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        if self.fault == Fault::StallsRead(number) {
            return Box::pin(std::future::pending());
        }
        let read = self.inner.read_stream(stream, after, limit);
        Box::pin(async move { Ok(self.late.shown(read.await?)) })
    }

    fn read_at(&self, positions: Vec<Position>) -> StoreResult<'_, Vec<RecordedEvent>> {
        Box::pin(async move { Ok(self.late.shown(self.inner.read_at(positions).await?)) })
    }

    fn outcome(
        &self,
        stream: &StreamId,
        command_id: Uuid,
    ) -> StoreResult<'_, Option<OutcomeWrite>> {
        self.inner.outcome(stream, command_id)
    }

    fn outcomes(&self, correlation_id: Uuid, limit: usize) -> StoreResult<'_, Vec<OutcomeWrite>> {
        self.inner.outcomes(correlation_id, limit)
    }

    fn snapshot(&self, stream: &StreamId) -> StoreResult<'_, Option<Snapshot>> {
        self.inner.snapshot(stream)
    }

    fn keep_snapshots(&self, snapshots: Vec<Snapshot>) -> StoreResult<'_, ()> {
        self.inner.keep_snapshots(snapshots)
    }

    fn alarm(&self) -> Option<Arc<str>> {
        self.inner.alarm()
    }
}

impl Books for Broken {
    fn prepare(&self, system: &str, tables: Vec<Table>) -> StoreResult<'_, ()> {
        self.inner.prepare(system, tables)
    }

    fn facts(&self) -> StoreResult<'_, Vec<(String, String)>> {
        self.inner.facts()
    }

    fn remember(&self, facts: Vec<(String, String)>) -> StoreResult<'_, ()> {
        self.inner.remember(facts)
    }

    fn stored_types(&self) -> StoreResult<'_, Vec<(String, Position)>> {
        self.inner.stored_types()
    }

    fn rows_of(
        &self,
        projection: &str,
        keys: Vec<Cell>,
    ) -> StoreResult<'_, Vec<Option<(Row, Position)>>> {
        self.row_reads.fetch_add(1, Ordering::Relaxed);
        self.inner.rows_of(projection, keys)
    }

    fn rows(
        &self,
        projection: &str,
        after: Option<Cell>,
        limit: usize,
    ) -> StoreResult<'_, Vec<(Row, Position)>> {
        self.inner.rows(projection, after, limit)
    }

    fn checkpoint(&self, consumer: &str) -> StoreResult<'_, Option<Checkpoint>> {
        self.inner.checkpoint(consumer)
    }

    fn retries(&self, consumer: &str) -> StoreResult<'_, Vec<Retry>> {
        self.inner.retries(consumer)
    }

    fn timers(&self, consumer: &str) -> StoreResult<'_, Vec<Timer>> {
        self.inner.timers(consumer)
    }

    fn letters(&self, query: LetterQuery) -> StoreResult<'_, Vec<Letter>> {
        self.inner.letters(query)
    }

    fn sagas(&self, query: SagaQuery) -> StoreResult<'_, Vec<SagaRow>> {
        self.inner.sagas(query)
    }

    fn request(&self, request: Request) -> StoreResult<'_, u64> {
        self.inner.request(request)
    }

    fn requests(&self) -> StoreResult<'_, Vec<(u64, Request)>> {
        self.inner.requests()
    }

    fn unknown_requests(&self) -> StoreResult<'_, Vec<(u64, String)>> {
        self.inner.unknown_requests()
    }

    fn purge_letters(&self, changed_before: Timestamp) -> StoreResult<'_, u64> {
        self.inner.purge_letters(changed_before)
    }
}
