//! Copies the journal into the database beside the writer, on a thread and a connection of its own:
//! to copy 16 MiB takes as long as dozens of commits, and held all of them up.
//!
//! Crash safety is SQLite's: any connection may copy while another one writes. How far the journal
//! was copied is noted in shared memory only, which a crash takes with it. The database is synced
//! by the pass that comes to the journal's end, and only behind that sync is the journal begun
//! anew. Where it fails, what earlier passes have copied may be forgotten, though it is noted: then
//! nobody may copy the rest and remove the journal, not even as a connection closes. So the writer
//! hears of it before it answers anybody, and leaves the journal to the next process (`writer.rs`),
//! which begins at the journal's first page.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use annals_runtime::ports::StoreError;
use rusqlite::Connection;

use crate::error::Trouble;
use crate::open::open_beside;

/// What a pass came to: pages of the journal that are in the database.
pub(crate) type Copied = Result<u32, Trouble>;

/// The writer's end of the thread. Dropping it lets the pass that runs end, and joins it.
#[derive(Debug)]
pub(crate) struct Copier {
    orders: Option<Sender<()>>,
    passes: Receiver<Copied>,
    running: bool,
    thread: Option<JoinHandle<()>>,
}

impl Copier {
    /// Starts the thread, which waits for orders.
    pub(crate) fn start(database: &Path) -> Result<Self, StoreError> {
        let (orders, ordered) = channel();
        let (pass, passes) = channel();
        let database = database.to_owned();
        let thread = std::thread::Builder::new()
            .name("annals-sqlite-c".to_owned())
            .spawn(move || serve(&database, &ordered, &pass))
            .map_err(|error| StoreError::Unavailable(format!("starting a thread: {error}")))?;
        Ok(Self { orders: Some(orders), passes, running: false, thread: Some(thread) })
    }

    /// Orders a pass.
    pub(crate) fn order(&mut self) {
        self.running = self.orders.as_ref().is_some_and(|orders| orders.send(()).is_ok());
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    /// What the last pass came to, once.
    pub(crate) fn done(&mut self) -> Option<Copied> {
        if !self.running {
            return None;
        }
        match self.passes.try_recv() {
            Err(TryRecvError::Empty) => None,
            done => Some(self.ended(done.ok())),
        }
    }

    /// The same, after its end.
    pub(crate) fn wait(&mut self) -> Option<Copied> {
        self.running.then(|| {
            let done = self.passes.recv();
            self.ended(done.ok())
        })
    }

    fn ended(&mut self, done: Option<Copied>) -> Copied {
        self.running = false;
        done.unwrap_or_else(|| {
            let why = "the thread that copies the journal has ended".to_owned();
            Err(Trouble::Fatal(StoreError::Closed(why)))
        })
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told to the writer as its end.
            let _ = thread.join();
        }
    }
}

fn serve(database: &Path, ordered: &Receiver<()>, pass: &Sender<Copied>) {
    let mut conn = None;
    while ordered.recv().is_ok() {
        let opened =
            conn.take().map_or_else(|| open_beside(database).map_err(Trouble::Passing), Ok);
        let copied = opened.and_then(|opened| copy(conn.insert(opened)));
        if pass.send(copied).is_err() {
            return;
        }
    }
}

/// Copies what readers let it, and says how many pages of the journal are in the database then.
/// While another program copies it isn't known: none, as far as we can tell.
pub(crate) fn copy(conn: &Connection) -> Copied {
    let copied: i64 = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(2))?;
    Ok(u32::try_from(copied).unwrap_or(0))
}

#[cfg(test)]
mod tests;
