//! A folder of the run, which goes with it.

use std::fs;
use std::path::{Path, PathBuf};

use annals_bench_harness::Failure;

/// Removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes `name` in `parent`, empty, where every account may go.
    pub(crate) fn make(parent: &Path, name: &str) -> Result<Self, Failure> {
        use std::os::unix::fs::PermissionsExt;
        let path = parent.join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(Self(path.canonicalize()?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is in a folder for temporary things.
        let _ = fs::remove_dir_all(&self.0);
    }
}
