//! What is recorded of an answer, and the answer again from what was recorded.

use std::sync::Arc;

use annals_core::{Position, RecordedEvent, Rejected, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answer, CommandError, Outcome};
use crate::ports::{OutcomeWrite, Store, StoreError};

/// An outcome as JSON in the store. The events of an accepted command are read from the log again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Recorded {
    /// Events up to `version`, so many.
    Accepted { version: Version, events: u64 },
    /// `position` is the head that it was decided at.
    Ignored { version: Version, position: Position },
    /// As ignored, with the reason.
    Rejected { version: Version, position: Position, rejection: Rejected },
}

/// The part of an answer that is recorded, before its events have positions.
pub(super) fn record(outcome: &Outcome, events: u64, version: Version, at: Position) -> Arc<[u8]> {
    let recorded = match outcome {
        Outcome::Accepted => Recorded::Accepted { version, events },
        Outcome::Ignored => Recorded::Ignored { version, position: at },
        Outcome::Rejected(rejection) => {
            Recorded::Rejected { version, position: at, rejection: rejection.clone() }
        }
    };
    serde_json::to_vec(&recorded).expect("names and numbers are JSON").into()
}

/// The first answer again.
pub(super) async fn replay(
    store: &dyn Store,
    first: OutcomeWrite,
    request_hash: [u8; 32],
) -> Result<Answer, CommandError> {
    let damaged = |why: String| {
        let (stream, id) = (&first.stream, first.command_id);
        StoreError::Corrupt(format!("the outcome of command {id} of {stream}: {why}"))
    };
    let recorded: Recorded =
        serde_json::from_slice(&first.outcome).map_err(|error| damaged(error.to_string()))?;
    if first.request_hash != request_hash {
        let rejected = matches!(recorded, Recorded::Rejected { .. });
        return Err(CommandError::IdReused { rejected });
    }
    let (outcome, events, version, position) = match recorded {
        Recorded::Accepted { version, events } => {
            let count = usize::try_from(events).unwrap_or(usize::MAX);
            let after = Version(version.0.saturating_sub(events));
            let read: Vec<RecordedEvent> = store.read_stream(&first.stream, after, count).await?;
            let last = read.last().filter(|_| read.len() == count);
            let position = last.ok_or_else(|| damaged("its events are not there".to_owned()))?;
            let position = position.position;
            (Outcome::Accepted, read, version, position)
        }
        Recorded::Ignored { version, position } => (Outcome::Ignored, vec![], version, position),
        Recorded::Rejected { version, position, rejection } => {
            (Outcome::Rejected(rejection), vec![], version, position)
        }
    };
    let OutcomeWrite { stream, command_id, mut correlation_id, .. } = first;
    if correlation_id.is_nil() {
        // Recorded by the first schema, which left it to the events.
        let known = events.first().map(|event| event.event.metadata.correlation_id);
        correlation_id = known.unwrap_or_default();
    }
    Ok(Answer {
        outcome,
        events,
        version,
        position,
        command_id,
        correlation_id,
        stream,
        repeated: true,
    })
}

/// SHA-256 of a command's name and canonical input, by which requests under one id are compared.
pub(super) fn request_hash(command: &str, input: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    // The length divides the two: no name and input run into another pair.
    hash.update((command.len() as u64).to_be_bytes());
    hash.update(command);
    hash.update(input);
    hash.finalize().into()
}
