//! Stores of their own in the server that the environment names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use annals_postgres::{OpenOptions, PostgresStore};
use annals_runtime::ports::Store;

/// Where the server is: what `cargo xtask services up postgres` prints.
#[expect(clippy::disallowed_methods, reason = "tests are told of the server in this way alone")]
pub(crate) fn server() -> String {
    std::env::var("ANNALS_TEST_POSTGRES")
        .expect("ANNALS_TEST_POSTGRES names no server; `cargo xtask services up postgres` does")
}

/// A URL of a schema that no other test uses.
pub(crate) fn fresh_url() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}?schema=test_{}_{number}", server(), std::process::id())
}

pub(crate) async fn open(url: &str) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::open(url, OpenOptions::default()).await.expect("a store"))
}

/// An empty store; within a runtime of several threads.
pub(crate) fn fresh() -> Arc<dyn Store> {
    tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async { open(&fresh_url()).await })
    })
}
