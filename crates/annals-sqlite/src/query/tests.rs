//! Query plans are tests: each turn comes from an index, in order, without sorting. And no turn
//! looks at more rows than it may.

use annals_core::{Position, StreamId};
use annals_runtime::ports::LogQuery;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::{Sql, Walk, Way, statement};
use crate::condition::{OF_TYPE, WITH_TAG};
use crate::migrate::migrate;

fn store() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, 0).unwrap();
    conn
}

fn plan(conn: &Connection, sql: Sql) -> String {
    let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
    let steps = plan.query_map(params_from_iter(sql.bound), |row| row.get::<_, String>(3));
    steps.unwrap().map(|step| format!("  {}\n", step.unwrap())).collect()
}

#[test]
fn every_page_comes_in_order_from_an_index() {
    let conn = store();
    let base = || LogQuery { limit: 10, ..LogQuery::default() };
    let stream = Some(StreamId::new("Order", "o1"));
    let correlation_id = Some(Uuid::nil());
    let (names, tags) = (vec!["A".into(), "B".into()], vec!["t:1".into(), "t:2".into()]);
    let back = || LogQuery { backward: true, without_sagas: true, ..base() };
    let aggregate = Some("Order".into());
    let queries = [
        ("all", base()),
        ("backward", back()),
        ("two types", LogQuery { names: names.clone(), ..base() }),
        ("one stream", LogQuery { stream: stream.clone(), names: names.clone(), ..base() }),
        ("a correlation", LogQuery { correlation_id, names: names.clone(), ..base() }),
        ("both", LogQuery { stream: stream.clone(), correlation_id, ..back() }),
        ("a tag", LogQuery { tags: tags[..1].to_vec(), ..base() }),
        ("two tags, backward", LogQuery { tags: tags.clone(), ..back() }),
        ("tags and types", LogQuery { tags: tags.clone(), names: names.clone(), ..base() }),
        ("a stream's tags", LogQuery { stream, tags: tags.clone(), ..base() }),
        ("a correlation's tags", LogQuery { correlation_id, tags, ..base() }),
        ("an aggregate", LogQuery { aggregate: aggregate.clone(), ..base() }),
        ("an aggregate's types", LogQuery { aggregate, names, ..base() }),
    ];
    let mut shown = String::new();
    for (name, query) in queries {
        let types = ["A.v1".to_owned(), "B.v1".to_owned()].to_vec();
        let way = Way {
            types: (!query.names.is_empty()).then_some(types),
            stream: query.stream.is_some().then_some(1),
            between: (7, 99),
        };
        shown.push_str(&format!("{name}\n{}", plan(&conn, statement(&query, &way))));
    }
    for (name, text) in [("a condition's type", OF_TYPE), ("a condition's tag", WITH_TAG)] {
        let bound = vec![Value::Text("A.v1".to_owned()), Value::Integer(7)];
        shown.push_str(&format!("{name}\n{}", plan(&conn, Sql { text: text.to_owned(), bound })));
    }
    assert!(!shown.contains("TEMP B-TREE") && !shown.contains("SCAN"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_query_that_finds_nothing_still_goes_in_short_turns() {
    let conn = store();
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
                INSERT INTO event_store (position, id, stream, aggregate, aggregate_id, version, \
                event_type, time, encoding, data, correlation_id, tags) \
                SELECT i, randomblob(16), 1, 'Order', 'o1', i, 'A.v1', \
                '2026-03-01T00:00:00.000000Z', 0, x'7B7D', zeroblob(16), '[\"t:1\"]' FROM n; \
                INSERT INTO annals_tags SELECT 't:1', position FROM event_store; \
                INSERT INTO annals_streams VALUES (1, 'Order', 'o1')";
    conn.execute_batch(fill).unwrap();
    let none = || LogQuery { aggregate: Some("None".into()), limit: 9, ..LogQuery::default() };
    let queries = [
        none(),
        LogQuery { backward: true, ..none() },
        LogQuery { names: vec!["A".into()], ..none() },
        LogQuery { tags: vec!["t:1".into()], ..none() },
        LogQuery { correlation_id: Some(Uuid::nil()), backward: true, ..none() },
        LogQuery { stream: Some(StreamId::new("Order", "o1")), ..none() },
    ];
    for query in queries {
        let mut walk = Walk::new(query.clone());
        let mut turns = 1;
        while !walk.turn(&conn).unwrap() {
            turns += 1;
        }
        // 2,500 rows; where the machine is slow a turn ends earlier.
        assert!(turns >= 3 && walk.events.is_empty(), "{turns} turns: {query:?}");
    }
    let mut all = Walk::new(LogQuery { limit: 2400, after: Position(50), ..LogQuery::default() });
    while !all.turn(&conn).unwrap() {}
    let places = all.events.iter().map(|event| event.position.0);
    assert!(places.eq(51..=2450));
}
