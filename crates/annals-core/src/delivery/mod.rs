//! Delivery to one consumer: events of one key in order, others beside them, retries with backoff,
//! and parking. Pure: who calls brings events, results, the time and the dice, and writes down what
//! comes.
//!
//! The rules, each of which a test holds:
//! - of one key at most one event is under way, and the next begins once it is done;
//! - an event that failed for good parks its key: what comes later is blocked behind it, in order;
//! - redriving starts with the failed event, then those behind it, then live ones;
//! - the checkpoint is below every event that is neither done nor written down as a letter.

mod machine;
mod pending;

pub use machine::{Delivery, Offered, Settled};
pub use pending::Attempt;
