//! The program of the peers: built before the run, from a workspace of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use annals_bench_harness::Failure;

/// Builds it; where it is.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = std::env::current_exe()?;
    // …/target/release/annals-bench
    let target = own.ancestors().nth(2).ok_or("this program is in no target folder")?;
    let target = target.join("peers");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    build.arg(bench.join("peers/Cargo.toml")).arg("--target-dir").arg(&target);
    // UmaDB's protocol is compiled from its definition.
    if std::env::var_os("PROTOC").is_none() {
        build.env("PROTOC", protoc_bin_vendored::protoc_bin_path()?);
    }
    let status = build.status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("they can't be built: {status}").into());
    }
    Ok(target.join("release/annals-bench-peers"))
}
