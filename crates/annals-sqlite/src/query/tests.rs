//! Query plans are tests: each page comes from an index, in order, without sorting.

use annals_core::{Position, StreamId};
use annals_runtime::ports::LogQuery;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::statement;
use crate::migrate::migrate;

#[test]
fn every_page_comes_in_order_from_an_index() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, 0).unwrap();
    let base = || LogQuery { after: Position(7), limit: 10, ..LogQuery::default() };
    let stream = Some(StreamId::new("Order", "o1"));
    let correlation_id = Some(Uuid::nil());
    let names = ["A.v1".to_owned(), "B.v1".to_owned()];
    let queries = [
        ("all", base(), None),
        ("backward", LogQuery { backward: true, without_sagas: true, ..base() }, None),
        ("two types", base(), Some(&names[..])),
        ("one stream", LogQuery { stream: stream.clone(), ..base() }, Some(&names[..])),
        ("a correlation", LogQuery { correlation_id, ..base() }, Some(&names[..])),
        ("both", LogQuery { stream, correlation_id, backward: true, ..base() }, None),
    ];
    let mut shown = String::new();
    for (name, query, types) in queries {
        let sql = statement(&query, types);
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let steps = plan.query_map(params_from_iter(sql.bound), |row| row.get::<_, String>(3));
        shown.push_str(&format!("{name}\n"));
        for step in steps.unwrap() {
            shown.push_str(&format!("  {}\n", step.unwrap()));
        }
    }
    assert!(!shown.contains("TEMP B-TREE") && !shown.contains("SCAN"), "{shown}");
    insta::assert_snapshot!(shown);
}
