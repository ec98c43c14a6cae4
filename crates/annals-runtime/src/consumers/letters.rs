//! Writing letters: what is said of an event that a consumer gave up on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_core::{RecordedEvent, Timestamp};

use crate::ports::{Letter, LetterId, LetterStatus};

/// Numbers of new letters, unique in a store. Cheap to clone; all clones draw from one.
#[derive(Clone, Debug)]
pub struct LetterIds(Arc<AtomicU64>);

impl LetterIds {
    /// Goes on behind the last letter of the store.
    pub fn after(last: LetterId) -> Self {
        Self(Arc::new(AtomicU64::new(last)))
    }

    fn next(&self) -> LetterId {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A letter of an event that failed for good.
    pub(super) fn failed(
        &self,
        consumer: &Arc<str>,
        key: &Arc<str>,
        event: &RecordedEvent,
        (attempts, reason, now): (u32, &str, Timestamp),
    ) -> Letter {
        self.letter(consumer, key, event, (LetterStatus::Failed, attempts, reason.into(), now))
    }

    /// A letter of an event that is parked behind a failed one of its key.
    pub(super) fn blocked(
        &self,
        consumer: &Arc<str>,
        key: &Arc<str>,
        event: &RecordedEvent,
        (behind, now): (annals_core::Position, Timestamp),
    ) -> Letter {
        let reason = format!("behind the event at position {}", behind.0).into();
        self.letter(consumer, key, event, (LetterStatus::Blocked, 0, reason, now))
    }

    fn letter(
        &self,
        consumer: &Arc<str>,
        key: &Arc<str>,
        event: &RecordedEvent,
        (status, attempts, reason, now): (LetterStatus, u32, Arc<str>, Timestamp),
    ) -> Letter {
        Letter {
            id: self.next(),
            consumer: consumer.clone(),
            key: key.clone(),
            position: event.position,
            event_id: event.event.id,
            event_type: event.event.type_.to_string().into(),
            status,
            attempts,
            reason,
            resolution: None,
            parked_at: now,
            changed_at: now,
        }
    }
}

/// The same letter after another failed attempt, which says why.
pub(super) fn failed_again(
    letter: &Letter,
    (attempts, reason, now): (u32, &str, Timestamp),
) -> Letter {
    Letter {
        status: LetterStatus::Failed,
        attempts: letter.attempts + attempts,
        reason: reason.into(),
        changed_at: now,
        ..letter.clone()
    }
}

/// The same letter once a redrive has succeeded.
pub(super) fn redriven(letter: &Letter, now: Timestamp) -> Letter {
    let attempts = letter.attempts + 1;
    let resolution = Some("redriven".into());
    let (status, changed_at) = (LetterStatus::Redriven, now);
    Letter { status, attempts, resolution, changed_at, ..letter.clone() }
}

/// The same letter once somebody gave it up. What it failed of stays with it.
pub(crate) fn discarded(letter: &Letter, reason: &Arc<str>, now: Timestamp) -> Letter {
    let resolution = Some(reason.clone());
    let (status, changed_at) = (LetterStatus::Discarded, now);
    Letter { status, resolution, changed_at, ..letter.clone() }
}

/// The next letter in line, once the one before it was given up while nobody ran who could try it:
/// it is the dead one of its key, which people see, and may redrive or discard.
pub(crate) fn unattended(letter: &Letter, now: Timestamp) -> Letter {
    let reason = format!("next in line, when no {} ran that could try it", letter.consumer).into();
    Letter { status: LetterStatus::Failed, reason, changed_at: now, ..letter.clone() }
}
