//! The promises that every store keeps, and the store in memory as a model under random operations.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use annals_conformance::{compare, suite};
use annals_runtime::ports::Store;
use annals_sqlite::{OpenOptions, SqliteStore};

/// A folder with a store for each time that it is asked; it goes away with the value.
struct Folder {
    path: PathBuf,
    stores: AtomicU32,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir()
            .join(format!("annals-sqlite-conformance-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path, stores: AtomicU32::new(0) }
    }

    fn store(&self) -> Arc<dyn Store> {
        let number = self.stores.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("{number}.db"));
        Arc::new(SqliteStore::open(path, OpenOptions::default()).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_every_promise() {
    let folder = Folder::new("suite");
    suite(|| folder.store()).await.expect_pass();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_as_the_store_in_memory_does() {
    let folder = Folder::new("compare");
    for seed in 0..4 {
        compare(seed, 120, folder.store()).await.unwrap();
    }
}
