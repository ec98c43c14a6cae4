//! The consumers: eventual projections, sagas and reactions, each one task that reads the log in
//! order and commits its progress with its effects. What to do is decided by the pure machines of
//! `annals-core`; these engines bring the log, the clock and the batches.
//!
//! Every consumer is crash-only: after an error of the store it forgets what it knew and loads it
//! again, which is what a new process does.

mod alongside;
mod engine;
mod letters;
mod parked;
mod projection;
mod reaction;
mod saga;
mod status;

use annals_core::{RecordedEvent, Timestamp};

use crate::ports::{BoxFuture, StoreError};

pub(crate) use letters::{discarded, unattended};

pub use engine::Engine;
pub use letters::LetterIds;
pub use projection::ProjectionConsumer;
pub use reaction::ReactionConsumer;
pub use saga::SagaConsumer;
pub use status::{SagaCounts, Status, StatusView, Statuses};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was done, and more may be.
    Worked,
    /// There is nothing to do before the log grows, the time comes, or someone pokes.
    Idle {
        /// When there is something to do at the latest.
        wake_at: Option<Timestamp>,
    },
}

/// One consumer.
pub trait Consumer: Send {
    /// How it is getting on; cheap to keep and to ask.
    fn status(&self) -> &Status;

    /// One bounded piece of work. Dropping it before it ends loses nothing but time.
    ///
    /// # Errors
    /// [`StoreError`]; the next step begins with what the store holds.
    fn step(&mut self) -> BoxFuture<'_, Result<Step, StoreError>>;

    /// Lets go of what is in flight, and of what it knew: what is in flight goes on only while its
    /// consumer is stepped, and may hold the turn at an aggregate that others wait for. What was
    /// sent may still take effect; the next step begins with what the store holds, and sends it
    /// again under the same id.
    fn let_go(&mut self);

    /// Brings an event a second time, as a transport may.
    fn redeliver(&mut self, event: &RecordedEvent);
}
