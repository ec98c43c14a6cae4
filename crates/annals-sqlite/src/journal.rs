//! The size of the journal, SQLite's write-ahead log. SQLite copies it into the database as it
//! grows and begins it anew, but not while somebody reads a state of the store that is older than
//! its end: then it grows until the disk is full. Our own reads are short (`readers.rs`); whoever
//! else has the file open may hold one for hours, so that is said, and the room is given back once
//! they let go.
//!
//! Most of it is copied beside the writer (`copier.rs`). The writer copies what little came in the
//! meantime, since it is begun anew only where all of it is copied between two commits.
//!
//! A copy takes room in the database, a commit takes it in the journal. On a disk that is full the
//! commits come first: a copy beside them could take what somebody gave to them, each time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use annals_runtime::failpoint;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use tokio::sync::watch;

use crate::copier::{Copied, Copier, copy};
use crate::error::Trouble;
use crate::lock::WriterLock;

/// Pages that commits leave in it before they are copied into the database (16 MiB).
const PAGES: u32 = 4096;
/// Of these so many may be left to the writer, or what the last commit brought: beside commits
/// that bring more each, a copy never comes to the end.
const REST: u32 = 256;
const LARGE_REST: u32 = PAGES / 2;
/// For want of room nothing is copied until so many commits have come through again.
const FULL: u32 = 64;
/// While somebody is in the way it is tried once in so many turns,
const TURNS: u32 = 1_024;
/// without waiting for them. The first time it waits, a little longer than our own readers read.
const PATIENCE: Duration = Duration::from_millis(250);

/// What is wrong, for people; `None`: nothing.
pub(crate) type Alarm = Option<Arc<str>>;

#[derive(Debug)]
pub(crate) struct Journal {
    database: PathBuf,
    path: PathBuf,
    /// Pages in it, as of the last commit.
    pages: Arc<AtomicU32>,
    /// How many there were at the last look: fewer now, and it was begun anew.
    seen: u32,
    /// Of them, those that are in the database.
    copied: u32,
    /// Started when there is something to copy.
    copier: Option<Copier>,
    /// It couldn't: the writer tries, and says why it can't either.
    alone: bool,
    /// Commits that have to come through before anything is copied: there was no room.
    full: u32,
    /// And somebody who read was in the way of the copy.
    was_held: bool,
    /// Whether this process may empty it.
    owner: Option<WriterLock>,
    /// Beyond this it is emptied even under load.
    limit: u64,
    /// Beyond this there is something new to say.
    alarm_at: u64,
    turns: u32,
    /// Whether somebody was in the way the last time.
    held: bool,
    alarm: watch::Sender<Alarm>,
}

impl Journal {
    pub(crate) fn new(database: &Path, owner: Option<WriterLock>, limit: u64) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let alarm = watch::Sender::new(None);
        let pages = Arc::default();
        Self {
            database: database.to_owned(),
            path: path.into(),
            pages,
            seen: 0,
            copied: 0,
            copier: None,
            alone: false,
            full: 0,
            was_held: false,
            owner,
            limit,
            alarm_at: limit,
            turns: 0,
            held: false,
            alarm,
        }
    }

    pub(crate) fn alarm(&self) -> watch::Receiver<Alarm> {
        self.alarm.subscribe()
    }

    /// Counts its pages from now on. It takes the place of SQLite's own copying behind a commit,
    /// which doesn't say that a sync failed.
    pub(crate) fn count(&self, conn: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.pages);
        conn.wal_hook(Some(move |_: &mut Wal, so_many| {
            pages.store(u32::try_from(so_many).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Hears what became of the pass that ran beside the writer, where it is over. A sync that
    /// failed there ends this store as any other does: nobody may be answered behind it.
    pub(crate) fn hear(&mut self) -> Result<(), Trouble> {
        let done = self.copier.as_mut().and_then(Copier::done);
        done.map_or(Ok(()), |copied| self.note(copied))
    }

    /// Looks at it behind a turn of the writer (the size of a file: a microsecond beside an fsync):
    /// has a long one copied into the database as far as readers let it, so that a commit begins it
    /// anew, and empties it where it is too large.
    pub(crate) fn look(&mut self, conn: &Connection) -> Result<(), Trouble> {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.seen {
            (self.copied, self.seen) = (0, 0);
        }
        let new = pages - self.seen;
        if new > 0 {
            self.full = self.full.saturating_sub(1);
        }
        self.seen = pages;
        self.hear()?;
        if self.full > 0 {
            return Ok(());
        }
        if pages >= PAGES && self.owner.is_some() {
            let own = new.clamp(REST, LARGE_REST);
            self.copy(conn, pages.saturating_sub(self.copied) <= own)?;
        }
        self.turns += 1;
        let size = self.size();
        if size > self.limit && (size > self.alarm_at || self.turns >= TURNS) {
            self.turns = 0;
            self.empty(conn)?;
        }
        Ok(())
    }

    /// Has the rest copied, by whom its length suits.
    fn copy(&mut self, conn: &Connection, is_short: bool) -> Result<(), Trouble> {
        let copier = match &mut self.copier {
            Some(copier) if copier.is_running() => return Ok(()),
            Some(copier) => Ok(copier),
            empty => Copier::start(&self.database).map(|copier| empty.insert(copier)),
        };
        match copier {
            Ok(copier) if !is_short && !self.alone => {
                copier.order();
                Ok(())
            }
            _ => {
                self.alone = false;
                self.copied = copy(conn)?;
                Ok(())
            }
        }
    }

    fn note(&mut self, copied: Copied) -> Result<(), Trouble> {
        match copied {
            Ok(copied) => self.copied = copied,
            Err(fatal @ Trouble::Fatal(_)) => return Err(fatal),
            Err(_) => self.alone = true,
        }
        Ok(())
    }

    /// Waits for the pass that runs; whether one did.
    pub(crate) fn settle(&mut self) -> Result<bool, Trouble> {
        let Some(copied) = self.copier.as_mut().and_then(Copier::wait) else { return Ok(false) };
        self.note(copied).map(|()| true)
    }

    /// Behind a write for which there was no room, before anybody is told: no pass runs when room
    /// is made. The first time what can be copied is, since a journal that is begun anew may be all
    /// that was needed; and again where somebody who read was in the way.
    pub(crate) fn full(&mut self, conn: &Connection) -> Result<(), Trouble> {
        let is_due = self.full == 0 || std::mem::take(&mut self.was_held);
        self.pause();
        self.settle()?;
        if is_due && self.owner.is_some() {
            self.copied = copy(conn)?;
            self.was_held = self.copied < self.pages.load(Ordering::Relaxed);
        }
        Ok(())
    }

    /// There was no room for a copy.
    pub(crate) fn pause(&mut self) {
        self.full = FULL;
    }

    /// With nothing else to do: as [`Journal::empty`], but not where there was no room.
    pub(crate) fn idle(&mut self, conn: &Connection) -> Result<bool, Trouble> {
        if self.full > 0 { Ok(false) } else { self.empty(conn) }
    }

    /// Ends the copier. Its connection must not be the last one to close: that one tidies up.
    pub(crate) fn close(&mut self) {
        self.copier = None;
    }

    /// Copies it into the database and cuts it to nothing; whether there is nothing left to do.
    /// A reader may be in the way: then it is done another time.
    pub(crate) fn empty(&mut self, conn: &Connection) -> Result<bool, Trouble> {
        if self.owner.is_none() {
            return Ok(true);
        }
        self.settle()?;
        conn.busy_timeout(if self.held { Duration::ZERO } else { PATIENCE })?;
        let busy = truncate(conn);
        conn.busy_timeout(Duration::from_secs(5))?;
        self.held = busy?;
        if !self.held {
            self.alarm_at = self.limit;
            self.alarm.send_if_modified(|alarm| alarm.take().is_some());
            return Ok(true);
        }
        let size = self.size();
        if size > self.alarm_at {
            // Said again when it has doubled.
            self.alarm_at = size.saturating_mul(2);
            self.alarm.send_replace(Some(self.text(size).into()));
        }
        Ok(false)
    }

    fn text(&self, size: u64) -> String {
        let (size, unit) = if size < 1 << 20 { (size >> 10, "KiB") } else { (size >> 20, "MiB") };
        format!(
            "{} has grown to {size} {unit}: another program holds a read of the store open, and \
             until it ends the file grows; `lsof` on it names the program",
            self.path.display()
        )
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |journal| journal.len())
    }
}

/// Copies all of it and cuts it; whether somebody was in the way.
fn truncate(conn: &Connection) -> Result<bool, Trouble> {
    failpoint!("sqlite.before-checkpoint", |error| return Err(Trouble::Passing(error)));
    let busy = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    failpoint!("sqlite.behind-checkpoint", |error| return Err(Trouble::Passing(error)));
    Ok(busy)
}
