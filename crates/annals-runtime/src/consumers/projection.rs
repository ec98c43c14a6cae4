//! An eventual projection: rows and checkpoint in one unit.
//!
//! A crash before the unit leaves the rows and the checkpoint as they were, and the batch is folded
//! again; a crash after it leaves both as they are. Nothing lies between. A fold that fails parks
//! its event, and the later events of the same aggregate instance behind it; other instances go on.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, RecordedEvent, Row};

use crate::ports::{BoxFuture, LetterStatus, Request, RowWrite, StoreError, Unit};

use super::letters::{discarded, failed_again, redriven};
use super::parked::Parked;
use super::{Consumer, Engine, Status, Step};

/// The engine of one eventual projection.
pub struct ProjectionConsumer {
    engine: Engine,
    projection: Arc<dyn Projection>,
    name: Arc<str>,
    status: Status,
    loaded: Option<Loaded>,
}

/// What it knows of its own progress; gone after an error of the store.
struct Loaded {
    checkpoint: Position,
    parked: Parked,
}

/// Rows of one batch, by key, as they will be.
#[derive(Default)]
struct Rows {
    by_key: HashMap<String, (Cell, Option<Row>, Position, bool)>,
}

impl ProjectionConsumer {
    /// The consumer of a projection.
    pub fn new(engine: Engine, projection: Arc<dyn Projection>) -> Self {
        let name = projection.table().name.clone();
        let status = Status::new(&name, "projection", None);
        Self { engine, projection, name, status, loaded: None }
    }

    /// Loads progress; a changed definition empties the table and begins again.
    async fn load(&self) -> Result<Loaded, StoreError> {
        let (checkpoint, fingerprint) = self.engine.checkpoint(&self.name).await?;
        let current = self.projection.fingerprint();
        if fingerprint.as_deref().is_some_and(|made_with| made_with != current) {
            let unit = Unit {
                reset: Some(self.name.clone()),
                checkpoint: Some(Engine::moved(&self.name, checkpoint, Position(0), current)),
                ..Unit::default()
            };
            self.engine.commit(unit).await?;
            return Ok(Loaded { checkpoint: Position(0), parked: Parked::default() });
        }
        let parked = Parked::load(&*self.engine.store, &self.name).await?;
        Ok(Loaded { checkpoint, parked })
    }

    async fn work(&mut self, loaded: &mut Loaded) -> Result<Step, StoreError> {
        if self.requests(loaded).await? {
            return Ok(Step::Worked);
        }
        let before = loaded.checkpoint;
        let reads = self.projection.reads();
        let (events, reached) = self.engine.read(before, reads).await?;
        if reached == before {
            return Ok(Step::Idle { wake_at: None });
        }
        let mut unit = Unit::default();
        let mut rows = Rows::default();
        for event in &events {
            let key: Arc<str> = event.stream.to_string().into();
            let now = self.engine.now();
            let letter = match loaded.parked.first(&key) {
                Some(first) => {
                    let behind = (first.position, now);
                    self.engine.letter_ids.blocked(&self.name, &key, event, behind)
                }
                None => match self.fold(&mut rows, event).await? {
                    Ok(()) => continue,
                    Err(failure) => {
                        let story = (1, &*failure.to_string(), now);
                        self.engine.letter_ids.failed(&self.name, &key, event, story)
                    }
                },
            };
            loaded.parked.put(letter.clone());
            unit.letters.push(letter);
        }
        unit.rows = rows.writes(&self.name);
        let fingerprint = self.projection.fingerprint();
        unit.checkpoint = Some(Engine::moved(&self.name, before, reached, fingerprint));
        self.engine.commit(unit).await?;
        loaded.checkpoint = reached;
        self.status.processed(events.len());
        Ok(Step::Worked)
    }

    /// Folds one event into the batch's rows; the inner error is the event's own.
    async fn fold(
        &self,
        rows: &mut Rows,
        event: &RecordedEvent,
    ) -> Result<Result<(), Failure>, StoreError> {
        let view = EventView::from(event);
        let key = match self.projection.key(&view) {
            Ok(key) => key,
            Err(failure) => return Ok(Err(failure)),
        };
        let text = format!("{key:?}");
        if !rows.by_key.contains_key(&text) {
            let stored = self.engine.store.row(&self.name, &key).await?;
            let row = stored.map(|(row, _)| row);
            rows.by_key.insert(text.clone(), (key.clone(), row, Position(0), false));
        }
        let Some((_, row, position, written)) = rows.by_key.get_mut(&text) else {
            return Ok(Ok(()));
        };
        match self.projection.fold(&key, row.as_ref(), &view) {
            Ok(next) => {
                *row = Some(next);
                *position = event.position;
                *written = true;
                Ok(Ok(()))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Takes up what people asked of its letters. True where something was done.
    async fn requests(&self, loaded: &mut Loaded) -> Result<bool, StoreError> {
        if loaded.parked.dead() == 0 {
            return Ok(false);
        }
        for (number, request) in self.engine.store.requests().await? {
            let (id, given_up) = match &request {
                Request::Redrive(id) => (*id, None),
                Request::Discard { letter, reason, .. } => (*letter, Some(reason.clone())),
            };
            let Some(failed) = loaded.parked.failed(id).cloned() else { continue };
            let mut unit = Unit { requests_done: vec![number], ..Unit::default() };
            if let Some(reason) = given_up {
                let letter = discarded(&failed, &reason, self.engine.now());
                loaded.parked.put(letter.clone());
                unit.letters.push(letter);
            }
            self.redrive(loaded, &failed.key, &mut unit).await?;
            self.engine.commit(unit).await?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Folds a key's letters in order until one fails.
    async fn redrive(
        &self,
        loaded: &mut Loaded,
        key: &str,
        unit: &mut Unit,
    ) -> Result<(), StoreError> {
        let mut rows = Rows::default();
        while let Some(letter) = loaded.parked.first(key).cloned() {
            let event = self.engine.store.read_at(vec![letter.position]).await?;
            let Some(event) = event.first() else { break };
            let now = self.engine.now();
            let tried = match self.fold(&mut rows, event).await? {
                Ok(()) => redriven(&letter, now),
                Err(failure) => failed_again(&letter, (1, &failure.to_string(), now)),
            };
            let failed = tried.status == LetterStatus::Failed;
            loaded.parked.put(tried.clone());
            unit.letters.push(tried);
            if failed {
                break;
            }
        }
        unit.rows = rows.writes(&self.name);
        Ok(())
    }
}

impl Rows {
    fn writes(self, projection: &Arc<str>) -> Vec<RowWrite> {
        let written = self.by_key.into_values().filter(|(_, _, _, written)| *written);
        written
            .filter_map(|(key, row, position, _)| {
                Some(RowWrite {
                    projection: projection.clone(),
                    key,
                    row: row?,
                    read: None,
                    position: Some(position),
                })
            })
            .collect()
    }
}

impl Consumer for ProjectionConsumer {
    fn status(&self) -> &Status {
        &self.status
    }

    fn step(&mut self) -> BoxFuture<'_, Result<Step, StoreError>> {
        Box::pin(async move {
            let mut loaded = match self.loaded.take() {
                Some(loaded) => loaded,
                None => self.load().await?,
            };
            let step = self.work(&mut loaded).await?;
            self.status.at(loaded.checkpoint);
            self.status.failed_letters(loaded.parked.dead());
            self.status.idle(matches!(step, Step::Idle { .. }));
            self.loaded = Some(loaded);
            Ok(step)
        })
    }

    fn let_go(&mut self) {
        self.loaded = None;
    }

    /// Its checkpoint is past the event: it knows that it has seen it.
    fn redeliver(&mut self, _event: &RecordedEvent) {}
}
