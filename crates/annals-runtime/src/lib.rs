//! The runtime: ports as small traits, and the engines on them. What is decided is decided by the
//! pure machines of `annals-core`; what lives here brings time, batching and delivery.

pub mod ports;

mod clock;
mod commands;
mod committer;
mod consumers;
mod entropy;
mod heads;
mod live;
mod memory;

pub use clock::VirtualClock;
pub use commands::{Answer, Bounds, CommandError, CommandPorts, CommandRequest, Commands, Outcome};
pub use committer::{Committer, Counts, Immediate, Verdict};
pub use consumers::{
    Consumer, Engine, LetterIds, ProjectionConsumer, ReactionConsumer, SagaConsumer, SagaCounts,
    Status, StatusView, Statuses, Step,
};
pub use entropy::SeededEntropy;
pub use heads::Heads;
pub use live::{SystemClock, SystemEntropy};
pub use memory::MemoryStore;
