//! Stores by URL. What this binary was built without is refused by name.

use std::path::PathBuf;
use std::sync::Arc;

use annals_runtime::ports::{Store, StoreError};
use annals_sqlite::{Mode, OpenOptions, SqliteStore};

use crate::exit::Failed;

/// What a URL names.
enum Place<'u> {
    Sqlite(PathBuf),
    Postgres(&'u str),
}

/// The file of a store's URL, for those who keep something beside it.
pub(crate) fn path(url: &str) -> Result<PathBuf, Failed> {
    match place(url)? {
        Place::Sqlite(path) => Ok(path),
        Place::Postgres(_) => Err(Failed::Input(
            "the demo keeps its notifications beside the store's file; use sqlite://PATH".into(),
        )),
    }
}

/// Opens a store for running a system on it.
pub(crate) async fn writable(url: &str) -> Result<Arc<dyn Store>, Failed> {
    Ok(open(place(url)?, Mode::ReadWrite).await?)
}

/// As [`writable`], with the store's own error: another process may have it.
pub(crate) async fn try_writable(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let place =
        place(url).map_err(|_| StoreError::Unavailable("its URL is of no store".to_owned()))?;
    open(place, Mode::ReadWrite).await
}

/// Opens a store that must exist, for reading, beside whatever runs on it.
pub(crate) async fn readable(url: &str) -> Result<Arc<dyn Store>, Failed> {
    Ok(open(existing(url)?, Mode::ReadOnly).await?)
}

/// Opens a store that must exist, for leaving requests to the engine that runs on it.
pub(crate) async fn requesting(url: &str) -> Result<Arc<dyn Store>, Failed> {
    Ok(open(existing(url)?, Mode::Requests).await?)
}

fn place(url: &str) -> Result<Place<'_>, Failed> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        if path.is_empty() || path.contains(['?', '#']) {
            return Err(Failed::Input(format!("'{url}' names no file; write sqlite://PATH")));
        }
        return Ok(Place::Sqlite(PathBuf::from(path)));
    }
    match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) if cfg!(feature = "postgres") => {
            Ok(Place::Postgres(url))
        }
        // A URL of Postgres may hold a password: it isn't repeated.
        Some(("postgres" | "postgresql", _)) => Err(Failed::Input(
            "this binary was built without Postgres: build it with `--features postgres`, \
             or use sqlite://PATH"
                .into(),
        )),
        _ => Err(Failed::Input(format!(
            "'{}' is no store; write sqlite://PATH or postgres://HOST/DATABASE",
            shown(url)
        ))),
    }
}

/// A URL as people may see it: without a password.
pub(crate) fn shown(url: &str) -> String {
    let secret = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    secret().unwrap_or_else(|| url.to_owned())
}

/// A file must be there; what a server holds it says itself.
fn existing(url: &str) -> Result<Place<'_>, Failed> {
    let place = place(url)?;
    match &place {
        Place::Sqlite(path) if !path.is_file() => Err(Failed::Input(format!(
            "there is no store at {}; name it with --store sqlite://PATH",
            path.display()
        ))),
        _ => Ok(place),
    }
}

async fn open(place: Place<'_>, mode: Mode) -> Result<Arc<dyn Store>, StoreError> {
    match place {
        Place::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path, OpenOptions::new(mode))?)),
        Place::Postgres(url) => postgres(url, mode).await,
    }
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, mode: Mode) -> Result<Arc<dyn Store>, StoreError> {
    use annals_postgres::{Mode as Its, OpenOptions, Password, PostgresStore};
    let mode = match mode {
        Mode::ReadWrite => Its::ReadWrite,
        Mode::ReadOnly => Its::ReadOnly,
        Mode::Requests => Its::Requests,
    };
    let password = crate::live_system::variable("PGPASSWORD").map(Password);
    Ok(Arc::new(PostgresStore::open(url, OpenOptions { mode, password }).await?))
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str, _: Mode) -> Result<Arc<dyn Store>, StoreError> {
    Err(StoreError::NotOurs("this binary was built without Postgres".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(shown("postgres://ann:se@cret@db/shop"), "postgres://ann:***@db/shop");
        assert_eq!(shown("postgres://ann@db/shop"), "postgres://ann@db/shop");
        assert_eq!(shown("sqlite://a:b.db"), "sqlite://a:b.db");
        let error = place("mysql://ann:secret@db").err().map(|error| format!("{error:?}"));
        assert!(error.is_some_and(|error| !error.contains("secret")));
    }
}
