//! Where recent streams are known to end: at least there, since a stream never shrinks. What was
//! committed by other processes since isn't known; a call that rests on less is refused by the
//! server as a whole. A new session knows nothing: the server may have been restored.

use std::collections::HashMap;

use annals_core::{StreamId, Version};

/// Streams that are remembered at most; then it begins anew.
const KEPT: usize = 8_192;

/// Versions that were committed, by stream; those of the call under way too.
#[derive(Debug, Default)]
pub(crate) struct Streams(HashMap<StreamId, Version>);

impl Streams {
    /// A version that the stream has, the last that is known.
    pub(crate) fn get(&self, id: &StreamId) -> Option<Version> {
        self.0.get(id).copied()
    }

    /// Remembers a version that the stream has.
    pub(crate) fn put(&mut self, id: &StreamId, version: Version) {
        if let Some(known) = self.0.get_mut(id) {
            *known = version.max(*known);
            return;
        }
        if self.0.len() >= KEPT {
            self.forget();
        }
        self.0.insert(id.clone(), version);
    }

    /// Forgets all of them.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
