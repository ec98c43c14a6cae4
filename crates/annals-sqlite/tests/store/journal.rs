//! The journal: a foreign program that reads for long makes it grow. That holds nobody up, is said,
//! and is over once the program lets go.

use std::sync::Arc;

use annals_core::{NewEvent, Position};
use annals_runtime::ports::{EventStore, Expected, LogQuery};
use annals_sqlite::{Mode, SqliteStore};
use rusqlite::Connection;

use crate::common::*;

/// About 64 KiB.
async fn fill(store: &SqliteStore, number: u64) {
    let event = NewEvent { data: vec![b'x'; 64 << 10].into(), ..event("A.v1", number) };
    let verdicts = store.commit(vec![append("o1", Expected::Any, vec![event])]).await.unwrap();
    assert!(verdicts[0].is_ok());
    // The writer looks at the journal behind the answer; its next turn comes after that look.
    store.keep_snapshots(Vec::new()).await.unwrap();
}

fn journal_bytes(folder: &Folder) -> u64 {
    std::fs::metadata(folder.db().with_file_name("annals.db-wal")).map_or(0, |wal| wal.len())
}

/// A program that reads the store as it is now, until it is dropped.
fn foreign_reader(folder: &Folder) -> Connection {
    let conn = Connection::open(folder.db()).unwrap();
    conn.execute_batch("BEGIN; SELECT count(*) FROM event_store").unwrap();
    let count = conn.query_row("SELECT count(*) FROM event_store", [], |row| row.get::<_, i64>(0));
    assert_eq!(count.unwrap(), 0);
    conn
}

#[tokio::test]
async fn hazard_06_a_foreign_transaction_that_stays_open_delays_nobody_and_is_named() {
    let folder = Folder::new();
    let store = folder.open_narrow();
    let reader = folder.open_as(Mode::ReadOnly);
    let foreign = foreign_reader(&folder);
    let mut alarms = store.alarms();
    let (mut number, mut said) = (0, Vec::new());
    while said.len() < 3 {
        number += 1;
        assert!(number < 100, "{said:?}, at {} bytes", journal_bytes(&folder));
        fill(&store, number).await;
        // What is acknowledged is seen at once, by this process and by others.
        assert_eq!(store.head().await.unwrap(), Position(number));
        assert_eq!(reader.head().await.unwrap(), Position(number));
        let alarm = store.alarm();
        assert_eq!(alarm, *alarms.borrow_and_update());
        if alarm.is_some() && alarm != said.last().map(|(alarm, _)| Arc::clone(alarm)) {
            said.extend(alarm.map(|alarm| (alarm, journal_bytes(&folder))));
        }
    }
    // Beyond 256 KiB, then at the double each time and no more often.
    assert!((256 << 10..384 << 10).contains(&said[0].1), "{said:?}");
    for two in said.windows(2) {
        assert!((2 * two[0].1..3 * two[0].1).contains(&two[1].1), "{said:?}");
    }
    let wal = folder.db().with_file_name("annals.db-wal").canonicalize().unwrap();
    let begins = format!("{} has grown to {} KiB: another program", wal.display(), said[0].1 >> 10);
    assert!(said[0].0.starts_with(&begins), "{}", said[0].0);
    assert!(said[0].0.ends_with("`lsof` on it names the program"), "{}", said[0].0);

    foreign.execute_batch("COMMIT").unwrap();
    // An idle writer tries again by itself.
    alarms.wait_for(Option::is_none).await.unwrap();
    assert_eq!((journal_bytes(&folder), store.alarm()), (0, None));
    // And it is as it was before: with another one it begins from the first alarm.
    let again = Connection::open(folder.db()).unwrap();
    again.execute_batch("BEGIN; SELECT count(*) FROM event_store").unwrap();
    let read = again.query_row("SELECT count(*) FROM event_store", [], |row| row.get::<_, u64>(0));
    assert_eq!(read.unwrap(), number);
    while store.alarm().is_none() {
        number += 1;
        fill(&store, number).await;
    }
    assert!((256 << 10..384 << 10).contains(&journal_bytes(&folder)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_ours_raise_no_alarm_and_the_journal_stays_small() {
    let folder = Folder::new();
    let store = Arc::new(folder.open_narrow());
    let reading = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut reads = 0;
            while store.head().await.unwrap() < Position(100) {
                store.read_log(LogQuery { limit: 5_000, ..LogQuery::default() }).await.unwrap();
                reads += 1;
                tokio::task::yield_now().await;
            }
            reads
        }
    });
    let mut largest = 0;
    for number in 1..=100 {
        fill(&store, number).await;
        assert_eq!(store.alarm(), None);
        largest = largest.max(journal_bytes(&folder));
    }
    assert!(reading.await.unwrap() > 0);
    // 6.4 MiB went through it.
    assert!(largest < 1 << 20, "{largest}");
}
