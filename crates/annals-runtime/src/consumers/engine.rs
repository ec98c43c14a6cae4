//! What all consumers share.

use std::sync::Arc;

use annals_core::{Position, RecordedEvent, RetryPolicy, Timestamp, Upcaster};

use crate::ports::{
    Caller, CheckpointWrite, Clock, Committed, Entropy, LogQuery, Refusal, Store, StoreError, Unit,
};
use crate::{Commands, Committer, Heads, LetterIds};

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
        // The head first: an event that is committed while we read lies behind it and comes next.
        let head = self.heads.current();
        // Histories of sagas are events too, and an event of the model may share a name with one.
        let query = LogQuery {
            after,
            limit: PAGE,
            names: names.to_vec(),
            without_sagas: true,
            ..LogQuery::default()
        };
        let events = self.store.read_log(query).await?;
        let reached = match events.last() {
            Some(last) if events.len() == PAGE => last.position,
            Some(last) => last.position.max(head),
            None => head.max(after),
        };
        Ok((events, reached))
    }

    /// Commits a consumer's unit. A refusal means that another process serves this consumer.
    pub(super) async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.committer.commit(unit).await?.map_err(|refusal| match refusal {
            Refusal::StaleCheckpoint { consumer, actual } => StoreError::Unavailable(format!(
                "{consumer} stands at position {}, where another process left it",
                actual.0
            )),
            other => StoreError::Unavailable(format!("a consumer's unit was refused: {other:?}")),
        })
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
