//! `cargo xtask bench`: the benchmarks, a workspace of their own in `bench/`, so that nobody builds
//! the peers who doesn't ask for them. They start their own servers; what has to be installed for
//! that is said here.

use std::path::Path;

use crate::{services, test};

/// Runs them with these options; answers whether they ran through.
///
/// # Errors
/// They can't be started.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<bool, String> {
    for missing in services::missing() {
        eprintln!("not measured: {missing}");
    }
    let status = test::cargo(root)
        .args(["run", "--release", "--locked", "--quiet", "--manifest-path"])
        .arg(root.join("bench/Cargo.toml"))
        .arg("--")
        .args(options)
        .status();
    status.map(|status| status.success()).map_err(|error| format!("cargo: {error}\n"))
}
