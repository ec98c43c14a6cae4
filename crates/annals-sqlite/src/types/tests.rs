//! Counting in turns, while the log goes on.

use rusqlite::Connection;

use super::{Count, types_of};
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
fn events_are_counted_in_turns_up_to_where_the_log_ended() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, 0).unwrap();
    let mut none = Count::default();
    assert!(none.turn(&conn).unwrap() && none.types.is_empty());
    for (type_, times) in [("A.v1", 25), ("B.v1", 10), ("A.v2", 3), ("AB.v1", 1)] {
        append(&conn, type_, times);
    }
    let mut count = Count::default();
    assert!(!count.turn(&conn).unwrap());
    for type_ in ["A.v1", "B.v1", "C.v1"] {
        append(&conn, type_, 1);
    }
    let mut turns = 1;
    while !count.turn(&conn).unwrap() {
        turns += 1;
    }
    let counts: Vec<_> = count.types.iter().map(|(type_, count)| (&**type_, *count)).collect();
    assert_eq!(counts, [("A.v1", 25), ("A.v2", 3), ("AB.v1", 1), ("B.v1", 10)]);
    assert!(turns >= 7, "{turns}");
    assert_eq!(types_of(&conn, "A").unwrap(), ["A.v1", "A.v2"]);
}
