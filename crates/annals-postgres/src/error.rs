//! What an error of Postgres means: the unit's own fault, a passing trouble, or the end of this
//! store for us.

use annals_runtime::ports::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something in the data can't be stored: whoever sent it is told, others go on. The server has
    /// rolled the call back.
    Data(String),
    /// The log's lock could not be had: nothing was done.
    Locked(StoreError),
    /// Everything else.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let Some(said) = error.as_db_error() else {
            return Self::Store(plain(&error));
        };
        if *said.code() == SqlState::LOCK_NOT_AVAILABLE {
            return Self::Locked(store_error(&error));
        }
        let code = said.code().code();
        // Another writer computed the same head: it didn't hold the lock that it should have.
        let is_head = said.constraint() == Some("annals_commits_pkey");
        match code.get(..2) {
            Some("22" | "23" | "54") if !is_head => Self::Data(describe(&error)),
            _ => Self::Store(store_error(&error)),
        }
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Data(text) => Self::Corrupt(text),
            Trouble::Locked(error) | Trouble::Store(error) => error,
        }
    }
}

/// What an error means to whoever reads or connects.
pub(crate) fn store_error(error: &Error) -> StoreError {
    let Some(said) = error.as_db_error() else { return plain(error) };
    let text = describe(error);
    let code = said.code();
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return StoreError::NotOurs(format!("{text}; name the primary, not a standby"));
    }
    match code.code().get(..2) {
        // Authorisation, no such database or table, no privilege, no such setting.
        Some("28" | "3D" | "3F" | "42") => StoreError::NotOurs(text),
        Some("XX") if *code != SqlState::INTERNAL_ERROR => StoreError::Corrupt(text),
        Some("53") => StoreError::Unavailable(format!("{text}; make room, then try again")),
        _ => StoreError::Unavailable(text),
    }
}

/// An error that says that a stored value is not what it must be.
pub(crate) fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt(what.into())
}

fn plain(error: &Error) -> StoreError {
    let text = describe(error);
    if error.is_closed()
        || std::error::Error::source(error).is_some_and(|it| it.is::<std::io::Error>())
    {
        return StoreError::Unavailable(text);
    }
    // A value that the driver can't read as what it should be.
    let decoding = text.starts_with("error deserializing");
    if decoding { StoreError::Corrupt(text) } else { StoreError::Unavailable(text) }
}

/// What the server said, or the chain of causes; nothing of it holds a password.
pub(crate) fn describe(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail} [{}]", said.message(), said.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}
