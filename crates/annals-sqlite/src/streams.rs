//! Where recent streams are: their numbers and versions as of the last commit, so that the next
//! append to one needn't look. The writer is the only one who appends (`lock.rs`), so what it knows
//! is so; after a transaction that failed it knows nothing.

use std::collections::HashMap;

use annals_core::{StreamId, Version};

/// Streams that are remembered at most; then it begins anew.
const KEPT: usize = 8_192;

/// Streams that the log has, by id.
#[derive(Debug, Default)]
pub(crate) struct Streams(HashMap<StreamId, (i64, Version)>);

impl Streams {
    /// The number and the version of a stream, where they are known.
    pub(crate) fn get(&self, id: &StreamId) -> Option<(i64, Version)> {
        self.0.get(id).copied()
    }

    /// Remembers where a stream is.
    pub(crate) fn put(&mut self, id: &StreamId, number: i64, version: Version) {
        if let Some(known) = self.0.get_mut(id) {
            *known = (number, version);
            return;
        }
        if self.0.len() >= KEPT {
            self.forget();
        }
        self.0.insert(id.clone(), (number, version));
    }

    /// Forgets all of them.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
