//! What an error of SQLite means: the unit's own fault, a passing trouble, or the end of this
//! store.

use annals_runtime::ports::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// Why a transaction failed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something in the data can't be stored: whoever sent it is told, others go on.
    Data(String),
    /// Nothing was written; trying again may help.
    Passing(StoreError),
    /// The same, until there is more room.
    Full(StoreError),
    /// What is on disk is no longer known: the store must not be used any more by this process.
    /// (After a failed fsync the kernel may have dropped the pages and say "done" to the next one:
    /// Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020.)
    Fatal(StoreError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let text = describe(&error);
        let Error::SqliteFailure(code, _) = &error else {
            return Self::Data(text);
        };
        match code.code {
            ErrorCode::ConstraintViolation
            | ErrorCode::TooBig
            | ErrorCode::TypeMismatch
            | ErrorCode::ParameterOutOfRange => Self::Data(text),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Fatal(StoreError::Corrupt(text))
            }
            ErrorCode::SystemIoFailure if is_sync(code.extended_code) => {
                Self::Fatal(StoreError::Closed(format!("{text}; what is on disk is not known")))
            }
            ErrorCode::ApiMisuse | ErrorCode::FileLockingProtocolFailed => {
                Self::Fatal(StoreError::Closed(text))
            }
            _ if is_full(code) => {
                Self::Full(StoreError::Unavailable(format!("{text}; make room, then try again")))
            }
            _ => Self::Passing(StoreError::Unavailable(text)),
        }
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Data(text) => Self::Corrupt(text),
            Trouble::Passing(error) | Trouble::Full(error) | Trouble::Fatal(error) => error,
        }
    }
}

/// What an error means to someone who reads: data that can't be decoded is damage.
pub(crate) fn reading(error: Error) -> StoreError {
    match error {
        Error::SqliteFailure(..) => Trouble::from(error).into(),
        other => StoreError::Corrupt(describe(&other)),
    }
}

/// An error that says that a stored value is not what it must be.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, what.into().into())
}

/// The files, or the memory that its processes share, which is a file too.
fn is_full(code: &ffi::Error) -> bool {
    code.code == ErrorCode::DiskFull || code.extended_code == ffi::SQLITE_IOERR_SHMSIZE
}

fn is_sync(extended: std::ffi::c_int) -> bool {
    matches!(
        extended,
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC | ffi::SQLITE_IOERR_CLOSE
    )
}

fn describe(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, Some(text)) => format!("{text} ({code})"),
        Error::FromSqlConversionFailure(_, _, inner) => inner.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
