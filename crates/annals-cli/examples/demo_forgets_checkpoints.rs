//! The demo on a store that forgets checkpoints: a canary. Killed and run again, its books must not
//! balance.

use std::process::ExitCode;
use std::sync::Arc;

use annals_conformance::{Broken, Fault};

fn main() -> ExitCode {
    annals_cli::main(|store| Arc::new(Broken::new(store, Fault::ForgetsCheckpoints)))
}
