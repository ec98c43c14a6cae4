//! One writing process a store: a lock on a file beside the database, which the operating system
//! lets go of however the process ends. Never on the database itself: closing a second descriptor
//! of it would drop the locks that SQLite holds (POSIX, `fcntl`).

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use annals_runtime::ports::StoreError;

/// Held as long as the process may write.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
}

impl WriterLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(|error| unavailable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::NotOurs(match holder(&mut file) {
                    0 => format!("another process writes to {}", database.display()),
                    pid => format!("process {pid} writes to {}; stop it first", database.display()),
                }));
            }
            Err(TryLockError::Error(error)) => return Err(unavailable(&path, &error)),
        }
        let said = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        said.map_err(|error| unavailable(&path, &error))?;
        Ok(Self { file })
    }
}

impl Drop for WriterLock {
    /// Lets go of the lock itself: only closing the file would leave it to a program that is being
    /// started at this moment, which has our descriptors until it begins.
    fn drop(&mut self) {
        // Where it fails the file is closed all the same.
        let _ = self.file.unlock();
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-lock");
    name.into()
}

fn holder(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.read_to_string(&mut text);
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

fn unavailable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_let_go_is_free_also_where_another_program_has_its_descriptor() {
        let name = format!("annals-lock-{}", std::process::id());
        let database = std::env::temp_dir().join(name);
        let lock = WriterLock::take(&database).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        assert!(WriterLock::take(&database).is_err());
        drop(lock);
        drop(WriterLock::take(&database).unwrap());
        drop(inherited);
        std::fs::remove_file(lock_path(&database)).unwrap();
    }
}
