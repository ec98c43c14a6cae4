//! The `annals` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    annals_cli::main(|store| store)
}
