//! Where Postgres' programs are: on the path, or in Debian's folders. It installs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The first major version that the store is written for.
pub(super) const LEAST: u32 = 15;

const DEBIAN: &str = "/usr/lib/postgresql";
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// A folder that holds all that a server needs.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The first on the path, since its owner chose it; or else Debian's newest.
pub(super) fn find() -> Option<Programs> {
    on_path().into_iter().filter_map(|folder| programs(&folder)).next().or_else(|| {
        let debian = std::fs::read_dir(DEBIAN).ok()?;
        let folders = debian.filter_map(|version| Some(version.ok()?.path().join("bin")));
        folders.filter_map(|folder| programs(&folder)).max_by_key(|programs| programs.major)
    })
}

#[expect(clippy::disallowed_methods, reason = "programs are looked for where a shell would")]
fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Links lead to where the server's libraries and texts are.
    let real = |folder: PathBuf| folder.join(NEEDED[0]).canonicalize().ok();
    let real = std::env::split_paths(&path).filter_map(real);
    real.filter_map(|program| Some(program.parent()?.to_owned())).collect()
}

fn programs(folder: &Path) -> Option<Programs> {
    if !NEEDED.iter().all(|name| folder.join(name).is_file()) {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let major = major(&String::from_utf8_lossy(&output.stdout))?;
    (major >= LEAST).then(|| Programs { folder: folder.to_owned(), major })
}

/// Of `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`, 15.
fn major(line: &str) -> Option<u32> {
    let version = line.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major("postgres (PostgreSQL) 15.4 (Debian 15.4-1.pgdg)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(major("postgres (EnterpriseDB) 15.4"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn a_folder_that_lacks_a_program_is_passed_over() {
        assert!(programs(Path::new("/bin")).is_none());
        assert!(programs(Path::new("/nowhere")).is_none());
    }
}
