//! An eventual projection: rows and checkpoint in one unit.
//!
//! A crash before the unit leaves the rows and the checkpoint as they were, and the batch is folded
//! again; a crash after it leaves both as they are. Nothing lies between. A fold that fails, or
//! gives a row that no store takes, parks its event, and the later events of the same aggregate
//! instance behind it; other instances go on.
//!
//! Rows that are being built carry another fingerprint than those that are built, until they are at
//! the head that there was when it began: a crash in the middle leaves rows of which the next start
//! knows that they can't be served yet, and goes on with them.

mod redrive;

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::{Cell, EventView, Failure, Position, Projection, RecordedEvent, Row};

use crate::ports::{BoxFuture, RowWrite, StoreError, Unit};
use crate::{failpoint, rows};

use super::engine::PAGE;
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
    /// The rows are being built up to here.
    building: Position,
    /// Up to here events are committed one by one: the store didn't take them together.
    singly: Position,
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
        let (mut checkpoint, fingerprint) = self.engine.checkpoint(&self.name).await?;
        let current = self.projection.fingerprint();
        let made_with = fingerprint.as_deref();
        let building = match made_with == Some(current) {
            true => Position(0),
            false => self.engine.heads.current(),
        };
        if made_with.is_some_and(|it| it != current && it != under_way(current)) {
            let start = self.moved(checkpoint, Position(0), building);
            let reset = Some(self.name.clone());
            self.engine.commit(Unit { reset, ..start }).await?;
            failpoint!("projection.behind-reset", |error| return Err(error));
            checkpoint = Position(0);
        }
        let parked = Parked::load(&*self.engine.store, &self.name).await?;
        Ok(Loaded { checkpoint, parked, building, singly: Position(0) })
    }

    /// A unit that moves the checkpoint.
    fn moved(&self, before: Position, reached: Position, building: Position) -> Unit {
        let current = self.projection.fingerprint();
        let under_way = under_way(current);
        let fingerprint = if reached < building { &under_way } else { current };
        let moved = Engine::moved(&self.name, before, reached, fingerprint);
        Unit { checkpoint: Some(moved), ..Unit::default() }
    }

    async fn work(&mut self, loaded: &mut Loaded) -> Result<Step, StoreError> {
        if self.requests(loaded).await? {
            return Ok(Step::Worked);
        }
        let before = loaded.checkpoint;
        let limit = if before < loaded.singly { 1 } else { PAGE };
        let reads = self.projection.reads();
        let (events, reached) = self.engine.read_some(before, reads, limit).await?;
        if reached == before {
            return Ok(Step::Idle { wake_at: None });
        }
        let mut unit = self.moved(before, reached, loaded.building);
        self.fold_all(loaded, &events, &mut unit).await?;
        if let Err(why) = self.engine.try_commit(unit).await? {
            let [event] = &*events else {
                *loaded = Loaded { singly: reached, ..self.load().await? };
                return Ok(Step::Worked);
            };
            let unit = self.moved(before, reached, loaded.building);
            self.park(loaded, event, &why, unit).await?;
        }
        loaded.checkpoint = reached;
        self.status.processed(events.len());
        Ok(Step::Worked)
    }

    /// Folds events into rows, and those that can't be folded into letters.
    async fn fold_all(
        &self,
        loaded: &mut Loaded,
        events: &[RecordedEvent],
        unit: &mut Unit,
    ) -> Result<(), StoreError> {
        let mut rows = Rows::default();
        self.read(&mut rows, events).await?;
        for event in events {
            let key: Arc<str> = event.stream.to_string().into();
            let now = self.engine.now();
            let letter = match loaded.parked.first(&key) {
                Some(first) => {
                    let behind = (first.position, now);
                    self.engine.letter_ids.blocked(&self.name, &key, event, behind)
                }
                None => match self.fold(&mut rows, event) {
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
        Ok(())
    }

    /// Parks an event whose row no store takes.
    async fn park(
        &self,
        loaded: &mut Loaded,
        event: &RecordedEvent,
        why: &str,
        mut unit: Unit,
    ) -> Result<(), StoreError> {
        let key: Arc<str> = event.stream.to_string().into();
        let story = (1, why, self.engine.now());
        let letter = self.engine.letter_ids.failed(&self.name, &key, event, story);
        unit.letters.push(letter.clone());
        self.engine.commit(unit).await?;
        loaded.parked.put(letter);
        Ok(())
    }

    /// Reads the rows that events change, those that aren't there yet.
    async fn read(&self, rows: &mut Rows, events: &[RecordedEvent]) -> Result<(), StoreError> {
        let keys = events.iter().filter_map(|it| self.projection.key(&EventView::from(it)).ok());
        let keys = keys.filter(|key| !rows.by_key.contains_key(&rows::slot(key)));
        let stored = rows::stored(&*self.engine.store, &self.name, keys).await?;
        for (slot, (key, found)) in stored {
            let row = found.map(|(row, _)| row);
            rows.by_key.insert(slot, (key, row, Position(0), false));
        }
        Ok(())
    }

    /// Folds one event into the batch's rows, which have been read.
    fn fold(&self, rows: &mut Rows, event: &RecordedEvent) -> Result<(), Failure> {
        let view = EventView::from(event);
        let key = self.projection.key(&view)?;
        let own = rows.by_key.get_mut(&rows::slot(&key)).ok_or_else(rows::other_key)?;
        let (_, row, position, written) = own;
        *row = Some(self.projection.fold(&key, row.as_ref(), &view)?);
        *position = event.position;
        *written = true;
        Ok(())
    }
}

/// The fingerprint of rows that are being built.
fn under_way(fingerprint: &str) -> String {
    format!("{fingerprint}, being built")
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
