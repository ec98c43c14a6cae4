//! Stores by URL. What isn't built yet is refused by name.

use std::path::PathBuf;
use std::sync::Arc;

use annals_runtime::ports::{Store, StoreError};
use annals_sqlite::{Mode, OpenOptions, SqliteStore};

use crate::exit::Failed;

/// The file of a store's URL.
pub(crate) fn path(url: &str) -> Result<PathBuf, Failed> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        if path.is_empty() || path.contains(['?', '#']) {
            return Err(Failed::Input(format!("'{url}' names no file; write sqlite://PATH")));
        }
        return Ok(PathBuf::from(path));
    }
    let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
    Err(Failed::Input(match scheme {
        "postgres" | "postgresql" => "Postgres stores are not built yet; use sqlite://PATH".into(),
        _ => format!("'{url}' is no store; write sqlite://PATH"),
    }))
}

/// Opens a store for running a system on it.
pub(crate) fn writable(url: &str) -> Result<Arc<dyn Store>, Failed> {
    open(url, Mode::ReadWrite)
}

/// As [`writable`], with the store's own error: another process may have it.
pub(crate) fn try_writable(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let path = path(url).map_err(|_| StoreError::Unavailable(format!("'{url}' is no store")))?;
    let store = SqliteStore::open(path, OpenOptions::new(Mode::ReadWrite))?;
    Ok(Arc::new(store))
}

/// Opens a store that must exist, for reading, beside whatever runs on it.
pub(crate) fn readable(url: &str) -> Result<Arc<dyn Store>, Failed> {
    existing(url)?;
    open(url, Mode::ReadOnly)
}

/// Opens a store that must exist, for leaving requests to the engine that runs on it.
pub(crate) fn requesting(url: &str) -> Result<Arc<dyn Store>, Failed> {
    existing(url)?;
    open(url, Mode::Requests)
}

fn existing(url: &str) -> Result<(), Failed> {
    let path = path(url)?;
    if path.is_file() {
        return Ok(());
    }
    Err(Failed::Input(format!(
        "there is no store at {}; name it with --store sqlite://PATH",
        path.display()
    )))
}

fn open(url: &str, mode: Mode) -> Result<Arc<dyn Store>, Failed> {
    let store = SqliteStore::open(path(url)?, OpenOptions::new(mode))?;
    Ok(Arc::new(store))
}
