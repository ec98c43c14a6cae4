//! Opening a file: whose it is, what version it has, and the settings that durability rests on.
//! Each is set, then read back: a build or a file system that ignores one is refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use annals_runtime::ports::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Result, ffi};

use crate::error::reading;
use crate::lock::WriterLock;
use crate::migrate::{APPLICATION_ID, LATEST, migrate};

/// Before 3.51.3 a WAL reset could race with a writer of another process and lose a transaction.
const OLDEST_SQLITE: i32 = 3_051_003;

/// What the WAL is cut down to when it is begun anew: more than it grows to while it is copied, so
/// that under load its blocks are written over, which a sync is done with sooner.
const WAL_KEPT: i64 = 32 << 20;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it may be used for.
    pub mode: Mode,
    /// Beyond this size the journal is emptied even under load, and where a reader is in the way an
    /// alarm says so, again each time that it has doubled. 64 MiB.
    pub journal_limit_bytes: u64,
}

impl OpenOptions {
    /// Options with that mode.
    pub fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { mode: Mode::default(), journal_limit_bytes: 64 << 20 }
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
        match reader(&path).and_then(|conn| contents(&conn)) {
            // Only a writer can take back what a crash has left half done; then it judges.
            Err(error) if is_half_done(&error) => {}
            contents => judge(contents, &path, mode).map(drop)?,
        }
    }
    let lock = (mode == Mode::ReadWrite).then(|| WriterLock::take(&path)).transpose()?;
    let writer = match mode {
        Mode::ReadWrite | Mode::Requests => Some(open_writer(&path, mode)?),
        Mode::ReadOnly => {
            judge(contents(&open_reader(&path)?), &path, mode)?;
            None
        }
    };
    Ok(Opened { path, writer, lock })
}

/// A connection that can't write. Pages: 1 MiB.
pub(crate) fn open_reader(path: &Path) -> std::result::Result<Connection, StoreError> {
    reader(path).map_err(|error| opening(path, error))
}

fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    stable_plans(&conn)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.pragma_update(None, "cache_size", -1024)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.set_prepared_statement_cache_capacity(48);
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
    // `settings` is as this asks for.
    let mut conn = annals_wal::register()
        .and_then(|()| Connection::open_with_flags_and_vfs(path, flags, annals_wal::NAME))
        .map_err(|error| opening(path, error))?;
    conn.busy_timeout(Duration::from_secs(if mode == Mode::ReadWrite { 5 } else { 2 }))
        .map_err(|error| opening(path, error))?;
    let version = judge(contents(&conn), path, mode)?;
    settings(&conn, path)?;
    migrate(&mut conn, version).map_err(|error| opening(path, error))?;
    if mode == Mode::ReadWrite {
        without_triggers(&conn).map_err(|error| opening(path, error))?;
        sync_folder(path)?;
    } else {
        // Only the engine copies it.
        leave_journal(&conn).map_err(|error| opening(path, error))?;
    }
    Ok(conn)
}

/// A second connection of the writing process, which copies the journal.
pub(crate) fn open_beside(path: &Path) -> std::result::Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| opening(path, e))?;
    leave_journal(&conn).map_err(|error| opening(path, error))?;
    settings(&conn, path)?;
    Ok(conn)
}

/// Leaves the journal as it is where the connection is the last one to close: otherwise SQLite
/// copies the rest of it then, unseen, and removes it.
pub(crate) fn leave_journal(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

/// The triggers guard the log against everybody but the one writer, which gives positions and
/// versions itself and never changes a row; to it they are two searches and a journal an event.
fn without_triggers(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map(drop)
}

/// What tells whose a file is.
struct Contents {
    application: i64,
    version: i64,
    objects: i64,
}

fn contents(conn: &Connection) -> Result<Contents> {
    let ask = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(Contents {
        application: ask("PRAGMA application_id")?,
        version: ask("PRAGMA user_version")?,
        objects: ask("SELECT count(*) FROM sqlite_schema")?,
    })
}

/// A journal beside the file has to be rolled back. Ours has none once it is in WAL mode: this is a
/// first start that died.
fn is_half_done(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_READONLY_ROLLBACK)
}

/// The version of the schema in the file, 0 for a new one.
fn judge(
    contents: Result<Contents>,
    path: &Path,
    mode: Mode,
) -> std::result::Result<usize, StoreError> {
    let contents = contents.map_err(|error| opening(path, error))?;
    let Contents { application, version, objects } = contents;
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

/// The names of the database and of its WAL are on disk. SQLite asks for it too, once the WAL has
/// its first commit, and doesn't look at the answer.
fn sync_folder(path: &Path) -> std::result::Result<(), StoreError> {
    // Only Unix has a folder that can be opened and synced.
    let Some(folder) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    match std::fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !has_no_sync(&error) => Err(StoreError::Closed(format!(
            "{}: {error}; what is on disk is not known",
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Some file systems sync no folders, and some folders can't be opened. Postgres passes over the
/// same (`fsync_fname` in its `fd.c`).
fn has_no_sync(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
}

/// Asks for a write-ahead log and answers what the connection has then.
fn set_journal(conn: &Connection) -> Result<String> {
    // To its end: the commit of the new mode comes behind the row that announces it.
    let mut statement = conn.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    conn.pragma_query_value(None, "journal_mode", |row| row.get(0))
}

fn settings(conn: &Connection, path: &Path) -> std::result::Result<(), StoreError> {
    let fail = |error| opening(path, error);
    stable_plans(conn).map_err(fail)?;
    // What a foreign page says is not trusted: no functions from the schema, cells are checked.
    for (name, value) in [("trusted_schema", 0), ("cell_size_check", 1), ("mmap_size", 0)] {
        conn.pragma_update(None, name, value).map_err(fail)?;
    }
    let journal = set_journal(conn).map_err(fail)?;
    let wanted = [
        ("synchronous", 2),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("cache_size", -4096),
        // No page leaves the cache before its commit (`annals-wal`).
        ("cache_spill", 0),
        ("temp_store", 2),
        // SQLite's own is silent about a sync that failed: the writer's thread does it.
        ("wal_autocheckpoint", 0),
        ("journal_size_limit", WAL_KEPT),
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
    if is_half_done(&error) {
        let why = format!("{file} was left half done; start the engine once, which repairs it");
        return StoreError::Unavailable(why);
    }
    match (error.sqlite_error_code(), reading(error)) {
        (Some(ErrorCode::NotADatabase), _) => {
            StoreError::NotOurs(format!("{file} is no SQLite database; name another file"))
        }
        (Some(ErrorCode::ReadOnly), _) => StoreError::Unavailable(format!(
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
