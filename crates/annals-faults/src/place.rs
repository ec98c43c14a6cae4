//! Where the store of a load is: the one table of stores that can be hurt. Everything else here
//! knows a store by its ports alone.

use std::sync::Arc;

use annals_runtime::ports::Store;
use annals_sqlite::{OpenOptions, SqliteStore};

/// Opens the store of a place: the path of an SQLite file.
///
/// # Errors
/// What the store says.
pub fn open(place: &str) -> Result<Arc<dyn Store>, String> {
    let store = SqliteStore::open(place, OpenOptions::default());
    Ok(Arc::new(store.map_err(|error| error.to_string())?))
}
