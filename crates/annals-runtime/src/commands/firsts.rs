//! Which commands come first to their streams, learnt from what loading finds. Such a one needn't
//! read a stream that isn't kept: it is decided on the initial state, and what it appends says that
//! the stream is empty. Where it isn't, the store refuses that, and the command is decided again on
//! what is there: a wrong guess costs time, never truth.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many loads in a row must have found nothing before a command is trusted to find nothing;
/// twice as many after each time that this was wrong. So one that comes to new streams and to
/// others is wrong a few times in all.
const TRUSTED_AFTER: u32 = 32;

/// The commands of one aggregate, by name.
#[derive(Default)]
pub(super) struct Firsts(Mutex<HashMap<Arc<str>, Record>>);

struct Record {
    /// Loads that found nothing, since one found something.
    found_nothing: u32,
    trusted_after: u32,
}

impl Record {
    fn is_trusted(&self) -> bool {
        self.found_nothing >= self.trusted_after
    }
}

impl Default for Record {
    fn default() -> Self {
        Self { found_nothing: 0, trusted_after: TRUSTED_AFTER }
    }
}

impl Firsts {
    /// Whether the stream of such a command is likely to be new.
    pub(super) fn is_likely(&self, command: &str) -> bool {
        let records = self.records();
        records.get(command).is_some_and(Record::is_trusted)
    }

    /// A load for such a command found nothing, or something: then it is trusted no more. Of
    /// several that were on their way the first one counts.
    pub(super) fn loaded(&self, command: &Arc<str>, found_nothing: bool) {
        let mut records = self.records();
        let record = records.entry(Arc::clone(command)).or_default();
        if found_nothing {
            record.found_nothing = record.found_nothing.saturating_add(1);
            return;
        }
        if record.is_trusted() {
            record.trusted_after = record.trusted_after.saturating_mul(2);
        }
        record.found_nothing = 0;
    }

    fn records(&self) -> MutexGuard<'_, HashMap<Arc<str>, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
