//! Writes one behind the other, kept until they are written together. No SQLite here.

/// What is kept at most: thirty-one pages of 4 KiB with their headers of 24 bytes. SQLite hands no
/// more than 128 KiB to one call of the system.
pub(crate) const CAPACITY: usize = 31 * (4096 + 24);

/// What is kept, and where it begins in the file.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    bytes: Vec<u8>,
    start: i64,
}

impl Joined {
    /// Keeps `bytes` for `at`; `write` writes what can't be kept together with it.
    ///
    /// # Errors
    /// Those of `write`, with which all that was kept is dropped.
    pub(crate) fn add<E>(
        &mut self,
        (bytes, at): (&[u8], i64),
        mut write: impl FnMut(&[u8], i64) -> Result<(), E>,
    ) -> Result<(), E> {
        let follows = i64::try_from(self.bytes.len()).is_ok_and(|kept| self.start + kept == at);
        if !follows || self.bytes.len() + bytes.len() > CAPACITY {
            self.flush(&mut write)?;
        }
        if bytes.len() > CAPACITY {
            return write(bytes, at);
        }
        if self.bytes.is_empty() {
            self.bytes.reserve_exact(CAPACITY);
            self.start = at;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what is kept, which is gone then, written or not.
    ///
    /// # Errors
    /// Those of `write`.
    pub(crate) fn flush<E>(
        &mut self,
        write: impl FnOnce(&[u8], i64) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let written = write(&self.bytes, self.start);
        self.bytes.clear();
        written
    }
}

#[cfg(test)]
mod tests;
