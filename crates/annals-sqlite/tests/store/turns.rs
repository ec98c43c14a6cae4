//! Reading beside whoever writes: long reads hold nothing up, and what another process commits is
//! noticed.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use annals_core::{Position, Version};
use annals_runtime::ports::{Books, EventStore, Expected, LetterQuery, LogQuery, SagaQuery};
use annals_sqlite::Mode;

use crate::common::*;

/// Polls a read once, so that it is under way, then has another connection empty the journal: where
/// a state of the store were held, it would say that it is busy. Then takes the answer.
fn under_way<T>(folder: &Folder, read: impl Future<Output = T>) -> T {
    let mut read = pin!(read);
    let mut turn = || read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(turn().is_pending(), "a read of 2,500 rows takes more than one turn");
    let emptied = sql(&folder.db(), "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_eq!(emptied, "0|0|0\n");
    loop {
        if let Poll::Ready(answer) = turn() {
            return answer;
        }
    }
}

#[test]
fn a_long_read_holds_no_state_of_the_store_for_long() {
    let folder = Folder::new();
    let store = folder.open();
    let mut unit = append("o1", Expected::Any, (1..=2500).map(|n| event("A.v1", n)).collect());
    wait(store.prepare("shop", vec![annals_conformance::table("summary")])).unwrap();
    unit.rows = (0..2500).map(|n| annals_conformance::row_write(&format!("{n:05}"), n)).collect();
    assert!(commit(&store, vec![unit])[0].is_ok());
    let read = store.read_log(LogQuery { limit: 2400, ..LogQuery::default() });
    let log = under_way(&folder, read).unwrap();
    assert!(log.iter().map(|event| event.position.0).eq(1..=2400));
    let read = store.read_log(LogQuery { limit: 5000, backward: true, ..LogQuery::default() });
    let log = under_way(&folder, read).unwrap();
    assert!(log.iter().map(|event| event.position.0).eq((1..=2500).rev()));
    let read = under_way(&folder, store.read_stream(&stream("o1"), Version(0), 5000)).unwrap();
    assert!(read.iter().map(|event| event.version.0).eq(1..=2500));
    let rows = under_way(&folder, store.rows("summary", None, 2400)).unwrap();
    let keys = rows.iter().map(|(row, _)| row[1].clone());
    assert!(keys.eq((0..2400).map(annals_core::Cell::Int)));
}

#[test]
fn a_long_read_of_the_books_holds_no_state_of_the_store_for_long() {
    let folder = Folder::new();
    let store = folder.open();
    commit(
        &store,
        vec![append("o1", Expected::Any, (1..=2500).map(|n| event("A.v1", n)).collect())],
    );
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500)";
    let time = "'2026-11-30T00:00:00.000000Z'";
    let books = [
        ("annals_letters", "n, 'r', 'a', n, x'00', 'A.v1', 'failed', 1, 'no', TIME, TIME, NULL"),
        (
            "annals_sagas",
            "'Fulfil', format('%05d', n), 'running', '', 1, NULL, 1, 'f1', TIME, TIME, x'00'",
        ),
        ("annals_retries", "'r', n, 1, 0, 'no'"),
        ("annals_timers", "'r', n, 'Order', 'o1', 0"),
        ("annals_requests (kind, letter)", "'later', n"),
        (
            "annals_outcomes",
            "1, CAST(format('%016d', n) AS BLOB), zeroblob(32), x'00', 'Pay', zeroblob(16), TIME",
        ),
    ];
    for (table, values) in books {
        let values = values.replace("TIME", time);
        assert_eq!(
            sql(&folder.db(), &format!("INSERT INTO {table} {fill} SELECT {values} FROM n")),
            ""
        );
    }
    // Wherever what is wanted lies, all of it is looked at.
    let never = Some("never".into());
    let letters = LetterQuery { consumer: never.clone(), limit: 1, ..LetterQuery::default() };
    assert_eq!(under_way(&folder, store.letters(letters)).unwrap(), []);
    let sagas = SagaQuery { saga: "Fulfil".into(), status: never, ..SagaQuery::default() };
    assert_eq!(under_way(&folder, store.sagas(sagas.clone())).unwrap(), []);
    let open = SagaQuery { status: None, open: true, ..sagas };
    assert_eq!(under_way(&folder, store.sagas(open)).unwrap().len(), 2500);
    assert_eq!(under_way(&folder, store.retries("r")).unwrap().len(), 2500);
    assert_eq!(under_way(&folder, store.timers("r")).unwrap().len(), 2500);
    assert_eq!(under_way(&folder, store.requests()).unwrap(), []);
    assert_eq!(under_way(&folder, store.unknown_requests()).unwrap().len(), 2500);
    assert_eq!(under_way(&folder, store.outcomes(uuid::Uuid::nil(), 7)).unwrap().len(), 7);
    let positions = (1..=2500).map(Position).collect();
    assert_eq!(under_way(&folder, store.read_at(positions)).unwrap().len(), 2500);
}

#[test]
fn types_that_come_to_be_during_a_long_read_leave_no_hole_in_it() {
    let folder = Folder::new();
    let store = folder.open();
    let events = |type_: &str, numbers: std::ops::RangeInclusive<u64>| {
        append("o1", Expected::Any, numbers.map(|n| event(type_, n)).collect())
    };
    commit(&store, vec![events("A.v1", 1..=1500)]);
    let query = LogQuery { names: vec!["A".into()], limit: 9000, ..LogQuery::default() };
    let mut read = pin!(store.read_log(query.clone()));
    let mut turn = || read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(turn().is_pending());
    commit(&store, vec![events("A.v2", 1501..=1501), events("A.v1", 1502..=1502)]);
    let found = loop {
        if let Poll::Ready(found) = turn() {
            break found.unwrap();
        }
    };
    // As the log was when the read began: 1502 without 1501 would lose the one for good.
    assert!(found.iter().map(|event| event.position.0).eq(1..=1500));
    assert_eq!(wait(store.read_log(query)).unwrap().len(), 1502);
}

#[tokio::test]
async fn who_only_reads_notices_what_another_process_commits() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    for mode in [Mode::ReadOnly, Mode::Requests] {
        let head = store.head().await.unwrap();
        let reader = Arc::new(folder.open_as(mode));
        let waiting = tokio::spawn({
            let reader = Arc::clone(&reader);
            async move { reader.beyond(head).await }
        });
        tokio::task::yield_now().await;
        let unit = append("o1", Expected::Any, vec![event("A.v1", head.0 + 1)]);
        store.commit(vec![unit]).await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), Position(head.0 + 1));
        assert_eq!(reader.beyond(head).await.unwrap(), Position(head.0 + 1), "at once");
    }
}
