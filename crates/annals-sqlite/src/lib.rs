//! The embedded store: log, read models and books in one SQLite file, which people may query.
//!
//! How it works, in order of reading:
//! - [`SqliteStore`] (`store.rs`) is the store; `open.rs` opens, checks and locks the file
//!   (`lock.rs`) and brings its schema up to date (`migrate.rs`, `schema/*.sql`, one object a
//!   file).
//! - All writes go through one thread (`writer.rs`), which merges waiting commits into one
//!   transaction (`batch.rs`): each unit is judged by what it read (`judge.rs`, `streams.rs`,
//!   `condition.rs`), then written (`write.rs`, `write_books.rs`). An acknowledged commit is on
//!   disk. `journal.rs` keeps SQLite's write-ahead log small, and says who doesn't let it;
//!   `copier.rs` copies it beside the writer.
//! - Reads run on a few read-only connections (`readers.rs`), long ones in short turns: the log
//!   (`events.rs`, `query.rs`, `types.rs`), the rows of projections (`tables.rs`, `cells.rs`) and
//!   the books (`books.rs`).
//! - `error.rs` tells what is the unit's own fault from what is the disk's.

mod batch;
mod books;
mod cells;
mod condition;
mod copier;
mod error;
mod events;
mod feed;
mod journal;
mod judge;
mod lock;
mod migrate;
mod open;
mod outcomes;
mod query;
mod readers;
mod store;
mod streams;
mod tables;
mod time;
mod types;
mod write;
mod write_books;
mod writer;

pub use open::{Mode, OpenOptions};
pub use store::SqliteStore;
