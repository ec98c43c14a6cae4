//! Following the log by a query, forward and for ever, from whatever place was left. What lives
//! here knows nothing of consumers: it is for those who keep their place themselves, inside the
//! store as a position, outside it as a [`Token`].

use std::sync::Arc;

use annals_core::{Position, RecordedEvent};
use uuid::Uuid;

use crate::ports::{LogQuery, Store, StoreError};

/// Events of a page where the query names no limit.
const PAGE: usize = 1_000;

/// A place in the log that survives a restore: after one, a position alone may be another event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The place.
    pub position: Position,
    /// The event there.
    pub event_id: Uuid,
}

/// What [`Subscription::next`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Events of the query, in order; none where none of those looked at is one.
    pub events: Vec<RecordedEvent>,
    /// Up to here the log has been looked at: nothing of the query lies at or below but what was
    /// given. Whoever keeps this, and not the last event's position, never reads twice what isn't
    /// theirs.
    pub token: Token,
}

/// A reader that follows the log.
pub struct Subscription {
    store: Arc<dyn Store>,
    query: LogQuery,
}

impl Subscription {
    /// Follows the query from behind its `after`, in pages of its `limit` (0: 1,000).
    ///
    /// # Panics
    /// Where the query reads backward.
    pub fn new(store: Arc<dyn Store>, mut query: LogQuery) -> Self {
        assert!(!query.backward, "a subscription reads forward");
        if query.limit == 0 {
            query.limit = PAGE;
        }
        Self { store, query }
    }

    /// Follows the query from behind a place that was kept outside the store.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`]: the event there is another one or is missing, so the log was
    /// restored from an older copy. To go on would skip what has been appended since.
    pub async fn resume(
        store: Arc<dyn Store>,
        query: LogQuery,
        token: Token,
    ) -> Result<Self, StoreError> {
        let Token { position, event_id } = token;
        let there = store.read_at(vec![position]).await?.pop().map(|event| event.event.id);
        if there != Some(event_id) {
            let is = there.map_or("no event".to_owned(), |id| format!("the event {id}"));
            return Err(restored(format!("position {} was {event_id} and is {is}", position.0)));
        }
        Ok(Self::new(store, LogQuery { after: position, ..query }))
    }

    /// The next page, once the log goes on. Safe to drop and repeat: a page that nobody got is
    /// given again.
    ///
    /// # Errors
    /// The store's own; [`StoreError::NotOurs`] where the log ends before the subscription's place.
    pub async fn next(&mut self) -> Result<Page, StoreError> {
        let after = self.query.after;
        let mut head = self.store.head().await?;
        if head < after {
            let (head, after) = (head.0, after.0);
            return Err(restored(format!("it ends at {head} and was read up to {after}")));
        }
        if head == after {
            head = self.store.beyond(after).await?;
        }
        // The head was there before the page was read: what isn't in a page with room left isn't
        // in the log up to the head, and of what is beyond it only events in the page are known.
        let events = self.store.read_log(self.query.clone()).await?;
        let last =
            events.last().map(|last| Token { position: last.position, event_id: last.event.id });
        let token = match last {
            Some(last) if events.len() >= self.query.limit || last.position >= head => last,
            _ => self.token_at(head).await?,
        };
        self.query.after = token.position;
        Ok(Page { events, token })
    }

    async fn token_at(&self, position: Position) -> Result<Token, StoreError> {
        match self.store.read_at(vec![position]).await?.pop() {
            Some(event) => Ok(Token { position, event_id: event.event.id }),
            None => Err(restored(format!("position {} is gone", position.0))),
        }
    }
}

fn restored(how: String) -> StoreError {
    StoreError::NotOurs(format!(
        "its log was restored from an older copy: {how}; begin anew from a position that both have"
    ))
}
