//! Failing closed: after what can't be known, nothing is tried again.

use std::cell::Cell;

use annals_runtime::Heads;
use annals_runtime::ports::StoreError;
use rusqlite::Connection;

use super::Writer;
use crate::error::Trouble;
use crate::journal::Journal;
use crate::streams::Streams;
use crate::tables::Tables;

#[test]
fn after_a_fatal_trouble_nothing_is_tried_again() {
    let conn = Connection::open_in_memory().unwrap();
    let (tables, heads) = (Tables::default(), Heads::default());
    let journal = Journal::new("none".as_ref(), None, 0);
    let mut writer =
        Writer { conn, tables, heads, journal, streams: Streams::default(), failed: None };
    let tried = Cell::new(0);
    let mut attempt = |result: Result<(), Trouble>| {
        writer.guarded(|_| {
            tried.set(tried.get() + 1);
            result
        })
    };
    let full = StoreError::Unavailable("full".to_owned());
    let lost = StoreError::Closed("fsync".to_owned());
    assert_eq!(attempt(Err(Trouble::Passing(full.clone()))), Err(full));
    assert_eq!(attempt(Ok(())), Ok(()));
    assert_eq!(attempt(Err(Trouble::Fatal(lost.clone()))), Err(lost.clone()));
    assert_eq!(attempt(Ok(())), Err(lost));
    assert_eq!(tried.get(), 3);
}
