//! Stores of earlier releases open, and the schema of a released version never changes. Each
//! release leaves a file in `tests/golden/`, made by `sqlite3 annals.db .dump` with its two
//! header numbers.

use annals_core::{Cell, Position, Version};
use annals_runtime::ports::{Books, EventStore, Expected, LetterQuery, LogQuery, SagaQuery};
use annals_sqlite::SqliteStore;
use uuid::Uuid;

use crate::common::*;

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema \
                      WHERE name NOT LIKE 'sqlite_%' AND name <> 'order_summary' \
                      ORDER BY type, name";

fn golden(sql: &str) -> Folder {
    let folder = Folder::new();
    let conn = rusqlite::Connection::open(folder.db()).unwrap();
    conn.execute_batch(sql).unwrap();
    folder
}

/// It takes what earlier versions took and what only this one does, and its schema is a new one's.
fn goes_on(folder: &Folder, store: SqliteStore) {
    let head = wait(store.head()).unwrap();
    let mut tagged = event("OrderPlaced.v1", 99);
    tagged.tags = vec!["customer:7".into(), "ü\"\\".into()].into();
    let new = append("new", Expected::Empty, vec![tagged]);
    let stored = commit(&store, vec![accepted("more", 1, 1), accepted("more", 2, 2), new]);
    assert!(stored.iter().all(Result::is_ok), "{stored:?}");
    let query = LogQuery { after: head, limit: 10, ..LogQuery::default() };
    let log = wait(store.read_log(query.clone())).unwrap();
    assert_eq!(log.iter().map(|event| event.version.0).collect::<Vec<_>>(), [1, 2, 1]);
    let by_tag = wait(store.read_log(LogQuery { tags: vec!["customer:7".into()], ..query }));
    assert_eq!(by_tag.unwrap(), log[2..]);
    wait(store.prepare("shop", Vec::new())).unwrap();
    drop(store);
    let new = Folder::new();
    drop(new.open());
    assert_eq!(sql(&folder.db(), SCHEMA), sql(&new.db(), SCHEMA), "migrated is as good as new");
}

#[test]
fn version_1_opens_and_goes_on() {
    let folder = golden(include_str!("../golden/v1.sql"));
    let store = folder.open();
    assert_eq!(wait(store.head()).unwrap(), Position(0));
    goes_on(&folder, store);
}

/// All that the golden stores from version 2 on hold.
fn contents(store: &SqliteStore) -> String {
    let mut shown = String::new();
    let mut show = |what: &str, it: &dyn std::fmt::Debug| shown += &format!("{what}: {it:?}\n");
    for event in wait(store.read_log(LogQuery { limit: 10, ..LogQuery::default() })).unwrap() {
        show("event", &event);
    }
    for version in wait(store.read_stream(&stream("o1"), Version(1), 9)).unwrap() {
        show("of o1", &(version.position, version.version));
    }
    for (id, command) in [("o1", 1), ("ö/2", 2)] {
        let command = Uuid::from_u64_pair(command, 4);
        show("outcome", &wait(store.outcome(&stream(id), command)).unwrap());
    }
    show("snapshot", &wait(store.snapshot(&stream("o1"))).unwrap());
    show("types", &wait(store.stored_types()).unwrap());
    for consumer in ["summary", "mailer", "reminder"] {
        show(consumer, &wait(store.checkpoint(consumer)).unwrap());
        show(consumer, &wait(store.retries(consumer)).unwrap());
        show(consumer, &wait(store.timers(consumer)).unwrap());
    }
    for letter in wait(store.letters(LetterQuery::default())).unwrap() {
        show("letter", &letter);
    }
    let sagas = SagaQuery { saga: "Fulfilment".into(), ..SagaQuery::default() };
    show("sagas", &wait(store.sagas(sagas)).unwrap());
    show("requests", &wait(store.requests()).unwrap());
    show("facts", &wait(store.facts()).unwrap());
    show("rows", &wait(store.rows("order_summary", None, 9)).unwrap());
    show("row", &wait(store.row("order_summary", &Cell::Text("ö/2".into()))).unwrap());
    shown
}

#[test]
fn version_2_opens_reads_the_same_and_goes_on() {
    let folder = golden(include_str!("../golden/v2.sql"));
    let store = folder.open();
    insta::assert_snapshot!("version_2", contents(&store));
    goes_on(&folder, store);
}

#[test]
fn version_3_opens_reads_the_same_and_goes_on() {
    let folder = golden(include_str!("../golden/v3.sql"));
    let store = folder.open();
    insta::assert_snapshot!("version_3", contents(&store));
    goes_on(&folder, store);
}

#[test]
fn version_4_opens_reads_the_same_and_goes_on() {
    let folder = golden(include_str!("../golden/v4.sql"));
    let store = folder.open();
    insta::assert_snapshot!("version_4", contents(&store));
    let tagged = LogQuery { limit: 9, tags: vec!["customer:7".into()], ..LogQuery::default() };
    assert_eq!(wait(store.read_log(tagged)).unwrap().len(), 1);
    goes_on(&folder, store);
}
