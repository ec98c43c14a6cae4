//! What a full disk does: nothing is written, nothing is broken, and room makes it go on. And an
//! error that ends its transaction by itself.

use std::sync::Arc;

use annals_core::{EventType, Metadata, NewEvent, StreamId, Timestamp};
use annals_runtime::ports::{Append, Expected, StoreError, Unit};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use uuid::Uuid;

use super::{Work, commit};
use crate::error::Trouble;
use crate::open::{Mode, Opened, open};
use crate::streams::Streams;
use crate::tables::Tables;

fn work(number: u64) -> Work {
    let event = NewEvent {
        id: Uuid::from_u64_pair(number, 0),
        type_: EventType::new("Filled", 1),
        time: Timestamp(0),
        data: vec![b'x'; 2000].into(),
        metadata: Metadata::default(),
        tags: Arc::default(),
    };
    let stream = StreamId::new("Disk", "d1");
    let appends = vec![Append { stream, expected: Expected::Any, events: vec![event] }];
    Work::unit(Unit { appends, ..Unit::default() })
}

/// A connection as the writer's, to a file of that name, which goes with the value.
struct File {
    path: std::path::PathBuf,
    opened: Opened,
}

impl File {
    fn new(name: &str) -> Self {
        let name = format!("annals-sqlite-{name}-{}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let opened = open(&path, Mode::ReadWrite).unwrap();
        Self { path, opened }
    }

    fn conn(&self) -> &Connection {
        self.opened.writer.as_ref().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.opened.writer = None;
        for suffix in ["", "-wal", "-shm", "-lock"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.path.display()));
        }
    }
}

#[test]
fn an_error_that_ends_its_transaction_takes_down_only_its_own_unit() {
    let file = File::new("ends");
    let conn = file.conn();
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true).unwrap();
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON event_store \
                  WHEN NEW.id = x'00000000000000030000000000000000' \
                  BEGIN SELECT RAISE(ROLLBACK, 'poison'); END";
    conn.execute_batch(poison).unwrap();
    let works: Vec<Work> = (0..6).map(work).collect();
    let verdicts = commit(conn, &Tables::default(), &mut Streams::default(), &works).unwrap();
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, true, false, true, true]);
    assert_eq!(crate::events::head(conn).unwrap().0, 5);
}

#[test]
fn a_full_disk_is_unavailable_until_there_is_room() {
    let file = File::new("full");
    let conn = file.conn();
    let room = |pages: i64| {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    let (tables, mut streams) = (Tables::default(), Streams::default());
    room(60);
    let (mut committed, mut full) = (0, None);
    while full.is_none() {
        match commit(conn, &tables, &mut streams, &[work(committed), work(committed + 1)]) {
            Ok(verdicts) => committed += verdicts.len() as u64,
            Err(trouble) => full = Some(trouble),
        }
    }
    assert!(conn.is_autocommit());
    let full = full.unwrap();
    assert!(matches!(full, Trouble::Passing(StoreError::Unavailable(_))), "{full:?}");
    assert_eq!(crate::events::head(conn).unwrap().0, committed);
    room(1000);
    let verdicts = commit(conn, &tables, &mut streams, &[work(committed)]).unwrap();
    assert_eq!(verdicts[0].as_ref().unwrap().appends[0].0.0, committed + 1);
}
