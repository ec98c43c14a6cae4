//! What a full disk does: nothing is written, nothing is broken, and room makes it go on.

use std::sync::Arc;

use annals_core::{EventType, Metadata, NewEvent, StreamId, Timestamp};
use annals_runtime::ports::{Append, Expected, StoreError, Unit};
use uuid::Uuid;

use super::{Work, commit};
use crate::error::Trouble;
use crate::open::{Mode, open};
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
    Work::Unit(Box::new(Unit { appends, ..Unit::default() }))
}

#[test]
fn a_full_disk_is_unavailable_until_there_is_room() {
    let name = format!("annals-sqlite-full-{}.db", std::process::id());
    let path = std::env::temp_dir().join(name);
    let opened = open(&path, Mode::ReadWrite).unwrap();
    let conn = opened.writer.unwrap();
    let room = |pages: i64| {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    let tables = Tables::default();
    room(60);
    let (mut committed, mut full) = (0, None);
    while full.is_none() {
        match commit(&conn, &tables, &[work(committed), work(committed + 1)]) {
            Ok(verdicts) => committed += verdicts.len() as u64,
            Err(trouble) => full = Some(trouble),
        }
    }
    assert!(conn.is_autocommit());
    let full = full.unwrap();
    assert!(matches!(full, Trouble::Passing(StoreError::Unavailable(_))), "{full:?}");
    assert_eq!(crate::events::head(&conn).unwrap().0, committed);
    room(1000);
    let verdicts = commit(&conn, &tables, &[work(committed)]).unwrap();
    assert_eq!(verdicts[0].as_ref().unwrap().appends[0].0.0, committed + 1);
    drop((conn, opened.lock));
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
