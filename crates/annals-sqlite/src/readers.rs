//! A few connections that only read. A read runs in the task that polls it: it is short (an index
//! and at most a page of rows), and a hop to another thread would cost more than it saves.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use annals_runtime::failpoint;
use annals_runtime::ports::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, Result, Row, params_from_iter};

use crate::error::reading;
use crate::open::open_reader;

/// Connections kept for the next read; more are opened where more threads read at once.
const KEPT: usize = 4;

/// What a read may hold a state of the store for. As long as one is held the writer can't start the
/// journal anew, so a longer read is made of several, and lets others go first in between.
pub(crate) const ROWS: usize = 1_000;
const HOLD: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// Runs one read. Several statements see one state of the store only within [`snapshot`].
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        failpoint!("sqlite.before-read", |error| return Err(error));
        let kept = self.idle().pop();
        let conn = kept.map_or_else(|| open_reader(&self.path), Ok)?;
        let result = read(&conn).map_err(reading);
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(conn);
        }
        result
    }

    /// Runs a read in turns until one says that it was the last. Each is on a state of its own:
    /// that of its one statement, or of its [`snapshot`].
    pub(crate) async fn read_in_turns(
        &self,
        mut turn: impl FnMut(&Connection) -> Result<bool> + Send,
    ) -> std::result::Result<(), StoreError> {
        while !self.read(&mut turn)? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The rows of a statement in turns, at most so many (0: all). It goes along a place, from
    /// `?1` on or behind it, as `{beyond}` in its text says; its last columns are a row's place and
    /// whether the row is wanted.
    pub(crate) async fn rows<T: Send>(
        &self,
        (mut beyond, mut place): (&str, Value),
        (sql, bound): (&str, &[Value]),
        limit: usize,
        read: impl Fn(&Row<'_>) -> Result<T> + Send + Sync,
    ) -> std::result::Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        let turn = |conn: &Connection| {
            let mut statement = conn.prepare_cached(&sql.replace("{beyond}", beyond))?;
            let (of_place, of_wanted) =
                (statement.column_count() - 2, statement.column_count() - 1);
            let bound = std::iter::once(&place).chain(bound);
            let mut rows = statement.query(params_from_iter(bound))?;
            let mut turn = Turn::begin();
            while let Some(row) = rows.next()? {
                if row.get(of_wanted)? {
                    found.push(read(row)?);
                }
                if found.len() == limit && limit > 0 {
                    return Ok(true);
                }
                if turn.is_over() {
                    let next = row.get(of_place)?;
                    drop(rows);
                    (beyond, place) = (">", next);
                    return Ok(false);
                }
            }
            Ok(true)
        };
        self.read_in_turns(turn).await?;
        Ok(found)
    }

    /// Closes what is idle, so that the writer is the last to close and tidies up.
    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs several statements on one state of the store.
pub(crate) fn snapshot<T>(
    conn: &Connection,
    read: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let transaction = conn.unchecked_transaction()?;
    let result = read(&transaction)?;
    transaction.finish()?;
    Ok(result)
}

/// How long a read has held its state.
pub(crate) struct Turn {
    rows: usize,
    began: Instant,
}

impl Turn {
    #[expect(clippy::disallowed_methods, reason = "how long SQLite is held up is no engine's time")]
    pub(crate) fn begin() -> Self {
        Self { rows: 0, began: Instant::now() }
    }

    /// Counts a row that was looked at; whether the turn ends with it.
    pub(crate) fn is_over(&mut self) -> bool {
        self.rows += 1;
        self.rows >= ROWS || self.began.elapsed() >= HOLD
    }
}
