//! On a file of its own.

use std::path::PathBuf;

use rusqlite::Connection;

use super::*;
use crate::journal::Journal;
use crate::open::{Mode, Opened, open};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("annals-copier-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A new database's file, its writer's connection, and its journal with a limit in bytes.
    fn open(&self, limit: u64) -> (PathBuf, Connection, Journal) {
        let Opened { path, writer, lock } =
            open(&self.0.join("annals.db"), Mode::ReadWrite).unwrap();
        let mut conn = writer.unwrap();
        let journal = Journal::new(&path, lock, limit);
        journal.count(&mut conn).unwrap();
        (path, conn, journal)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A commit of about so many pages.
fn fill(conn: &Connection, pages: usize) {
    let sql = "INSERT INTO annals_facts (name, value) VALUES (?1, ?2)";
    let name: i64 =
        conn.query_row("SELECT count(*) FROM annals_facts", [], |row| row.get(0)).unwrap();
    conn.execute(sql, (name.to_string(), "x".repeat(pages * 4096))).unwrap();
}

#[test]
fn a_long_journal_is_copied_beside_the_writer_and_begun_anew_by_a_commit() {
    let folder = Folder::new("long");
    let (path, conn, mut journal) = folder.open(64 << 20);
    let size = || std::fs::metadata(&path).unwrap().len();
    let mut passes = 0;
    for _ in 0..20 {
        fill(&conn, 1_000);
        let before = size();
        journal.look(&conn).unwrap();
        if journal.settle().unwrap() {
            assert!(size() > before, "the pass has copied nothing");
            passes += 1;
            // What the writer does itself then is short: nothing is left.
            journal.look(&conn).unwrap();
        }
    }
    // 80 MiB were written, and more than 16 were never kept but for the commit that passed them.
    let wal = std::fs::metadata(path.with_file_name("annals.db-wal")).unwrap().len();
    assert!(wal <= 24 << 20, "{wal}");
    assert_eq!(passes, 4);
    journal.close();
}

#[test]
fn large_commits_beside_the_copy_do_not_keep_the_journal_from_beginning_anew() {
    let folder = Folder::new("large");
    let (path, conn, mut journal) = folder.open(256 << 20);
    for _ in 0..30 {
        // The pass that was ordered behind the last commit is over as this one is done.
        fill(&conn, 1_000);
        journal.settle().unwrap();
        journal.look(&conn).unwrap();
    }
    let wal = std::fs::metadata(path.with_file_name("annals.db-wal")).unwrap().len();
    assert!(wal <= 32 << 20, "{wal}");
    journal.close();
}

#[test]
fn for_want_of_room_it_is_copied_once_and_again_when_commits_come_through() {
    let folder = Folder::new("full");
    let (path, conn, mut journal) = folder.open(8 << 20);
    let size = || std::fs::metadata(&path).unwrap().len();
    fill(&conn, 5_000);
    let before = size();
    journal.full(&conn).unwrap();
    assert!(size() > before + (16 << 20), "nothing was copied: {before}, {}", size());
    // From here on nobody takes the room that is made for a commit, however long the journal is.
    fill(&conn, 5_000);
    let before = size();
    journal.full(&conn).unwrap();
    for _ in 1..=63 {
        fill(&conn, 1);
        journal.look(&conn).unwrap();
        assert!(!journal.settle().unwrap() && !journal.idle(&conn).unwrap());
        assert_eq!(size(), before);
    }
    // A look without a commit behind it counts for nothing.
    journal.look(&conn).unwrap();
    journal.look(&conn).unwrap();
    assert_eq!(size(), before);
    fill(&conn, 1);
    journal.look(&conn).unwrap();
    journal.settle().unwrap();
    assert!(size() > before + (16 << 20), "nothing was copied: {before}, {}", size());
    journal.close();
}

#[test]
fn a_file_that_is_gone_is_said_and_no_end() {
    let folder = Folder::new("gone");
    let mut copier = Copier::start(&folder.0.join("annals.db")).unwrap();
    assert!(copier.done().is_none() && copier.wait().is_none());
    for _ in 0..2 {
        copier.order();
        assert!(copier.is_running());
        assert!(matches!(copier.wait(), Some(Err(Trouble::Passing(_)))));
        assert!(!copier.is_running());
    }
}
