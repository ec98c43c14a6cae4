//! What an ended attempt means for progress.

use std::sync::Arc;

use annals_core::delivery::{Attempt, Settled};
use annals_core::{Position, RecordedEvent};

use crate::consumers::letters::{failed_again, redriven};
use crate::ports::{Retry, StoreError, Unit};

use super::ReactionConsumer;
use super::act::Acted;
use super::loaded::Loaded;

impl ReactionConsumer {
    pub(super) fn settle(
        &self,
        loaded: &mut Loaded,
        unit: &mut Unit,
        attempt: Option<Attempt>,
        acted: Acted,
    ) -> Result<(), StoreError> {
        if let Acted::Store(error) = acted {
            return Err(error);
        }
        // An attempt of nobody is an event that was brought a second time: whatever came of it, its
        // first coming has been settled.
        let Some(attempt) = attempt else { return Ok(()) };
        let now = self.engine.now();
        let (settled, reason) = match acted {
            Acted::Done => (loaded.delivery.done(&attempt), String::new()),
            Acted::Transient { reason, at_least_us } => {
                let random = self.engine.entropy.next_u64();
                (loaded.delivery.transient(&attempt, now, random, at_least_us), reason)
            }
            Acted::Permanent { reason } => (loaded.delivery.permanent(&attempt), reason),
            Acted::Store(error) => return Err(error),
        };
        match settled {
            Settled::Done => self.done(loaded, unit, &attempt),
            Settled::Retry { attempts, due } => unit.retries.push(Retry {
                consumer: self.name.clone(),
                position: attempt.position,
                attempts,
                due,
                reason: reason.into(),
            }),
            Settled::Parked { attempts, blocked } if attempt.redriven => {
                debug_assert!(blocked.is_empty(), "a redriven letter has nothing live behind it");
                self.failed_again(loaded, unit, &attempt, (attempts, &reason));
            }
            Settled::Parked { attempts, blocked } => {
                self.forget_attempts(loaded, unit, &attempt);
                let event = loaded.events.remove(&attempt.position).ok_or_else(|| {
                    // Its rows are in a unit that is now given up, so nothing is lost.
                    let at = attempt.position.0;
                    StoreError::Corrupt(format!("{} parks what it never took: {at}", self.name))
                })?;
                let story = (attempts, &*reason, now);
                let ids = &self.engine.letter_ids;
                let mut letters = vec![ids.failed(&self.name, &attempt.key, &event, story)];
                let behind: Vec<RecordedEvent> =
                    blocked.iter().filter_map(|at| loaded.events.remove(at)).collect();
                for event in &behind {
                    let at = (attempt.position, now);
                    letters.push(ids.blocked(&self.name, &attempt.key, event, at));
                    // It may have been tried before a crash that brought an earlier one back.
                    unit.retries_done.push((self.name.clone(), event.position));
                    self.take_timer(loaded, unit, event.position);
                }
                for letter in letters {
                    loaded.parked.put(letter.clone());
                    unit.letters.push(letter);
                }
            }
        }
        Ok(())
    }

    fn done(&self, loaded: &mut Loaded, unit: &mut Unit, attempt: &Attempt) {
        self.forget_attempts(loaded, unit, attempt);
        self.status.processed(1);
        if !attempt.redriven {
            loaded.events.remove(&attempt.position);
            return;
        }
        let letter = loaded.parked.first(&attempt.key).cloned();
        if let Some(letter) = letter.filter(|letter| letter.position == attempt.position) {
            unit.requests_done.extend(loaded.asked.remove(&attempt.key));
            loaded.resolve(unit, redriven(&letter, self.engine.now()));
        }
    }

    /// A letter that was redriven in vain stays, or becomes, the failed one of its key.
    fn failed_again(
        &self,
        loaded: &mut Loaded,
        unit: &mut Unit,
        attempt: &Attempt,
        (attempts, reason): (u32, &str),
    ) {
        self.forget_attempts(loaded, unit, attempt);
        unit.requests_done.extend(loaded.asked.remove(&attempt.key));
        let Some(letter) = loaded.parked.first(&attempt.key).cloned() else { return };
        let failed = failed_again(&letter, (attempts, reason, self.engine.now()));
        loaded.parked.put(failed.clone());
        unit.letters.push(failed);
    }

    /// The rows that kept an unsettled event go with what settles it.
    fn forget_attempts(&self, loaded: &mut Loaded, unit: &mut Unit, attempt: &Attempt) {
        let name: &Arc<str> = &self.name;
        unit.retries.retain(|retry| retry.position != attempt.position);
        unit.retries_done.push((name.clone(), attempt.position));
        self.take_timer(loaded, unit, attempt.position);
    }

    /// Takes the timer of an event that is settled; it may not be stored yet.
    pub(super) fn take_timer(&self, loaded: &mut Loaded, unit: &mut Unit, position: Position) {
        if loaded.fired.remove(&position).is_some() {
            unit.timers.retain(|timer| timer.position != position);
            unit.timers_done.push((self.name.clone(), position));
        }
    }
}
