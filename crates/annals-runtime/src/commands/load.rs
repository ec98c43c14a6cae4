//! The state of a stream: from its snapshot, where that fits the definition, and the events after
//! it.

use annals_core::{Decider, State, StreamId, Version};

use super::CommandError;
use super::cache::Folded;
use crate::ports::Store;

/// Events read at once.
const PAGE: usize = 500;

/// The state as the store has it now.
pub(super) async fn load(
    store: &dyn Store,
    decider: &dyn Decider,
    stream: &StreamId,
) -> Result<Folded, CommandError> {
    let mut folded = match snapshot(store, decider, stream).await? {
        Some((state, version, bytes)) => Folded { state, version, bytes },
        None => Folded::initial(decider, stream),
    };
    catch_up(store, decider, stream, &mut folded).await?;
    folded.bytes = decider.encode(&folded.state).len();
    Ok(folded)
}

/// Folds what the stream has beyond the state; whether there was anything.
pub(super) async fn catch_up(
    store: &dyn Store,
    decider: &dyn Decider,
    stream: &StreamId,
    folded: &mut Folded,
) -> Result<bool, CommandError> {
    let before = folded.version;
    loop {
        let events = store.read_stream(stream, folded.version, PAGE).await?;
        for event in &events {
            folded.state = decider.evolve(&folded.state, &event.into())?;
            folded.version = event.version;
            folded.bytes += event.event.data.len();
        }
        if events.len() < PAGE {
            return Ok(folded.version != before);
        }
    }
}

/// A stale or unreadable snapshot is as good as none.
async fn snapshot(
    store: &dyn Store,
    decider: &dyn Decider,
    stream: &StreamId,
) -> Result<Option<(State, Version, usize)>, CommandError> {
    if decider.snapshot_every().is_none() {
        return Ok(None);
    }
    let kept = store.snapshot(stream).await?;
    let kept = kept.filter(|kept| *kept.fingerprint == *decider.fingerprint());
    let read = kept.and_then(|kept| {
        let state = decider.decode(&stream.id, &kept.state).ok()?;
        Some((state, kept.version, kept.state.len()))
    });
    Ok(read)
}
