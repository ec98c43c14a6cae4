//! Where the store of a load is: the one table of stores that can be hurt. Everything else here
//! knows a store by its ports alone.

use std::sync::Arc;

use annals_postgres::{Mode, PostgresStore};
use annals_runtime::MemoryStore;
use annals_runtime::ports::Store;
use annals_sqlite::{OpenOptions, SqliteStore};

use crate::server::session;

/// The place of a store in memory, which is empty whenever it is opened.
pub const MEMORY: &str = "memory:";

/// Before a URL: opened to append, beside an engine.
const APPEND: &str = "append+";

/// Opens the store of a place: the path of an SQLite file, the URL of a schema on Postgres,
/// [`MEMORY`]. Within a runtime of tokio.
///
/// # Errors
/// What the store says.
pub async fn open(place: &str) -> Result<Arc<dyn Store>, String> {
    let (mode, url) = match place.strip_prefix(APPEND) {
        Some(url) => (Mode::Append, url),
        None => (Mode::ReadWrite, place),
    };
    if url.starts_with("postgres:") {
        let options = annals_postgres::OpenOptions::new(mode);
        let store = PostgresStore::open(url, options).await;
        return Ok(Arc::new(store.map_err(|error| error.to_string())?));
    }
    if place == MEMORY {
        return Ok(Arc::new(MemoryStore::default()));
    }
    let store = SqliteStore::open(place, OpenOptions::default());
    Ok(Arc::new(store.map_err(|error| error.to_string())?))
}

/// Waits until the server has noticed that those who used the place are dead: a call that it had
/// begun for one of them may commit until then. Others need not be waited for.
///
/// # Errors
/// What the server says.
pub async fn left(place: &str) -> Result<(), String> {
    if !place.starts_with("postgres:") {
        return Ok(());
    }
    let session = session(place).await?;
    let others = "SELECT FROM pg_stat_activity WHERE application_name LIKE 'annals%'";
    while !session.query(others, &[]).await.map_err(|error| error.to_string())?.is_empty() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// The same store, as another process opens it that only appends.
pub fn beside(place: &str) -> String {
    format!("{APPEND}{place}")
}

/// Whether whoever opens this place may write rows and books.
pub fn is_engine(place: &str) -> bool {
    !place.starts_with(APPEND)
}

/// Runs what needs a runtime on one of its own.
///
/// # Errors
/// Those of the work.
pub fn alone<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(work)
}
