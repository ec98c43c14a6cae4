//! The checkpoints of immediate projections. Their rows are always at the head, so a checkpoint
//! only spares the next start from reading: it is written now and then, never with each commit.

use std::sync::Arc;

use annals_core::Position;

use super::Immediate;
use crate::ports::{CheckpointWrite, Committed, Refusal, Unit};

/// Events after which it is worth a write.
const EVERY_EVENTS: u64 = 4_096;

struct Mark {
    consumer: Arc<str>,
    fingerprint: Arc<str>,
    stored: Position,
}

/// One mark a projection.
pub(super) struct Marks(Vec<Mark>);

impl Marks {
    pub(super) fn new(immediate: &[Immediate]) -> Self {
        let mark = |it: &Immediate| Mark {
            consumer: it.projection.table().name.clone(),
            fingerprint: it.projection.fingerprint().into(),
            stored: it.checkpoint,
        };
        Self(immediate.iter().map(mark).collect())
    }

    /// Units that bring the marks to `head`, where they are worth it now.
    pub(super) fn due(&self, head: Position) -> Vec<Unit> {
        let behind = |mark: &&Mark| head.0.saturating_sub(mark.stored.0) >= EVERY_EVENTS;
        if self.0.iter().any(|mark| behind(&mark)) { self.all(head) } else { Vec::new() }
    }

    /// Units that bring all marks to `head`.
    pub(super) fn all(&self, head: Position) -> Vec<Unit> {
        let unit = |mark: &Mark| Unit {
            checkpoint: Some(CheckpointWrite {
                consumer: mark.consumer.clone(),
                expected: mark.stored,
                position: head,
                fingerprint: mark.fingerprint.clone(),
            }),
            ..Unit::default()
        };
        self.0.iter().map(unit).collect()
    }

    /// Takes note of what the store said to all of [`Marks::all`].
    pub(super) fn note(&mut self, head: Position, verdicts: &[Result<Committed, Refusal>]) {
        for (mark, verdict) in self.0.iter_mut().zip(verdicts) {
            match verdict {
                Ok(_) => mark.stored = head,
                Err(Refusal::StaleCheckpoint { actual, .. }) => mark.stored = *actual,
                Err(_) => {}
            }
        }
    }
}
