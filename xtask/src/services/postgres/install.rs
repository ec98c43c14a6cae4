//! Postgres from Debian's packages, without the cluster and the service that they would begin with.
//! Only root on Debian (or what descends from it) gets it; all others are told what to do.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::programs;
use crate::services::account;
use crate::services::place::at;

/// `postgresql-common` reads every `.conf` in there before it makes a version's first cluster.
const FOLDER: &str = "/etc/postgresql-common/createcluster.d";
const NO_CLUSTER: &str = "\
# `cargo xtask services` is installing Postgres, and removes this file behind it.
create_main_cluster = false
";

pub(super) const CURE: &str =
    "install Postgres 15 or later, with `initdb` on the PATH or by Debian's package
    `postgresql` (`apt-get install postgresql`), then this again";

/// Installs the package `postgresql`.
///
/// # Errors
/// Why that can't be, and what to do instead.
pub(super) fn install() -> Result<(), String> {
    let least = programs::LEAST;
    let missing = format!("postgres: no server of version {least} or later is installed");
    if !Path::new("/etc/debian_version").exists() || !account::is_root()? {
        return Err(format!("{missing}\n    cure: {CURE}"));
    }
    println!("{missing}: taking Debian's package `postgresql`");
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    // Two checkouts at once: the second one waits here, and then finds the programs.
    let turn = File::open(folder).map_err(|error| at(folder, &error))?;
    turn.lock().map_err(|error| at(folder, &error))?;
    if programs::find().is_some() {
        return Ok(());
    }
    let _no_cluster = NoCluster::write()?;
    apt_get(&["update", "-qq"])?;
    let wait = "DPkg::Lock::Timeout=300";
    apt_get(&["install", "-y", "-qq", "--no-install-recommends", "-o", wait, "postgresql"])
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let called = format!("apt-get {}", arguments.join(" "));
    println!("{called}");
    let done = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .map_err(|error| format!("postgres: {called}: {error}\n    cure: {CURE}"))?;
    if done.success() {
        Ok(())
    } else {
        Err(format!("postgres: {called}: {done}\n    cure: {CURE}"))
    }
}

/// The file that keeps the package from making a cluster; gone with this value, so that a version
/// that is installed later for other ends begins as its user expects.
struct NoCluster;

impl NoCluster {
    fn path() -> std::path::PathBuf {
        Path::new(FOLDER).join("annals.conf")
    }

    fn write() -> Result<Self, String> {
        let path = Self::path();
        fs::write(&path, NO_CLUSTER).map_err(|error| at(&path, &error))?;
        Ok(Self)
    }
}

impl Drop for NoCluster {
    fn drop(&mut self) {
        // Where that fails the file itself says whose it is.
        let _ = fs::remove_file(Self::path());
    }
}
