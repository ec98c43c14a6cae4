//! What a full disk does: nothing is written, nothing is broken, and room makes it go on. And an
//! error that ends its transaction by itself.

use std::sync::Arc;

use annals_core::{EventType, Metadata, NewEvent, Position, StreamId, Timestamp, Version};
use annals_runtime::ports::{Append, Batch, Committed, Expected, StoreError, Unit};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use uuid::Uuid;

use super::{Work, commit, follow};
use crate::error::Trouble;
use crate::feed::Feeder;
use crate::open::{Mode, Opened, open};
use crate::streams::Streams;
use crate::tables::Tables;

fn work(number: u64) -> Work {
    Work::unit(unit(number))
}

fn unit(number: u64) -> Unit {
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
    Unit { appends, ..Unit::default() }
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

/// Event 3 ends the transaction that brings it. The guards against other programs are no part of a
/// writer's connection.
fn poison(conn: &Connection) {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true).unwrap();
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON event_store \
                  WHEN NEW.id = x'00000000000000030000000000000000' \
                  BEGIN SELECT RAISE(ROLLBACK, 'poison'); END";
    conn.execute_batch("DROP TRIGGER event_store_appends").unwrap();
    conn.execute_batch(poison).unwrap();
}

#[test]
fn an_error_that_ends_its_transaction_takes_down_only_its_own_unit() {
    let file = File::new("ends");
    let conn = file.conn();
    poison(conn);
    let works: Vec<Work> = (0..6).map(work).collect();
    let verdicts = commit(conn, &Tables::default(), &mut Streams::default(), &works).unwrap();
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, true, false, true, true]);
    assert_eq!(crate::events::head(conn).unwrap().0, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_of_units_that_come_while_others_are_written() {
    let file = File::new("follows");
    let conn = file.conn();
    poison(conn);
    let (mut feeder, mut feed) = Feeder::new();
    for part in [0..2, 2..5] {
        feeder.add(part.map(unit).collect());
        assert!(!feeder.is_through());
    }
    let answer = tokio::spawn(async move {
        feeder.through().await;
        feeder.add(vec![unit(5)]);
        Box::new(feeder).commit().await
    });
    let verdicts = tokio::task::block_in_place(|| {
        follow(conn, &Tables::default(), &mut Streams::default(), (&mut feed, &mut Vec::new()))
            .unwrap()
    });
    feed.answer(Ok(verdicts), Vec::new());
    let verdicts = answer.await.unwrap().unwrap();
    let taken: Vec<bool> = verdicts.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, true, false, true, true]);
    assert_eq!(crate::events::head(conn).unwrap().0, 5);
}

#[test]
fn what_nobody_ends_was_never_there() {
    let file = File::new("given-up");
    let conn = file.conn();
    let (tables, mut streams) = (Tables::default(), Streams::default());
    let (mut feeder, mut feed) = Feeder::new();
    feeder.add(vec![unit(0)]);
    assert!(!feeder.is_through());
    drop(feeder);
    let given_up = follow(conn, &tables, &mut streams, (&mut feed, &mut Vec::new()));
    assert!(matches!(given_up, Err(Trouble::Passing(_))), "{given_up:?}");
    assert!(conn.is_autocommit());
    // Nor is anything believed of its stream.
    let verdicts = commit(conn, &tables, &mut streams, &[work(1)]).unwrap();
    let place = (Position(1), Version(1));
    assert_eq!(verdicts, [Ok(Committed { appends: vec![place] })]);
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
    assert!(matches!(full, Trouble::Full(StoreError::Unavailable(_))), "{full:?}");
    assert_eq!(crate::events::head(conn).unwrap().0, committed);
    room(1000);
    let verdicts = commit(conn, &tables, &mut streams, &[work(committed)]).unwrap();
    assert_eq!(verdicts[0].as_ref().unwrap().appends[0].0.0, committed + 1);
}
