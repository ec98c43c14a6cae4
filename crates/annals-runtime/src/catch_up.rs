//! Bringing an immediate projection up to the log before commands are taken.
//!
//! Its rows are written with their events, and its checkpoint only now and then. So a row's
//! position says what is in it: an event at or before it is skipped. What a crash leaves behind is
//! rows and a checkpoint of the same batch, or neither.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, RecordedEvent, Row};

use crate::ports::{CheckpointWrite, LogQuery, Refusal, RowWrite, Store, StoreError, Unit};
use crate::start::StartError;
use crate::{failpoint, rows};

/// Events folded in one commit.
const PAGE: usize = 1_000;

/// One row: key, cells, the position in it, and the position that it was read with.
struct Held {
    key: Cell,
    row: Option<Row>,
    at: Position,
    read: Position,
}

/// Folds what the rows don't hold yet, from the start where the definition has changed; the
/// checkpoint afterwards.
///
/// # Errors
/// [`StartError::Unfoldable`] and [`StartError::Store`].
pub(crate) async fn catch_up(
    store: &dyn Store,
    projection: &Arc<dyn Projection>,
) -> Result<Position, StartError> {
    let name = &projection.table().name;
    let stored = store.checkpoint(name).await?;
    let mut at = stored.as_ref().map_or(Position(0), |it| it.position);
    if stored.is_none_or(|it| *it.fingerprint != *projection.fingerprint()) {
        let reset = Some(name.clone());
        let reset = Unit { reset, ..moved(projection, at, Position(0)) };
        commit(store, reset).await?.map_err(StoreError::Unavailable)?;
        at = Position(0);
        failpoint!("catch-up.behind-reset", |error| return Err(error.into()));
    }
    let head = store.head().await?;
    let mut limit = PAGE;
    loop {
        let names = projection.reads().to_vec();
        let without_sagas = true;
        let query = LogQuery { after: at, limit, names, without_sagas, ..Default::default() };
        let events = store.read_log(query).await?;
        let to = match events.last() {
            Some(last) if events.len() == limit => last.position,
            last => last.map_or(head, |last| last.position.max(head)),
        };
        if to == at {
            return Ok(at);
        }
        let rows = fold(store, &**projection, &events).await?;
        match commit(store, Unit { rows, ..moved(projection, at, to) }).await? {
            Ok(()) => {
                at = to;
                failpoint!("catch-up.behind-page", |error| return Err(error.into()));
            }
            // One event's row is at fault; alone, it is found out.
            Err(_) if limit > 1 => {
                limit = 1;
                continue;
            }
            Err(reason) => return Err(unstorable(name, &events, reason)),
        }
        if events.len() < limit {
            return Ok(at);
        }
    }
}

fn moved(projection: &Arc<dyn Projection>, expected: Position, position: Position) -> Unit {
    let consumer = projection.table().name.clone();
    let fingerprint = projection.fingerprint().into();
    let write = CheckpointWrite { consumer, expected, position, fingerprint };
    Unit { checkpoint: Some(write), ..Unit::default() }
}

/// Commits a unit; the inner error says why no store takes its rows.
async fn commit(store: &dyn Store, unit: Unit) -> Result<Result<(), String>, StoreError> {
    match store.commit(vec![unit]).await?.pop() {
        None | Some(Ok(_)) => Ok(Ok(())),
        Some(Err(Refusal::Unstorable(why))) => Ok(Err(why)),
        Some(Err(refusal)) => Err(StoreError::NotOurs(format!(
            "another process writes to it while this one starts: {refusal:?}"
        ))),
    }
}

fn unstorable(projection: &Arc<str>, events: &[RecordedEvent], reason: String) -> StartError {
    let position = events.last().map_or(Position(0), |last| last.position);
    let failure = Failure::Evaluation { place: "its row".into(), reason };
    StartError::Unfoldable { projection: projection.clone(), position, failure }
}

async fn fold(
    store: &dyn Store,
    projection: &dyn Projection,
    events: &[RecordedEvent],
) -> Result<Vec<RowWrite>, StartError> {
    let name = &projection.table().name;
    // As in the append: without a position.
    let view = |event| EventView { position: None, ..EventView::from(event) };
    let keys = events.iter().filter_map(|event| projection.key(&view(event)).ok());
    let stored = rows::stored(store, name, keys).await?;
    let held = stored.into_iter().map(|(slot, (key, found))| {
        let (row, at) = found.map_or((None, Position(0)), |(row, at)| (Some(row), at));
        (slot, Held { key, row, at, read: at })
    });
    let mut held: HashMap<String, Held> = held.collect();
    for event in events {
        let failed = |failure: Failure| StartError::Unfoldable {
            projection: name.clone(),
            position: event.position,
            failure,
        };
        let view = view(event);
        let key = projection.key(&view).map_err(failed)?;
        let own = held.get_mut(&rows::slot(&key));
        let own = own.ok_or_else(|| failed(rows::other_key()))?;
        if own.at >= event.position {
            continue;
        }
        own.row = Some(projection.fold(&key, own.row.as_ref(), &view).map_err(failed)?);
        own.at = event.position;
    }
    let changed = held.into_values().filter(|own| own.at != own.read);
    let write = |own: Held| {
        let (read, position) = (Some(own.read), Some(own.at));
        Some(RowWrite { projection: name.clone(), key: own.key, row: own.row?, read, position })
    };
    Ok(changed.filter_map(write).collect())
}
