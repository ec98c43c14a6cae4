//! The shim that makes a disk slower, compiled once a run by the system's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use annals_bench_harness::Failure;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shim/delay.c");

/// The compiled shim.
#[derive(Clone)]
pub(crate) struct Shim(PathBuf);

impl Shim {
    pub(crate) fn compile(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("delay.so");
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&path).arg(SOURCE).arg("-ldl");
        let status = cc.status().map_err(|error| format!("`cc`: {error}"))?;
        if status.success() { Ok(Self(path)) } else { Err("`cc` can't compile the shim".into()) }
    }

    /// Puts it under a program.
    pub(crate) fn under(&self, command: &mut Command, delay_ms: u64) {
        if delay_ms > 0 {
            command.env("LD_PRELOAD", &self.0);
            command.env("ANNALS_FSYNC_DELAY_US", (delay_ms * 1_000).to_string());
        }
    }
}
