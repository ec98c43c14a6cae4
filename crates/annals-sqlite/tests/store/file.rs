//! The file: whose it is, who may write, and what happens to one that isn't ours.

use crate::common::*;
use annals_core::{Position, Timestamp};
use annals_runtime::ports::{Books, EventStore, LogQuery, Request, StoreError, Unit};
use annals_sqlite::{Mode, OpenOptions, SqliteStore};

#[test]
fn a_second_writer_is_refused_and_told_who_writes() {
    let folder = Folder::new();
    let store = folder.open();
    let refused = SqliteStore::open(folder.db(), OpenOptions::default()).unwrap_err();
    let pid = std::process::id();
    let wanted = format!("process {pid} writes to {}; stop it first", folder.db().display());
    assert_eq!(refused, StoreError::NotOurs(wanted));
    drop(store);
    drop(folder.open());
}

#[cfg(unix)]
#[test]
fn a_link_is_the_file_that_it_names_also_before_there_is_one() {
    let folder = Folder::new();
    let named = |name: &str| folder.db().with_file_name(name);
    std::fs::create_dir(named("disk")).unwrap();
    std::os::unix::fs::symlink("disk/real.db", named("link.db")).unwrap();
    std::os::unix::fs::symlink(named("link.db"), named("again.db")).unwrap();
    let open = |name: &str| SqliteStore::open(named(name), OpenOptions::default());
    let store = open("again.db").unwrap();
    for name in ["again.db", "link.db", "disk/real.db", "disk/../link.db"] {
        let refused = open(name);
        assert!(matches!(refused, Err(StoreError::NotOurs(_))), "{name}: {refused:?}");
    }
    drop(store);
    let locks = ["again.db-lock", "link.db-lock"].map(|name| named(name).exists());
    assert_eq!((locks, named("disk/real.db-lock").exists()), ([false, false], true));
}

#[test]
fn another_process_reads_while_one_writes() {
    let folder = Folder::new();
    let store = folder.open();
    commit(&store, vec![accepted("o1", 1, 1)]);
    let reader = folder.open_as(Mode::ReadOnly);
    assert_eq!(wait(reader.head()).unwrap(), Position(1));
    for number in 2..=200 {
        commit(&store, vec![accepted("o1", number, number)]);
        let last = LogQuery { limit: 1, backward: true, ..LogQuery::default() };
        assert_eq!(wait(reader.read_log(last)).unwrap()[0].position, Position(number));
    }
    let refused = wait(reader.commit(vec![Unit::default()]));
    let text = refused.unwrap_err().to_string();
    assert_eq!(text, "the store can't be used: it was opened for reading only");
    let refused = wait(reader.request(Request::Redrive(1)));
    assert!(matches!(refused, Err(StoreError::NotOurs(_))), "{refused:?}");
}

#[test]
fn another_process_leaves_requests_and_nothing_else() {
    let folder = Folder::new();
    let store = folder.open();
    let other = folder.open_as(Mode::Requests);
    let discard =
        Request::Discard { letter: 7, reason: "test data".into(), at: Timestamp(1_000_000) };
    assert_eq!(wait(other.request(Request::Redrive(3))).unwrap(), 1);
    assert_eq!(wait(other.request(discard.clone())).unwrap(), 2);
    assert!(wait(other.remember(vec![("a".to_owned(), "b".to_owned())])).is_err());
    assert_eq!(wait(store.requests()).unwrap(), [(1, Request::Redrive(3)), (2, discard.clone())]);
    commit(&store, vec![Unit { requests_done: vec![1, 2], ..Unit::default() }]);
    assert_eq!(wait(store.request(discard)).unwrap(), 3, "numbers are never used twice");
}

#[test]
fn requests_of_a_kind_that_is_not_known_stay_for_who_knows_them() {
    let folder = Folder::new();
    let store = folder.open();
    sql(&folder.db(), "INSERT INTO annals_requests (kind, letter) VALUES ('postpone', 1)");
    assert_eq!(wait(store.request(Request::Redrive(3))).unwrap(), 2);
    assert_eq!(wait(store.requests()).unwrap(), [(2, Request::Redrive(3))]);
    assert_eq!(wait(store.unknown_requests()).unwrap(), [(1, "postpone".to_owned())]);
}

#[test]
fn files_that_are_not_ours() {
    let folder = Folder::new();
    let named = |name: &str| folder.db().with_file_name(name);
    std::fs::write(named("notes.txt"), "shopping list\n".repeat(100)).unwrap();
    sql(&named("other.db"), "CREATE TABLE other (x)");
    let conn = rusqlite::Connection::open(named("alien.db")).unwrap();
    conn.execute_batch("PRAGMA application_id = 42; CREATE TABLE t (x)").unwrap();
    drop(SqliteStore::open(named("later.db"), OpenOptions::default()).unwrap());
    let conn = rusqlite::Connection::open(named("later.db")).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    let files = ["notes.txt", "other.db", "alien.db", "later.db", "no/folder.db"];
    let mut shown = String::new();
    for file in files {
        let refused = SqliteStore::open(named(file), OpenOptions::default()).unwrap_err();
        shown.push_str(&format!("{file}: {refused}\n"));
    }
    for mode in [Mode::ReadOnly, Mode::Requests] {
        let refused = SqliteStore::open(named("none.db"), OpenOptions::new(mode)).unwrap_err();
        shown.push_str(&format!("none.db, {mode:?}: {refused}\n"));
    }
    let given = named("").display().to_string();
    let real = named("").canonicalize().unwrap().display().to_string();
    insta::assert_snapshot!(shown.replace(&given, "DIR/").replace(&real, "DIR"));
}

#[test]
fn a_damaged_page_is_an_error_and_never_an_empty_answer() {
    let folder = Folder::new();
    let store = folder.open();
    commit(&store, (1..=400).map(|number| accepted("o1", number, number)).collect());
    drop(store);
    let mut bytes = std::fs::read(folder.db()).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0xAB);
    }
    std::fs::write(folder.db(), bytes).unwrap();
    let failed = SqliteStore::open(folder.db(), OpenOptions::default())
        .and_then(|store| wait(store.read_log(LogQuery { limit: 1000, ..LogQuery::default() })));
    assert!(matches!(failed, Err(StoreError::Corrupt(_))), "{failed:?}");
}

#[test]
fn closing_leaves_one_file_and_no_log_beside_it() {
    let folder = Folder::new();
    let store = folder.open();
    commit(&store, (1..=400).map(|number| accepted("o1", number, number)).collect());
    let wal = folder.db().with_file_name("annals.db-wal");
    assert!(std::fs::metadata(&wal).unwrap().len() > 0);
    drop(store);
    assert!(!wal.exists());
}

#[test]
fn the_settings_that_people_see() {
    let folder = Folder::new();
    let _store = folder.open();
    let header = "SELECT * FROM pragma_journal_mode, pragma_application_id, pragma_user_version";
    assert_eq!(sql(&folder.db(), header), "wal|1634627180|4\n");
}

/// The first start makes the file in SQLite's older way, with a journal that only a writer can roll
/// back. Made by hand: a commit, and the journal as it was synced before it.
#[test]
fn a_first_start_that_died_is_begun_anew() {
    let folder = Folder::new();
    let journal = folder.db().with_file_name("annals.db-journal");
    let conn = rusqlite::Connection::open(folder.db()).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; PRAGMA user_version = 9").unwrap();
    let mut bytes = std::fs::read(&journal).unwrap();
    // What makes a journal valid (SQLite's file format, 3) is written last.
    bytes[..8].copy_from_slice(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
    conn.execute_batch("COMMIT").unwrap();
    drop(conn);
    std::fs::write(&journal, bytes).unwrap();
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let opened = SqliteStore::open(folder.db(), OpenOptions::new(mode));
        match mode {
            Mode::ReadWrite => drop(opened.unwrap()),
            _ => {
                let text = opened.unwrap_err().to_string();
                assert!(text.contains("start the engine once, which repairs it"), "{text}");
            }
        }
    }
    drop(folder.open_as(Mode::ReadOnly));
}
