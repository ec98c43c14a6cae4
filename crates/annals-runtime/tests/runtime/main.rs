//! The runtime: the store in memory, commands, group commit, reactions,
//! immediate rows, start checks and driving.

mod clock;
mod commands;
mod concurrency;
mod driving;
mod immediate;
mod memory;
mod reactions;
mod start;
mod toy;
