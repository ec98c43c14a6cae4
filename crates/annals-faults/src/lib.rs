//! Faults, made on purpose: what a store promised must hold after them. For tests only.
//!
//! - [`lanes`] is the table of all that is tried, in the sizes of a pull request and of a night;
//!   the program around it is `annals-faults-score`.
//! - [`load`] is what the process does that is hurt; the program around it is `annals-faults-load`.
//!   [`place`] says on which store. [`verify`] holds a store against what was acknowledged.
//! - [`kill`] kills the process again and again. [`powercut`] cuts the power: the [`shim`] stands
//!   between the process and its disk and makes a [`recording`], which a model of the [`disk`]
//!   replays; [`plain`] is SQLite by itself under it. [`syncfail`] has a sync fail, [`full`] the
//!   disk run full.
//! - [`server`] is a Postgres of our own, which [`serverkill`] kills under a [`loaded`] process.
//!   [`skip`] follows a log of which many transactions abort, [`stopped`] has processes stand
//!   still, [`snapshot`] leaves a foreign transaction open.
//! - [`sweep`] has a process fail at each place that the sources mark for it.
//! - [`ambiguous`] loses the answers of a store under commands. [`laws`] hold of every store.

pub mod ambiguous;
pub mod disk;
pub mod full;
pub mod kill;
pub mod lanes;
pub mod laws;
pub mod load;
pub mod loaded;
pub mod place;
pub mod plain;
pub mod powercut;
pub mod random;
pub mod recording;
pub mod server;
pub mod serverkill;
pub mod shim;
pub mod skip;
pub mod snapshot;
pub mod stopped;
pub mod sweep;
pub mod syncfail;
mod tally;
pub mod verify;
