//! The runtime: ports as small traits, and the engines on them. What is decided is decided by the
//! pure machines of `annals-core`; what lives here brings time, batching and delivery.
//!
//! A tour: [`Runtime::open`] compares a store with a system (`start`), brings immediate projections
//! up to the log (`catch_up`), and assembles the command path ([`Commands`]), group commit
//! ([`Committer`]) and the [`consumers`]. [`Runtime::run`] drives them live (`drive`),
//! [`Runtime::settle`] by hand. [`Subscription`] is for those who follow the log themselves.
//! [`MemoryStore`], [`VirtualClock`] and [`SeededEntropy`] are what tests run on; in builds of
//! `annals-faults` processes fail at each [`failpoint!`].

pub mod consumers;
pub mod failpoint;
pub mod ports;

mod catch_up;
mod clock;
mod commands;
mod committer;
mod drive;
mod entropy;
mod heads;
mod live;
mod memory;
mod requests;
mod rows;
mod runtime;
mod start;
mod subscription;

pub use clock::VirtualClock;
pub use commands::{
    Answer, Bounds, CommandError, CommandPorts, CommandRequest, Commands, IfVersion, Outcome,
};
pub use committer::{Committer, Counts, Immediate, Verdict};
pub use consumers::{Consumer, Engine, LetterIds, SagaCounts, Status, StatusView, Statuses, Step};
pub use entropy::SeededEntropy;
pub use heads::Heads;
pub use live::{SystemClock, SystemEntropy};
pub use memory::MemoryStore;
pub use runtime::{Options, Runtime};
pub use start::{Mismatch, StartError};
pub use subscription::{Page, Subscription, Token};
