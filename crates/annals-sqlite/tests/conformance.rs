//! The promises that every store keeps, and the store in memory as a model under random operations.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use annals_conformance::{Broken, Fault, compare, linearizable, suite};
use annals_runtime::ports::Store;
use annals_sqlite::{OpenOptions, SqliteStore};

/// A folder with a store for each time that it is asked; it goes away with the value.
struct Folder {
    path: PathBuf,
    stores: AtomicU32,
}

impl Folder {
    fn new(name: &str) -> Self {
        // Nothing here asks the disk, so memory will do where the system has a folder of it.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let path = folder.join(format!("annals-sqlite-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path, stores: AtomicU32::new(0) }
    }

    fn store(&self) -> Arc<dyn Store> {
        let number = self.stores.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("{number}.db"));
        // Those before it may still be in use; the one before those is not.
        if let Some(old) = number.checked_sub(64) {
            for end in ["", "-lock"] {
                let _ = std::fs::remove_file(self.path.join(format!("{old}.db{end}")));
            }
        }
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

/// How many random histories: `ANNALS_HISTORIES=10000` asks for more than each run does.
#[expect(clippy::disallowed_methods, reason = "a test's own size")]
fn histories() -> u64 {
    std::env::var("ANNALS_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_as_the_store_in_memory_does() {
    let folder = Arc::new(Folder::new("compare"));
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..2 {
        let folder = Arc::clone(&folder);
        lanes.spawn(async move {
            for seed in (lane..histories()).step_by(2) {
                // One in so many is long: what needs a larger store is found there.
                let steps = if seed % 50 < 2 { 160 } else { 24 };
                compare(seed, steps, folder.store()).await.unwrap();
            }
        });
    }
    lanes.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_order_explains_what_concurrent_clients_are_told() {
    let folder = Folder::new("histories");
    for seed in 0..6 {
        linearizable(seed, folder.store()).await.unwrap();
        let lossy = Broken::new(folder.store(), Fault::LosesAnswers(7));
        linearizable(seed, Arc::new(lossy)).await.unwrap();
    }
}
