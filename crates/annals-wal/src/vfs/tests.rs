//! A database whose log is written so, beside connections whose log is not.

use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};

use super::{NAME, register};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("annals-wal-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn ours(&self) -> Connection {
        register().unwrap();
        let (path, flags) = (self.0.join("some.db"), OpenFlags::default());
        let conn = Connection::open_with_flags_and_vfs(path, flags, NAME).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_spill = OFF; \
             PRAGMA wal_autocheckpoint = 0; \
             CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY, filler TEXT)",
        )
        .unwrap();
        conn
    }

    fn plain(&self) -> Connection {
        Connection::open(self.0.join("some.db")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// About a page for each number.
fn fill(conn: &Connection, numbers: std::ops::Range<i64>) {
    let sql = "INSERT INTO numbers VALUES (?1, ?2)";
    for number in numbers {
        conn.prepare_cached(sql).unwrap().execute((number, "x".repeat(3000))).unwrap();
    }
}

fn count(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0)).unwrap()
}

fn check(conn: &Connection) {
    let said: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
}

#[test]
fn a_commit_is_seen_by_others_at_once() {
    let folder = Folder::new("seen");
    let (ours, plain) = (folder.ours(), folder.plain());
    for round in 1..=50 {
        let ours = ours.unchecked_transaction().unwrap();
        fill(&ours, (round - 1) * 7..round * 7);
        assert_eq!(count(&plain), (round - 1) * 7);
        ours.commit().unwrap();
        assert_eq!(count(&plain), round * 7);
    }
    check(&plain);
}

#[test]
fn what_was_rolled_back_is_never_written_over_what_others_commit() {
    let folder = Folder::new("rolled-back");
    let (ours, plain) = (folder.ours(), folder.plain());
    ours.execute_batch("PRAGMA cache_size = 10").unwrap();
    for round in 1..=8_i64 {
        // Begun anew, and cut: what comes next stands where the journal begins.
        let checkpoint = if round % 2 == 0 { "TRUNCATE" } else { "RESTART" };
        let checkpoint = format!("PRAGMA wal_checkpoint({checkpoint})");
        plain.query_row(&checkpoint, [], |_| Ok(())).unwrap();
        let before = count(&ours);
        let lost = ours.unchecked_transaction().unwrap();
        // Few enough that all of it would be kept, did it leave the cache.
        fill(&lost, round * 1000..round * 1000 + 25);
        lost.rollback().unwrap();
        fill(&plain, round * 1000..round * 1000 + 3 * round);
        assert_eq!(count(&ours), before + 3 * round);
        let kept = ours.unchecked_transaction().unwrap();
        fill(&kept, round * 1000 + 500..round * 1000 + 800);
        kept.execute("UPDATE numbers SET filler = 'y' || filler WHERE number % 3 = 0", []).unwrap();
        kept.commit().unwrap();
        assert_eq!(count(&plain), before + 3 * round + 300);
        check(&plain);
        check(&ours);
    }
    drop(ours);
    check(&plain);
}

#[test]
fn what_was_committed_is_there_without_a_checkpoint() {
    let folder = Folder::new("recovered");
    let ours = folder.ours();
    let all = ours.unchecked_transaction().unwrap();
    fill(&all, 0..200);
    all.commit().unwrap();
    // As a crash leaves the files: nobody has closed them.
    let copy = Folder::new("copied");
    for name in ["some.db", "some.db-wal"] {
        std::fs::copy(folder.0.join(name), copy.0.join(name)).unwrap();
    }
    let plain = copy.plain();
    assert_eq!(count(&plain), 200);
    check(&plain);
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error() {
    let folder = Folder::new("refused");
    drop(folder.ours());
    std::fs::create_dir(folder.0.join("some.db-wal")).unwrap();
    let path = folder.0.join("some.db");
    let conn = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), NAME).unwrap();
    conn.query_row("SELECT count(*) FROM numbers", [], |row| row.get::<_, i64>(0)).unwrap_err();
}

/// Calls of the system by which this thread has written.
#[cfg(target_os = "linux")]
fn writes() -> u64 {
    let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
    let line = io.lines().find_map(|line| line.strip_prefix("syscw: ")).unwrap();
    line.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_commit_takes_few_writes() {
    let folder = Folder::new("few");
    let ours = folder.ours();
    let commit = |conn: &Connection, numbers: std::ops::Range<i64>| {
        let before = writes();
        let all = conn.unchecked_transaction().unwrap();
        fill(&all, numbers);
        all.commit().unwrap();
        writes() - before
    };
    let joined = commit(&ours, 0..310);
    let single = commit(&folder.plain(), 1000..1310);
    // Both write some 310 pages.
    assert!(joined < 20 && single > 600, "{joined}, {single}");
}
