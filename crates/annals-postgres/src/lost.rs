//! Why this process may use the store no more, once that is so: another engine has taken over, what
//! listens for other processes broke, or the log lacks what this process knew to be in it.
//!
//! A log only grows. One that lacks events was restored from an older copy, or its server gave way
//! to one that was behind. Whatever this process has read or kept of them isn't there any more, and
//! events that take their places would be skipped by all who have passed them. So whoever makes a
//! session looks before it is used, the bell glances each second, and each commit says where the
//! log ended before it. No head is raised without the event at it: what was only counted could be
//! another event by then.
//!
//! Behind a session that was made anew may be another server, and the one before may be there
//! still: it answers, and hears of nothing any more. So with it an era begins, and readers leave
//! the sessions of the last one before they hear of a head that was learnt in this one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_core::Position;
use annals_runtime::Heads;
use annals_runtime::ports::StoreError;
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::{damaged, store_error};
use crate::events::{bounded, get, position};
use crate::session::Session;

/// Whether the server is a standby, and where the log ends.
const END: &str = "SELECT pg_is_in_recovery(), \
     coalesce((SELECT head FROM annals_commits ORDER BY head DESC LIMIT 1), 0)";
/// The event at a place.
const THERE: &str = "SELECT id FROM event_store WHERE position = $1";

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    why: watch::Sender<Option<StoreError>>,
    /// The last event that this process has seen: another one in its place is another log.
    seen: Arc<Mutex<Option<(Position, Uuid)>>>,
    era: Arc<AtomicU64>,
}

impl Lost {
    /// An error, if it is so.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.why.borrow().clone().map_or(Ok(()), Err)
    }

    /// It is so, for good; the first reason stays.
    pub(crate) fn set(&self, why: StoreError) {
        self.why.send_if_modified(|lost| {
            let first = lost.is_none();
            lost.get_or_insert(why);
            first
        });
    }

    /// Why, once it is so.
    pub(crate) async fn told(&self) -> StoreError {
        let mut lost = self.why.subscribe();
        // The sender is this value: it can't be gone while we wait.
        match lost.wait_for(Option::is_some).await.map(|lost| lost.clone()) {
            Ok(Some(why)) => why,
            _ => StoreError::Closed("it was let go".to_owned()),
        }
    }

    /// Remembers an event of the log.
    pub(crate) fn note(&self, position: Position, id: Uuid) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_none_or(|(last, _)| position > last) {
            *seen = Some((position, id));
        }
    }

    /// What sessions of the same time have in common.
    pub(crate) fn era(&self) -> u64 {
        self.era.load(Ordering::Acquire)
    }

    /// Sessions of before are used by no read that begins from here on.
    pub(crate) fn begin_era(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    /// Where the log ends, which must reach up to the head known. The event there is remembered.
    pub(crate) async fn glance(
        &self,
        session: &Session,
        heads: &Heads,
    ) -> Result<Position, StoreError> {
        // Before the question: the log may grow meanwhile.
        let known = heads.current();
        let rows = session.query(END, &[]).await.map_err(|error| store_error(&error))?;
        let row = rows.first().ok_or_else(|| damaged("no head".to_owned()))?;
        if get(row, 0)? {
            // It may be behind, and the log nevertheless be whole.
            let why = "the server is a standby; only a primary takes commits";
            return Err(StoreError::Unavailable(why.to_owned()));
        }
        let head = position(row, 1)?;
        self.goes_on(known, head)?;
        if self.seen().is_none_or(|(last, _)| head > last) && head > Position(0) {
            match there(session, head).await? {
                Some(id) => self.note(head, id),
                None => return Err(self.shortened(format!("no event is at {} any more", head.0))),
            }
        }
        Ok(head)
    }

    /// Where the log ends, as a session says that was just made: behind it may be another server.
    /// The log must hold the last event seen, too.
    pub(crate) async fn look(
        &self,
        session: &Session,
        heads: &Heads,
    ) -> Result<Position, StoreError> {
        let seen = self.seen();
        let head = self.glance(session, heads).await?;
        let Some((position, id)) = seen else { return Ok(head) };
        let there = there(session, position).await?;
        if there == Some(id) {
            return Ok(head);
        }
        let there = there.map_or("no event".to_owned(), |there| format!("the event {there}"));
        Err(self.shortened(format!("{there} is at {}, where {id} was", position.0)))
    }

    /// Whether a log that ends there reaches up to what was known before it was asked.
    pub(crate) fn goes_on(&self, known: Position, head: Position) -> Result<(), StoreError> {
        if head >= known {
            return Ok(());
        }
        Err(self.shortened(format!("it ends at {}, and went up to {}", head.0, known.0)))
    }

    fn seen(&self) -> Option<(Position, Uuid)> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shortened(&self, how: String) -> StoreError {
        let why = StoreError::Closed(format!(
            "its log lacks events that were there: {how}; it was restored from an older copy, or \
             its server gave way to one that was behind; start again"
        ));
        self.set(why.clone());
        why
    }
}

/// The id of the event at a place, if there is one.
async fn there(session: &Session, position: Position) -> Result<Option<Uuid>, StoreError> {
    let rows = session.query(THERE, &[&bounded(position.0)]).await;
    let rows = rows.map_err(|error| store_error(&error))?;
    rows.first().map(|row| get(row, 0)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_that_only_grows_is_not_lost_and_a_shorter_one_is_for_good() {
        let lost = Lost::default();
        lost.goes_on(Position(3), Position(3)).unwrap();
        lost.goes_on(Position(3), Position(4)).unwrap();
        lost.check().unwrap();
        let waiting = tokio::spawn({
            let lost = lost.clone();
            async move { lost.told().await }
        });
        tokio::task::yield_now().await;
        let why = lost.goes_on(Position(4), Position(3)).unwrap_err();
        assert!(why.to_string().contains("ends at 3, and went up to 4"), "{why}");
        assert_eq!(waiting.await.unwrap(), why);
        lost.set(StoreError::Closed("later".to_owned()));
        assert_eq!(lost.check(), Err(why));
    }

    #[test]
    fn the_last_event_seen_is_remembered() {
        let (lost, id) = (Lost::default(), Uuid::from_u128);
        for (position, it) in [(2, 2), (5, 5), (3, 3), (5, 6)] {
            lost.note(Position(position), id(it));
        }
        assert_eq!(*lost.seen.lock().unwrap(), Some((Position(5), id(5))));
    }
}
