//! The runtime: the store in memory, commands, group commit, reactions, projections,
//! immediate rows, start checks and driving, requests and trouble.

mod clock;
mod commands;
mod concurrency;
mod driving;
mod firsts;
mod immediate;
mod memory;
mod projections;
mod reactions;
mod requests;
mod start;
mod toy;
mod trouble;
