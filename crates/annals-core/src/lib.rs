//! The words of event-driven systems as types, and the machines that decide what they do: pure, so
//! that what a model checker explores is what runs. No IO, no async, no clock, no randomness:
//! whoever calls brings the time and the dice.

mod decider;
pub mod delivery;
mod event;
mod failure;
pub mod ids;
mod process;
mod projection;
mod retry;
pub mod saga;
mod system;
mod time;

pub use decider::*;
pub use event::*;
pub use failure::*;
pub use process::*;
pub use projection::*;
pub use retry::*;
pub use system::*;
pub use time::{FIRST_DAY, LAST_DAY, format_date, parse_date};
