//! What a trace's outcomes are read along.

use rusqlite::Connection;

use super::turn;
use crate::migrate::migrate;

#[test]
fn nothing_is_sorted_whatever_the_statistics_say() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, 0).unwrap();
    let plan = |conn: &Connection| -> String {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", turn())).unwrap();
        let bound = (rusqlite::types::Null, 0, rusqlite::types::Null);
        let lines = statement.query_map(bound, |row| row.get::<_, String>(3)).unwrap();
        lines.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    };
    let along = "annals_outcomes_by_correlation (correlation_id=? AND (stream,command_id)>(?,?))";
    assert!(plan(&conn).contains(along), "{}", plan(&conn));
    // Many commands of one correlation, in three streams: whoever analyses the file may.
    let fill = "INSERT INTO annals_streams \
                SELECT value, 'Order', value FROM json_each('[0, 1, 2]'); \
                WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000) \
                INSERT INTO annals_outcomes SELECT n % 3, CAST(n AS BLOB), zeroblob(32), x'00', \
                'Pay', zeroblob(16), '' FROM n; ANALYZE";
    conn.execute_batch(fill).unwrap();
    assert!(plan(&conn).contains(along), "{}", plan(&conn));
    assert!(!plan(&conn).contains("TEMP B-TREE"), "{}", plan(&conn));
}
