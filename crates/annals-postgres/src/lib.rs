//! The store on Postgres 15 or later: log, read models and books in one schema of one database,
//! which people may query, and to which many processes may append.
//!
//! How it works, in order of reading:
//! - [`PostgresStore`] (`store.rs`) is the store; `url.rs` reads where it is, `session.rs`
//!   connects, `open.rs` checks the server and the schema, which `migrate.rs` brings up to date
//!   (`schema/*.sql`, one object a file).
//! - Appends go through one task (`writer.rs`), which merges waiting commits into one call of one
//!   function (`call.rs` lays the units out as its lists, `lists.rs`; `verdicts.rs` reads what it
//!   says). The function, `schema/annals_commit_v9.sql`, takes the log's lock, judges each unit,
//!   and writes. What an engine needn't have judged, since it knows where the streams end
//!   (`streams.rs`), goes through `schema/annals_extend_v9.sql` (`extend.rs`). Either asks whether
//!   conditions hold (`condition.rs`). An acknowledged commit is on disk.
//! - Reads share a few sessions (`readers.rs`): the log (`events.rs`, `query.rs`), the rows of
//!   projections (`tables.rs`, `cells.rs`) and the books (`books.rs`, `outcomes.rs`).
//! - `engine.rs` sees to it that one engine runs at a time. `bell.rs` tells other processes that
//!   the head has moved, and hears of theirs. `stuck.rs` ends a session that stands still with the
//!   log's lock. `lost.rs` says when this process must end.
//! - `error.rs` tells what is the unit's own fault from what is the server's.

mod bell;
mod books;
mod call;
mod cells;
mod condition;
mod engine;
mod error;
mod events;
mod extend;
mod lists;
mod lost;
mod migrate;
mod open;
mod outcomes;
mod partition;
mod query;
mod readers;
mod session;
mod store;
mod streams;
mod stuck;
mod tables;
mod time;
mod turns;
mod url;
mod verdicts;
mod writer;

pub use open::{Mode, OpenOptions, Password};
pub use store::PostgresStore;
