//! The runtime: the store in memory, commands, group commit, reactions, projections,
//! immediate rows, start checks and driving.

mod clock;
mod commands;
mod concurrency;
mod driving;
mod immediate;
mod memory;
mod projections;
mod reactions;
mod start;
mod toy;
