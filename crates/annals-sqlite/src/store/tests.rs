//! What durability rests on, asked of the very connection that the writer's thread commits on.
//! (SQLite's settings are a connection's own: another one says nothing of it.) That the kernel is
//! then told to write, annals-faults sees; that the disk obeys, no test can.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A file in a folder of its own, which goes away with the value.
struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("annals-sqlite-settings-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn open(&self, mode: Mode) -> SqliteStore {
        SqliteStore::open(self.0.join("annals.db"), OpenOptions::new(mode)).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the writer's own connection says of a setting.
fn setting(store: &SqliteStore, name: &'static str) -> String {
    let ask = move |writer: &mut Writer| {
        let value = writer.conn.pragma_query_value(None, name, |row| row.get(0))?;
        Ok(match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    };
    let writer = store.writer.as_ref().expect("it writes");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(writer.run(ask)).unwrap()
}

#[test]
fn a_commit_waits_for_the_disk() {
    let file = File::new();
    let store = file.open(Mode::ReadWrite);
    for mode in [Mode::ReadWrite, Mode::Requests] {
        let other = (mode != Mode::ReadWrite).then(|| file.open(mode));
        let store = other.as_ref().unwrap_or(&store);
        let settings =
            ["journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync", "cache_spill"];
        // 2: FULL. With 1, NORMAL, a commit returns before its fsync, and a power cut takes it.
        let said = settings.map(|name| setting(store, name));
        assert_eq!(said, ["wal", "2", "1", "1", "0"], "{mode:?}");
    }
}
