//! The one thread that writes. Commits that wait are merged into one transaction; other writes
//! (tables, facts, requests) take their turn. Nothing else lives here: how a transaction judges and
//! writes is in `batch.rs`.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use annals_runtime::ports::{Committed, Refusal, StoreError, Unit};
use annals_runtime::{Heads, failpoint};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::batch::{Verdict, Work, commit, follow};
use crate::error::{Trouble, reading};
use crate::events::head;
use crate::feed::{Feed, Feeder};
use crate::journal::Journal;
use crate::open::leave_journal;
use crate::streams::Streams;
use crate::tables::Tables;

/// Calls that may wait for the thread; further ones wait for their turn to wait.
const QUEUE: usize = 1024;
/// Units in one transaction, less those of its last call.
const MERGE: usize = 1024;
/// A writer with nothing to do for so long gives the journal's room back, and tries again after as
/// long where a reader is in the way.
const IDLE: Duration = Duration::from_secs(1);

/// What the thread needs.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) tables: Tables,
    /// Raised behind each commit, for those who wait for the log to grow.
    pub(crate) heads: Heads,
    pub(crate) journal: Journal,
    streams: Streams,
    /// Why nothing may be written any more.
    failed: Option<StoreError>,
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Job {
    Commit { works: Vec<Work>, reply: Reply<Vec<Verdict>>, _place: OwnedSemaphorePermit },
    Batch { feed: Feed, _place: OwnedSemaphorePermit },
    Run { run: Box<dyn FnOnce(&mut Writer) + Send>, _place: OwnedSemaphorePermit },
}

/// The other end of the thread. Dropping it lets the thread finish what waits, and joins it.
#[derive(Debug)]
pub(crate) struct WriterThread {
    jobs: Option<Sender<Job>>,
    places: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(crate) fn start(
        mut conn: Connection,
        tables: Tables,
        heads: Heads,
        journal: Journal,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        journal.count(&mut conn).map_err(reading)?;
        let mut writer =
            Writer { conn, tables, heads, journal, streams: Streams::default(), failed: None };
        let thread = std::thread::Builder::new()
            .name("annals-sqlite".to_owned())
            .spawn(move || writer.serve(&queue))
            .map_err(|error| StoreError::Unavailable(format!("starting a thread: {error}")))?;
        let places = Arc::new(Semaphore::new(QUEUE));
        Ok(Self { jobs: Some(jobs), places, thread: Some(thread) })
    }

    pub(crate) async fn commit(&self, works: Vec<Work>) -> Result<Vec<Verdict>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let _place = self.place().await?;
        self.send(Job::Commit { works, reply, _place })?;
        answer.await.map_err(|_| gone())?
    }

    /// Begins a batch, for which the thread is there until it ends.
    pub(crate) async fn begin(&self) -> Result<Feeder, StoreError> {
        let (feeder, feed) = Feeder::new();
        let _place = self.place().await?;
        self.send(Job::Batch { feed, _place })?;
        Ok(feeder)
    }

    /// Runs something else on the thread, in a turn of its own.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Writer) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let run = Box::new(move |writer: &mut Writer| {
            let result = writer.guarded(run);
            // Whoever asked may have gone; what was done is done.
            let _ = reply.send(result);
        });
        let _place = self.place().await?;
        self.send(Job::Run { run, _place })?;
        answer.await.map_err(|_| gone())?
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.places.clone().acquire_owned().await.map_err(|_| gone())
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(gone)
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported to whoever waited for it.
            let _ = thread.join();
        }
    }
}

impl Writer {
    fn serve(&mut self, queue: &Receiver<Job>) {
        let mut dirty = true;
        loop {
            let job = match queue.recv_timeout(if dirty { IDLE } else { Duration::MAX }) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    dirty = !self.tidy(Journal::idle).unwrap_or(true);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            dirty = true;
            self.serve_one(job, queue);
            self.tidy(Journal::look);
        }
        self.tidy(Journal::empty);
        self.journal.close();
    }

    fn serve_one(&mut self, job: Job, queue: &Receiver<Job>) {
        match job {
            Job::Run { run, .. } => run(self),
            Job::Commit { works, reply, .. } => self.gather(queue, works, reply),
            Job::Batch { feed, .. } => self.follow(feed),
        }
    }

    /// Commits a call together with those that wait behind it.
    fn gather(&mut self, queue: &Receiver<Job>, works: Vec<Work>, reply: Reply<Vec<Verdict>>) {
        let mut calls = vec![(works.len(), reply)];
        let mut all = works;
        let mut next = None;
        while all.len() < MERGE
            && let Ok(job) = queue.try_recv()
        {
            match job {
                // What it says of the log's end is meant without others' events before it.
                Job::Commit { works, reply, .. } if !works.iter().any(Work::counts_from_head) => {
                    calls.push((works.len(), reply));
                    all.extend(works);
                }
                other => {
                    next = Some(other);
                    break;
                }
            }
        }
        let verdicts = self.commit(|it| commit(&it.conn, &it.tables, &mut it.streams, &all));
        let mut verdicts = verdicts.map(Vec::into_iter);
        for (count, reply) in calls {
            let part = match &mut verdicts {
                Ok(verdicts) => Ok(verdicts.by_ref().take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            let _ = reply.send(part);
        }
        if let Some(next) = next {
            self.serve_one(next, queue);
        }
    }

    /// Commits what is brought until its end.
    fn follow(&mut self, mut feed: Feed) {
        let mut all = Vec::new();
        let parts = (&mut feed, &mut all);
        let verdicts = self.commit(|it| follow(&it.conn, &it.tables, &mut it.streams, parts));
        feed.answer(verdicts, all);
    }

    /// What a transaction came to, ready to be said: the head is raised before anyone hears, and
    /// nobody hears behind a copy of the journal that failed.
    fn commit(
        &mut self,
        transaction: impl FnOnce(&mut Self) -> Result<Vec<Verdict>, Trouble>,
    ) -> Result<Vec<Verdict>, StoreError> {
        let verdicts = self.guarded(|it| {
            let verdicts = transaction(it)?;
            it.journal.hear().map(|()| verdicts)
        });
        // Also behind a failure: halves that came before it may have been committed. Not in a
        // transaction that couldn't be rolled back.
        if self.conn.is_autocommit()
            && let Ok(head) = head(&self.conn)
        {
            self.heads.raise(head);
        }
        failpoint!("sqlite.before-replies", |error| return Err(error));
        verdicts
    }

    /// Fails closed: after a fatal trouble nothing is tried again.
    fn guarded<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        body(self).map_err(|trouble| {
            match &trouble {
                Trouble::Fatal(error) => self.fail(error.clone()),
                Trouble::Full(_) => drop(self.tidy(Journal::full)),
                Trouble::Data(_) | Trouble::Passing(_) => {}
            }
            trouble.into()
        })
    }

    /// Nothing is written any more, nor is the journal copied as the connection closes: what
    /// earlier passes have copied is not copied again, and may have been forgotten by the sync that
    /// failed. It is all in the journal still, for the next process.
    fn fail(&mut self, error: StoreError) {
        self.failed = Some(error);
        if let Err(error) = leave_journal(&self.conn) {
            self.failed = Some(StoreError::Closed(format!("leaving the journal: {error}")));
        }
    }

    /// Sees to the journal; `None`: it failed. What passes is tried again by itself.
    fn tidy<T>(
        &mut self,
        how: impl FnOnce(&mut Journal, &Connection) -> Result<T, Trouble>,
    ) -> Option<T> {
        if self.failed.is_some() {
            return None;
        }
        match how(&mut self.journal, &self.conn) {
            Ok(done) => Some(done),
            Err(Trouble::Fatal(error)) => {
                self.fail(error);
                None
            }
            Err(Trouble::Full(_)) => {
                self.journal.pause();
                None
            }
            Err(_) => None,
        }
    }
}

pub(crate) fn gone() -> StoreError {
    StoreError::Closed("its writer has ended".to_owned())
}

/// Units as work.
pub(crate) fn works(units: Vec<Unit>) -> Vec<Work> {
    units.into_iter().map(Work::unit).collect()
}

/// A result for each unit.
pub(crate) type Verdicts = Vec<Result<Committed, Refusal>>;

#[cfg(test)]
mod tests;
