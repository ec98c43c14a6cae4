//! Stores of earlier releases open, and the schema of a released version never changes. Each
//! release leaves a file in `tests/golden/`, made by `sqlite3 annals.db .dump` with its two
//! header numbers.

use annals_core::{Position, Version};
use annals_runtime::ports::{Books, Log, LogQuery};

use crate::common::*;

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema \
                      WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";

fn golden(sql: &str) -> Folder {
    let folder = Folder::new();
    let conn = rusqlite::Connection::open(folder.db()).unwrap();
    conn.execute_batch(sql).unwrap();
    folder
}

#[test]
fn version_1_opens_and_goes_on() {
    let folder = golden(include_str!("../golden/v1.sql"));
    let store = folder.open();
    assert_eq!(wait(store.head()).unwrap(), Position(0));
    let stored = commit(&store, vec![accepted("o1", 1, 1), accepted("o1", 2, 2)]);
    assert!(stored.iter().all(Result::is_ok), "{stored:?}");
    let log = wait(store.read_log(LogQuery { limit: 10, ..LogQuery::default() })).unwrap();
    assert_eq!(log.last().map(|event| event.version), Some(Version(2)));
    wait(store.prepare("shop", Vec::new())).unwrap();
    drop(store);
    let new = Folder::new();
    drop(new.open());
    assert_eq!(sql(&folder.db(), SCHEMA), sql(&new.db(), SCHEMA), "migrated is as good as new");
}
