//! A few connections that only read. A read runs in the task that polls it: it is short (an index
//! and at most a page of rows), and a hop to another thread would cost more than it saves.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use annals_runtime::ports::StoreError;
use rusqlite::{Connection, Result};

use crate::error::reading;
use crate::open::open_reader;

/// Connections kept for the next read; more are opened where more threads read at once.
const KEPT: usize = 4;

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
        let kept = self.idle().pop();
        let conn = kept.map_or_else(|| open_reader(&self.path), Ok)?;
        let result = read(&conn).map_err(reading);
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(conn);
        }
        result
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
