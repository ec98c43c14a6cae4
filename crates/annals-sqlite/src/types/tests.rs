//! Types of a log, by seeks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::{STORED, types_of};
use crate::migrate::migrate;

fn append(conn: &Connection, type_: &str, times: u64) {
    for _ in 0..times {
        let sql = "INSERT INTO event_store (position, id, stream, aggregate, aggregate_id, \
                   version, event_type, time, encoding, data, correlation_id) \
                   SELECT count(*) + 1, x'00', 1, 'Order', 'o1', count(*) + 1, ?1, '', 0, x'', x'' \
                   FROM event_store";
        conn.execute(sql, [type_]).unwrap();
    }
}

#[test]
fn types_are_found_by_seeks() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, 0).unwrap();
    let stored = |conn: &Connection| -> Vec<(String, u64)> {
        let mut statement = conn.prepare(&STORED.replace("{beyond}", ">")).unwrap();
        let rows = statement.query_map([""], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(stored(&conn), []);
    for (type_, times) in [("A.v1", 5_000), ("B.v1", 10), ("A.v2", 3), ("AB.v1", 1), ("A.v1", 1)] {
        append(&conn, type_, times);
    }
    let steps = Arc::<AtomicU64>::default();
    let counted = steps.clone();
    let count = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        false
    };
    conn.progress_handler(1, Some(count)).unwrap();
    let wanted = [("A.v1", 1), ("A.v2", 5_011), ("AB.v1", 5_014), ("B.v1", 5_001)];
    assert_eq!(stored(&conn), wanted.map(|(type_, first)| (type_.to_owned(), first)));
    assert_eq!(types_of(&conn, "A").unwrap(), ["A.v1", "A.v2"]);
    // The interpreter's steps: no entry of 5,000 is looked at but the first.
    let steps = steps.load(Ordering::Relaxed);
    assert!(steps < 1_000, "{steps}");
}
