//! Which error of SQLite is whose fault.

use rusqlite::{Error, ffi};

use super::Trouble;

#[test]
fn every_error_has_its_consequence() {
    let codes = [
        ("constraint by a trigger", ffi::SQLITE_CONSTRAINT_TRIGGER),
        ("a value too big", ffi::SQLITE_TOOBIG),
        ("disk full", ffi::SQLITE_FULL),
        ("no room for shared memory", ffi::SQLITE_IOERR_SHMSIZE),
        ("busy", ffi::SQLITE_BUSY),
        ("no memory", ffi::SQLITE_NOMEM),
        ("a write failed", ffi::SQLITE_IOERR_WRITE),
        ("a read failed", ffi::SQLITE_IOERR_READ),
        ("fsync failed", ffi::SQLITE_IOERR_FSYNC),
        ("fsync of the folder failed", ffi::SQLITE_IOERR_DIR_FSYNC),
        ("damaged", ffi::SQLITE_CORRUPT),
        ("no database", ffi::SQLITE_NOTADB),
        ("read only", ffi::SQLITE_READONLY),
    ];
    let shown: String = codes
        .iter()
        .map(|(name, code)| {
            let error = Error::SqliteFailure(ffi::Error::new(*code), Some("it says".to_owned()));
            format!("{name}: {:?}\n", Trouble::from(error))
        })
        .collect();
    insta::assert_snapshot!(shown);
}
