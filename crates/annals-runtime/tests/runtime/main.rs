//! The runtime without the consumers' own machinery: the store in memory, commands, group commit,
//! immediate rows, start checks and driving.

mod clock;
mod commands;
mod concurrency;
mod driving;
mod immediate;
mod memory;
mod start;
mod toy;
