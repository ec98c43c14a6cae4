//! Recent states, bounded. What is in here is a prefix of its stream, never more: who decides on it
//! appends with its version, and the store refuses where that was old.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use annals_core::{Decider, State, StreamId, Version};

/// A state and how much of its stream is in it.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    pub(super) state: State,
    pub(super) version: Version,
    /// About how large it is in memory.
    pub(super) bytes: usize,
}

impl Folded {
    /// The state of a stream without events.
    pub(super) fn initial(decider: &dyn Decider, stream: &StreamId) -> Self {
        Self { state: decider.initial(&stream.id), version: Version(0), bytes: 0 }
    }
}

/// Two generations: what is used moves to the young one; when that has half of the bounds, the old
/// one goes. Least recently used, near enough, at the cost of a lookup.
pub(super) struct StateCache {
    generations: Mutex<Generations>,
    most: usize,
    most_bytes: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<StreamId, Folded>,
    old: HashMap<StreamId, Folded>,
    young_bytes: usize,
}

/// What an entry weighs beside its state.
const ENTRY_BYTES: usize = 256;

impl StateCache {
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        Self { generations: Mutex::default(), most, most_bytes }
    }

    /// Takes a state out; who changes it puts it back.
    pub(super) fn take(&self, stream: &StreamId) -> Option<Folded> {
        let mut held = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        match held.young.remove(stream) {
            Some(found) => {
                held.young_bytes -= found.bytes + ENTRY_BYTES;
                Some(found)
            }
            None => held.old.remove(stream),
        }
    }

    pub(super) fn put(&self, stream: StreamId, folded: Folded) {
        let bytes = folded.bytes + ENTRY_BYTES;
        if bytes > self.most_bytes / 2 {
            return;
        }
        let mut held = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if held.young.len() >= self.most / 2 || held.young_bytes + bytes > self.most_bytes / 2 {
            held.old = std::mem::take(&mut held.young);
            held.young_bytes = 0;
        }
        held.young_bytes += bytes;
        if let Some(before) = held.young.insert(stream, folded) {
            held.young_bytes -= before.bytes + ENTRY_BYTES;
        }
    }
}
