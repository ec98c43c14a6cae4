//! Reading by query.

use std::collections::BTreeMap;
use std::ops::Bound;

use annals_core::{Cell, Position, RecordedEvent, Row, StreamId, Version};

use super::cells::KeyCell;
use super::state::State;
use crate::ports::{Letter, LetterQuery, LogQuery, SagaQuery, SagaRow};

/// Events by a query, in its order.
pub(super) fn log(state: &State, query: &LogQuery) -> Vec<RecordedEvent> {
    let wanted = |event: &&RecordedEvent| {
        let LogQuery { names, stream, aggregate, tags, correlation_id, .. } = query;
        (names.is_empty() || names.contains(&event.event.type_.name))
            && stream.as_ref().is_none_or(|stream| *stream == event.stream)
            && aggregate.as_ref().is_none_or(|it| *it == event.stream.aggregate)
            && tags.iter().all(|tag| event.event.tags.contains(tag))
            && correlation_id.is_none_or(|id| id == event.event.metadata.correlation_id)
            && !(query.without_sagas && event.stream.is_history())
    };
    let place = usize::try_from(query.after.0).unwrap_or(usize::MAX).min(state.events.len());
    if query.backward {
        let end = if place == 0 || query.after.0 > state.events.len() as u64 {
            state.events.len()
        } else {
            place - 1
        };
        return state.events[..end]
            .iter()
            .rev()
            .filter(wanted)
            .take(query.limit)
            .cloned()
            .collect();
    }
    state.events[place..].iter().filter(wanted).take(query.limit).cloned().collect()
}

/// Events of one stream after a version.
pub(super) fn stream(
    state: &State,
    stream: &StreamId,
    after: Version,
    limit: usize,
) -> Vec<RecordedEvent> {
    let positions = state.streams.get(stream).map_or(&[][..], Vec::as_slice);
    let after = usize::try_from(after.0).unwrap_or(usize::MAX).min(positions.len());
    let wanted = positions[after..].iter().take(limit);
    wanted.filter_map(|position| state.event(*position).cloned()).collect()
}

/// Stored event types, and where the first event of each is.
pub(super) fn types(state: &State) -> Vec<(String, Position)> {
    let mut firsts: BTreeMap<String, Position> = BTreeMap::new();
    for event in &state.events {
        firsts.entry(event.event.type_.to_string()).or_insert(event.position);
    }
    firsts.into_iter().collect()
}

/// Rows by key order after a key.
pub(super) fn rows(
    state: &State,
    projection: &str,
    after: Option<Cell>,
    limit: usize,
) -> Vec<(Row, Position)> {
    let Some(rows) = state.tables.get(projection) else { return Vec::new() };
    let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(KeyCell(key)));
    let range = rows.by_key.range((from, Bound::Unbounded));
    range.take(limit).map(|(_, row)| row.clone()).collect()
}

/// Letters by id.
pub(super) fn letters(state: &State, query: &LetterQuery) -> Vec<Letter> {
    let wanted = |letter: &&Letter| {
        letter.id > query.after
            && query.id.is_none_or(|id| id == letter.id)
            && query.consumer.as_ref().is_none_or(|consumer| *consumer == letter.consumer)
            && query.key.as_ref().is_none_or(|key| *key == letter.key)
            && (query.statuses.is_empty() || query.statuses.contains(&letter.status))
    };
    state.letters.values().filter(wanted).take(all(query.limit)).cloned().collect()
}

/// Saga instances by key.
pub(super) fn sagas(state: &State, query: &SagaQuery) -> Vec<SagaRow> {
    let wanted = |saga: &&SagaRow| {
        saga.saga == query.saga
            && query.key.as_ref().is_none_or(|key| *key == saga.key)
            && query.after.as_ref().is_none_or(|after| saga.key > *after)
            && query.status.as_ref().is_none_or(|status| *status == saga.status)
            && (!query.open || saga.open)
    };
    state.sagas.values().filter(wanted).take(all(query.limit)).cloned().collect()
}

/// 0 asks for all.
fn all(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}
