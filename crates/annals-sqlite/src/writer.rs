//! The one thread that writes. Commits that wait are merged into one transaction; other writes
//! (tables, facts, requests) take their turn. Nothing else lives here: how a transaction judges and
//! writes is in `batch.rs`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use annals_runtime::ports::{Committed, Refusal, StoreError, Unit};
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::batch::{Verdict, Work, commit};
use crate::error::{Trouble, reading};
use crate::lock::WriterLock;
use crate::tables::Tables;

/// Calls that may wait for the thread; further ones wait for their turn to wait.
const QUEUE: usize = 1024;
/// Units in one transaction, less those of its last call.
const MERGE: usize = 1024;
/// Pages that commits leave in the WAL before they are copied into the database (16 MiB).
const WAL_PAGES: u32 = 4096;
/// A writer with nothing to do for so long gives the WAL's room back.
const IDLE: Duration = Duration::from_secs(1);
/// A WAL of this size is emptied even under load, where readers keep SQLite from starting it anew;
const WAL_LIMIT: u64 = 64 << 20;
/// tried once in so many turns, since a try may wait for a reader.
const WAL_TURNS: u32 = 1024;

/// What the thread needs.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) tables: Tables,
    pub(crate) wal: PathBuf,
    /// Pages in it, as of the last commit.
    wal_pages: Arc<AtomicU32>,
    /// Whether this process may empty the WAL.
    pub(crate) owner: Option<WriterLock>,
    /// Why nothing may be written any more.
    failed: Option<StoreError>,
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Job {
    Commit { works: Vec<Work>, reply: Reply<Vec<Verdict>>, _place: OwnedSemaphorePermit },
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
        wal: PathBuf,
        owner: Option<WriterLock>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let wal_pages = Arc::new(AtomicU32::new(0));
        let pages = Arc::clone(&wal_pages);
        let count = move |_: &mut Wal, so_many| {
            pages.store(u32::try_from(so_many).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        conn.wal_hook(Some(count)).map_err(reading)?;
        let mut writer = Writer { conn, tables, wal, wal_pages, owner, failed: None };
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
        let (mut dirty, mut turns) = (true, 0);
        loop {
            let job = match queue.recv_timeout(if dirty { IDLE } else { Duration::MAX }) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.empty_wal();
                    dirty = false;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            dirty = true;
            match job {
                Job::Run { run, .. } => run(self),
                Job::Commit { works, reply, _place } => self.gather(queue, works, reply),
            }
            self.copy_wal();
            turns += 1;
            if turns >= WAL_TURNS {
                turns = 0;
                if std::fs::metadata(&self.wal).is_ok_and(|wal| wal.len() > WAL_LIMIT) {
                    self.empty_wal();
                }
            }
        }
        self.empty_wal();
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
                Job::Commit { works, reply, .. } => {
                    calls.push((works.len(), reply));
                    all.extend(works);
                }
                Job::Run { run, .. } => {
                    next = Some(run);
                    break;
                }
            }
        }
        let result = self.guarded(|writer| commit(&writer.conn, &writer.tables, &all));
        let mut verdicts = result.map(Vec::into_iter);
        for (count, reply) in calls {
            let part = match &mut verdicts {
                Ok(verdicts) => Ok(verdicts.by_ref().take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            let _ = reply.send(part);
        }
        if let Some(run) = next {
            run(self);
        }
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
            if let Trouble::Fatal(error) = &trouble {
                self.failed = Some(error.clone());
            }
            trouble.into()
        })
    }

    /// Copies the WAL into the database and cuts it to nothing. Readers may be in the way: then it
    /// is done another time.
    fn empty_wal(&mut self) {
        if self.owner.is_none() || self.failed.is_some() {
            return;
        }
        let patience = self.conn.busy_timeout(Duration::from_millis(100));
        let emptied =
            self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        let back = self.conn.busy_timeout(Duration::from_secs(5));
        self.heed(patience.and(emptied).and(back).map(drop));
    }

    /// Copies what readers let it of a long WAL into the database, so that the next commit begins
    /// the WAL anew. SQLite would do so within a commit, and not say that a sync failed.
    fn copy_wal(&mut self) {
        let is_long = self.wal_pages.load(Ordering::Relaxed) >= WAL_PAGES;
        if is_long && self.owner.is_some() && self.failed.is_none() {
            let sql = "PRAGMA wal_checkpoint(PASSIVE)";
            self.heed(self.conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map(drop));
        }
    }

    /// Of what nobody waits for only the end of the store is of interest.
    fn heed(&mut self, result: rusqlite::Result<()>) {
        if let Err(error) = result
            && let Trouble::Fatal(error) = Trouble::from(error)
        {
            self.failed = Some(error);
        }
    }
}

fn gone() -> StoreError {
    StoreError::Closed("its writer has ended".to_owned())
}

/// Units as work.
pub(crate) fn works(units: Vec<Unit>) -> Vec<Work> {
    units.into_iter().map(|unit| Work::Unit(Box::new(unit))).collect()
}

/// A result for each unit.
pub(crate) type Verdicts = Vec<Result<Committed, Refusal>>;

#[cfg(test)]
mod tests;
