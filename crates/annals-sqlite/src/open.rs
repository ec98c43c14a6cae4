//! Opening a file: whose it is, what version it has, and the settings that durability rests on.
//! Each is set, then read back: a build or a file system that ignores one is refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use annals_runtime::ports::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Result};

use crate::error::reading;
use crate::lock::WriterLock;
use crate::migrate::{APPLICATION_ID, LATEST, migrate};

/// Before 3.51.3 a WAL reset could race with a writer of another process and lose a transaction.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Pages that a commit leaves in the WAL before it copies them into the database (16 MiB).
const WAL_PAGES: i64 = 4096;

/// What the store may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything; one process at a time.
    #[default]
    ReadWrite,
    /// Reading, while another process may write. The file must exist.
    ReadOnly,
    /// Reading, and leaving requests for the process that writes. The file must exist.
    Requests,
}

/// How to open a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it may be used for.
    pub mode: Mode,
}

impl OpenOptions {
    /// Options with that mode.
    pub fn new(mode: Mode) -> Self {
        Self { mode }
    }
}

/// A file that is known to be ours, open for writing where the mode writes.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) writer: Option<Connection>,
    pub(crate) lock: Option<WriterLock>,
}

pub(crate) fn open(path: &Path, mode: Mode) -> std::result::Result<Opened, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::NotOurs(format!(
            "SQLite {} can lose commits when it resets its log; 3.51.3 or later is needed",
            rusqlite::version()
        )));
    }
    let path = real_path(path, mode)?;
    if mode == Mode::ReadWrite {
        // What isn't ours is left as it is, without a lock beside it.
        judge_file(&open_reader(&path)?, &path, mode)?;
    }
    let lock = (mode == Mode::ReadWrite).then(|| WriterLock::take(&path)).transpose()?;
    let writer = match mode {
        Mode::ReadWrite | Mode::Requests => Some(open_writer(&path, mode)?),
        Mode::ReadOnly => {
            let reader = open_reader(&path)?;
            judge_file(&reader, &path, mode)?;
            None
        }
    };
    Ok(Opened { path, writer, lock })
}

/// A connection that can't write. Pages: 1 MiB.
pub(crate) fn open_reader(path: &Path) -> std::result::Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|error| opening(path, error))?;
    let set = || -> Result<()> {
        conn.busy_timeout(Duration::from_secs(5))?;
        stable_plans(&conn)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "mmap_size", 0)?;
        conn.pragma_update(None, "cache_size", -1024)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.set_prepared_statement_cache_capacity(48);
        Ok(())
    };
    set().map_err(|error| opening(path, error))?;
    Ok(conn)
}

/// Keeps SQLite from planning a statement anew for each value that is bound to its `LIMIT`: a read
/// of ten events cost twice as much. Our plans don't rest on values.
/// <https://sqlite.org/queryplanner-ng.html#qpstab>
fn stable_plans(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

fn open_writer(path: &Path, mode: Mode) -> std::result::Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if mode == Mode::ReadWrite {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let mut conn = Connection::open_with_flags(path, flags).map_err(|e| opening(path, e))?;
    conn.busy_timeout(Duration::from_secs(if mode == Mode::ReadWrite { 5 } else { 2 }))
        .map_err(|error| opening(path, error))?;
    let version = judge_file(&conn, path, mode)?;
    settings(&conn, path, mode)?;
    migrate(&mut conn, version).map_err(|error| opening(path, error))?;
    Ok(conn)
}

/// The version of the schema in the file, 0 for a new one.
fn judge_file(
    conn: &Connection,
    path: &Path,
    mode: Mode,
) -> std::result::Result<usize, StoreError> {
    let ask = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let asked = ask("PRAGMA application_id").and_then(|application| {
        Ok((application, ask("PRAGMA user_version")?, ask("SELECT count(*) FROM sqlite_schema")?))
    });
    let (application, version, objects) = asked.map_err(|error| opening(path, error))?;
    let file = path.display();
    if application == 0 && version == 0 && objects == 0 {
        return match mode {
            Mode::ReadWrite => Ok(0),
            _ => Err(StoreError::NotOurs(format!("{file} is empty; no engine has used it yet"))),
        };
    }
    if application != i64::from(APPLICATION_ID) {
        return Err(StoreError::NotOurs(format!(
            "{file} is another application's database (application_id {application}); \
             name another file"
        )));
    }
    let latest = i64::try_from(LATEST).unwrap_or(i64::MAX);
    if version > latest || version < 1 {
        return Err(StoreError::NotOurs(format!(
            "{file} has schema version {version}, and this Annals knows 1 to {latest}; \
             use a later one"
        )));
    }
    if version < latest && mode != Mode::ReadWrite {
        return Err(StoreError::NotOurs(format!(
            "{file} has schema version {version}, older than {latest}; start the engine once, \
             which brings it up to date"
        )));
    }
    usize::try_from(version).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn settings(conn: &Connection, path: &Path, mode: Mode) -> std::result::Result<(), StoreError> {
    let fail = |error| opening(path, error);
    stable_plans(conn).map_err(fail)?;
    // What a foreign page says is not trusted: no functions from the schema, cells are checked.
    for (name, value) in [("trusted_schema", 0), ("cell_size_check", 1), ("mmap_size", 0)] {
        conn.pragma_update(None, name, value).map_err(fail)?;
    }
    let pages = if mode == Mode::ReadWrite { WAL_PAGES } else { 0 };
    let journal: String = conn
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(fail)?;
    let wanted = [
        ("synchronous", 2),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("cache_size", -4096),
        ("temp_store", 2),
        ("wal_autocheckpoint", pages),
        ("journal_size_limit", WAL_PAGES * 4096),
    ];
    for (name, value) in wanted {
        conn.pragma_update(None, name, value).map_err(fail)?;
        let is: i64 = conn.pragma_query_value(None, name, |row| row.get(0)).map_err(fail)?;
        if is != value {
            return Err(StoreError::Unavailable(format!(
                "{}: SQLite keeps {name} at {is} instead of {value}",
                path.display()
            )));
        }
    }
    if journal != "wal" {
        return Err(StoreError::Unavailable(format!(
            "{}: the file system can't hold a write-ahead log (journal_mode stays {journal}); \
             use a local disk",
            path.display()
        )));
    }
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// The file's own path, however it was named: the lock must be beside the file itself. Only a file
/// that is there has one (a link may point to where nothing is yet, and some file systems know one
/// name in two spellings), so one that is missing is made first, empty. A crash leaves it so, and
/// the next start takes it for a new store.
fn real_path(path: &Path, mode: Mode) -> std::result::Result<PathBuf, StoreError> {
    let fail = |error| StoreError::Unavailable(format!("{}: {error}", path.display()));
    if path.is_dir() {
        let why = format!("{} is a folder; name a file in it", path.display());
        return Err(StoreError::NotOurs(why));
    }
    if path.exists() {
        return path.canonicalize().map_err(fail);
    }
    if mode != Mode::ReadWrite {
        return Err(StoreError::Unavailable(format!("{} doesn't exist", path.display())));
    }
    if path.file_name().is_none() {
        return Err(StoreError::Unavailable(format!("'{}' names no file", path.display())));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let why = format!("there is no folder {}; make it first", folder.display());
        return Err(StoreError::Unavailable(why));
    }
    // By SQLite, which knows what closing a descriptor does to the locks of others.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    drop(Connection::open_with_flags(path, flags).map_err(|error| opening(path, error))?);
    path.canonicalize().map_err(fail)
}

fn opening(path: &Path, error: rusqlite::Error) -> StoreError {
    let file = path.display();
    match (error.sqlite_error_code(), reading(error)) {
        (Some(rusqlite::ErrorCode::NotADatabase), _) => {
            StoreError::NotOurs(format!("{file} is no SQLite database; name another file"))
        }
        (Some(rusqlite::ErrorCode::ReadOnly), _) => StoreError::Unavailable(format!(
            "{file} can't be written, or its folder can't: readers too keep a file beside it"
        )),
        (_, StoreError::Corrupt(text)) => StoreError::Corrupt(format!("{file}: {text}")),
        (_, StoreError::Closed(text)) => StoreError::Closed(format!("{file}: {text}")),
        (_, StoreError::NotOurs(text)) => StoreError::NotOurs(text),
        (_, StoreError::Unavailable(text)) => StoreError::Unavailable(format!("{file}: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn no_bound_value_has_a_statement_planned_anew() {
        let name = format!("annals-plans-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("plans.db");
        let writer = open_writer(&path, Mode::ReadWrite).unwrap();
        for conn in [&writer, &open_reader(&path).unwrap()] {
            let sql = "SELECT position FROM event_store WHERE position > ?1 LIMIT ?2";
            let mut statement = conn.prepare(sql).unwrap();
            for limit in [500, 10, 500] {
                let mut rows = statement.query([0, limit]).unwrap();
                assert!(rows.next().unwrap().is_none());
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
