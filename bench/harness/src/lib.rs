//! What every subject of the benchmark shares: the work ([`Workload`]), the events, the clients
//! that call without a pause ([`drive`]), and the child process in which one cell is measured
//! ([`child`]). It knows no store, so that programs with different databases can link it.

pub mod child;
mod drive;
mod event;
mod measured;
mod subject;
mod workload;

pub use drive::drive;
pub use event::{DATA_BYTES, data};
pub use measured::{Measured, share};
pub use subject::{Failure, Place, Spot, Subject};
pub use workload::Workload;
