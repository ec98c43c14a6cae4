//! The `annals` command: reads files, renders diagnostics, prints. The only place that turns errors
//! into exit codes: 0 done, 1 a check, plan or test found something, 2 bad usage or input, 3 a
//! system failed. A library only so that proofs can run the very command on a store that they
//! break.

mod cli;
mod commands;
mod exit;
mod files;
mod interrupts;
mod live_system;
mod output;
mod render;
mod stored;
mod stores;

use std::process::ExitCode;

pub use commands::demo::Wrap;

/// Runs the command line of this process. `wrap` may put something around the store that `demo`
/// runs on; the product puts nothing there.
pub fn main(wrap: Wrap) -> ExitCode {
    match cli::parse() {
        Ok(cli) => exit::report(commands::run(&cli, wrap)),
        Err(code) => code,
    }
}
