//! Joins SQLite's writes to its write-ahead log. SQLite writes the log page by page, two calls for
//! each, which is a third of what a large commit costs; here what is written one behind the other
//! is kept and goes to the system in one call for about thirty pages.
//!
//! Nobody may see the difference:
//!
//! - **Before a sync, a cut, a read or a question for the length** what is kept is written. SQLite
//!   with `synchronous=FULL` or more syncs the log before it tells other connections of a commit,
//!   so that what they are told of is in the file.
//! - **Between commits nothing is kept**: each ends with a sync or an error. Otherwise what a
//!   rollback has left would be written over what another connection has committed since. So no
//!   page may leave the cache before its commit.
//! - **A crash** loses what is kept. Nobody was told of it: it is as if the power had gone before
//!   the sync, whose lost and torn writes SQLite's checksums find.
//! - **A write that fails** is told by a later call, at the latest by the sync, and what was kept
//!   is dropped: SQLite gives the commit up, and writes its next one to the same place.
//!
//! Therefore a connection that uses this must have `synchronous = FULL` and `cache_spill = OFF`
//! before it writes.
//!
//! All else is SQLite's own: the database, locks and shared memory never come by here. The one
//! crate with `unsafe` code, since SQLite takes files as tables of C functions.

mod joined;
mod vfs;

pub use vfs::{NAME, register};
