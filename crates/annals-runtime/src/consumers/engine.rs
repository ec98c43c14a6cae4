//! What all consumers share.

use std::sync::Arc;

use annals_core::{Position, RecordedEvent, RetryPolicy, Timestamp, Upcaster};

use crate::ports::{
    Caller, CheckpointWrite, Clock, Committed, Entropy, LogQuery, Refusal, Store, StoreError, Unit,
};
use crate::{Commands, Committer, Heads, LetterIds, failpoint};

/// Events that are read at once.
pub(super) const PAGE: usize = 512;

/// The store, the committer, the command path and the world, as consumers use them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Where everything is read.
    pub store: Arc<dyn Store>,
    /// Where everything is committed.
    pub committer: Committer,
    /// Where sagas and reactions send their commands.
    pub commands: Arc<Commands>,
    /// Where reactions call outside.
    pub caller: Arc<dyn Caller>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// For ids and jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Where the log ends.
    pub heads: Heads,
    /// Retries before an event is parked.
    pub retries: RetryPolicy,
    /// Brings stored events to their latest version.
    pub upcaster: Arc<dyn Upcaster>,
    /// Numbers of new letters.
    pub letter_ids: LetterIds,
}

impl Engine {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The next events of these names, and up to where the log is read with them.
    pub(super) async fn read(
        &self,
        after: Position,
        names: &[Arc<str>],
    ) -> Result<(Vec<RecordedEvent>, Position), StoreError> {
        self.read_some(after, names, PAGE).await
    }

    /// The same, `limit` events at most.
    pub(super) async fn read_some(
        &self,
        after: Position,
        names: &[Arc<str>],
        limit: usize,
    ) -> Result<(Vec<RecordedEvent>, Position), StoreError> {
        // The head first: an event that is committed while we read lies behind it and comes next.
        let head = self.heads.current();
        // Histories of sagas are events too, and an event of the model may share a name with one.
        let query = LogQuery {
            after,
            limit,
            names: names.to_vec(),
            without_sagas: true,
            ..LogQuery::default()
        };
        let events = self.store.read_log(query).await?;
        let reached = match events.last() {
            Some(last) if events.len() == limit => last.position,
            Some(last) => last.position.max(head),
            None => head.max(after),
        };
        Ok((events, reached))
    }

    /// Commits a consumer's unit. A refusal means that another process serves this consumer.
    pub(super) async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let committed = self.try_commit(unit).await?;
        committed.map_err(|why| {
            StoreError::Unavailable(format!("a consumer's unit can't be stored: {why}"))
        })
    }

    /// The same; the inner error says what in the unit no store takes: no matter how often it is
    /// brought, so that its events have to be parked.
    pub(super) async fn try_commit(
        &self,
        unit: Unit,
    ) -> Result<Result<Committed, String>, StoreError> {
        failpoint!("consumer.before-commit", |error| return Err(error));
        let verdict = self.committer.commit(unit).await?;
        failpoint!("consumer.behind-commit", |error| return Err(error));
        match verdict {
            Ok(committed) => Ok(Ok(committed)),
            Err(Refusal::Unstorable(why)) => Ok(Err(why)),
            Err(Refusal::Unfoldable(failure)) => Ok(Err(failure.to_string())),
            Err(Refusal::StaleCheckpoint { consumer, actual }) => {
                Err(StoreError::Unavailable(format!(
                    "{consumer} stands at position {}, where another process left it",
                    actual.0
                )))
            }
            Err(other) => {
                Err(StoreError::Unavailable(format!("a consumer's unit was refused: {other:?}")))
            }
        }
    }

    /// Where a consumer stands, and the fingerprint of the definition that it stood there with.
    pub(super) async fn checkpoint(
        &self,
        consumer: &str,
    ) -> Result<(Position, Option<Arc<str>>), StoreError> {
        let stored = self.store.checkpoint(consumer).await?;
        Ok(stored.map_or((Position(0), None), |at| (at.position, Some(at.fingerprint))))
    }

    pub(crate) fn moved(
        consumer: &Arc<str>,
        expected: Position,
        position: Position,
        fingerprint: &str,
    ) -> CheckpointWrite {
        CheckpointWrite {
            consumer: consumer.clone(),
            expected,
            position,
            fingerprint: fingerprint.into(),
        }
    }
}
