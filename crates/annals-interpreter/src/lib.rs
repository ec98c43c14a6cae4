//! The interpreter: deciders, projections, sagas and reactions straight from the resolved model. It
//! is one of two faces of the runtime's seams (the other is generated code). Pure: variables of the
//! environment are handed in, time and ids come with what is decided.
//!
//! A tour: [`system`] makes everything that the runtime runs; [`event_json`] and [`state_json`]
//! show events and states to people, [`read_id`] reads an id that a person wrote. `terms.rs`
//! evaluates what the file writes, `events.rs` brings stored events into scope in their latest
//! version, and each seam has its file.

mod cells;
mod coerce;
mod decider;
mod events;
mod failures;
mod id;
mod json;
mod meta;
mod projection;
mod reaction;
mod saga;
mod state;
mod system;
mod terms;

pub use decider::state_json;
pub use events::event_json;
pub use id::read as read_id;
pub use system::system;
