//! A reaction: what an event or the clock causes, a command or a call outside.
//!
//! No outbox is needed: the log is the outbox, and the checkpoint says up to where it is emptied.
//! The checkpoint stays below every event that is neither done nor written down as a letter, so
//! that a crash makes the reaction repeat what it had done above it: the commands are recognised by
//! their ids, the calls carry their idempotency keys. Attempts and due times of retries are rows of
//! their own, so that a crash doesn't begin the count anew. A wait (`after`) is a timer row,
//! committed with the checkpoint that passes its event, and removed once the event is done or a
//! letter.

mod act;
mod loaded;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::delivery::{Attempt, Offered};
use annals_core::{Position, ReactionLogic, RecordedEvent, Timestamp};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::ports::{BoxFuture, Request, StoreError, Timer, Unit};

use super::alongside::alongside;
use super::letters::discarded;
use super::{Consumer, Engine, Status, Step};
use act::{Acted, act};
use loaded::Loaded;

/// Attempts at once.
const AT_ONCE: usize = 64;

/// Settled events that are worth a checkpoint of their own while there is more to do.
const CHECKPOINT_EVERY: u64 = 256;

type Flight = FuturesUnordered<BoxFuture<'static, (Option<Attempt>, Acted)>>;

/// The engine of one reaction.
pub struct ReactionConsumer {
    engine: Engine,
    logic: Arc<dyn ReactionLogic>,
    name: Arc<str>,
    names: Vec<Arc<str>>,
    status: Status,
    loaded: Option<Loaded>,
    flight: Flight,
    again: Vec<RecordedEvent>,
}

impl ReactionConsumer {
    /// The consumer of a reaction.
    pub fn new(engine: Engine, logic: Arc<dyn ReactionLogic>) -> Self {
        let status = Status::new(logic.name(), "reaction", logic.held());
        let mut names: Vec<Arc<str>> = logic.on().iter().chain(logic.unless()).cloned().collect();
        names.sort();
        names.dedup();
        Self {
            name: logic.name().into(),
            engine,
            logic,
            names,
            status,
            loaded: None,
            flight: FuturesUnordered::new(),
            again: Vec::new(),
        }
    }

    async fn work(&mut self, loaded: &mut Loaded) -> Result<Step, StoreError> {
        let mut unit = Unit::default();
        let mut worked = self.requests(loaded, &mut unit).await?;
        if self.logic.held().is_some() {
            // It reads nothing and acts on nothing; letters can be given up all the same.
            if loaded.must_write(&unit) {
                loaded.write(&self.engine, &self.name, unit).await?;
                return Ok(Step::Worked);
            }
            return Ok(Step::Idle { wake_at: None });
        }
        worked |= self.read(loaded, &mut unit).await?;
        self.fire(loaded, &mut unit).await?;
        worked |= self.begin(loaded).await?;
        let mut ended = Vec::new();
        if loaded.must_write(&unit) {
            let write = loaded.write(&self.engine, &self.name, std::mem::take(&mut unit));
            alongside(&mut self.flight, &mut ended, write).await?;
        }
        if ended.is_empty() && !self.flight.is_empty() && !worked {
            self.wait(loaded, &mut ended).await;
        }
        while let Some(Some(more)) = self.flight.next().now_or_never() {
            ended.push(more);
        }
        worked |= !ended.is_empty();
        for (attempt, acted) in ended {
            self.settle(loaded, &mut unit, attempt, acted)?;
        }
        let unsaved = loaded.unsaved();
        let at_rest = !worked && self.flight.is_empty();
        if loaded.must_write(&unit) || unsaved >= CHECKPOINT_EVERY || (at_rest && unsaved > 0) {
            loaded.write(&self.engine, &self.name, unit).await?;
            worked = true;
        }
        let under_way = worked || !self.flight.is_empty();
        Ok(if under_way { Step::Worked } else { Step::Idle { wake_at: loaded.wake_at() } })
    }

    /// Reads on, while there is room. True where events were read.
    async fn read(&mut self, loaded: &mut Loaded, unit: &mut Unit) -> Result<bool, StoreError> {
        let reached = loaded.delivery.reached();
        if loaded.room() == 0 || self.engine.heads.current() <= reached {
            return Ok(false);
        }
        let (events, to) = self.engine.read(reached, &self.names).await?;
        for event in &events {
            let name = &event.event.type_.name;
            if self.logic.unless().contains(name) {
                loaded.call_off(&event.stream, unit, &self.name);
            }
            if self.logic.on().contains(name) {
                self.take(loaded, unit, event);
            }
        }
        loaded.delivery.read_to(to);
        Ok(!events.is_empty())
    }

    /// Takes an event in: to wait, to be acted on, or to be blocked behind a letter.
    fn take(&self, loaded: &mut Loaded, unit: &mut Unit, event: &RecordedEvent) {
        if let Some(after_us) = self.logic.after_us() {
            if loaded.delivery.knows(event.position) {
                // It is a letter since before the last crash, from when there was no wait.
                return;
            }
            let timer = Timer {
                consumer: self.name.clone(),
                position: event.position,
                stream: event.stream.clone(),
                due: Timestamp(event.event.time.0.saturating_add(after_us)),
            };
            loaded.timers.insert((timer.due, timer.position), timer.clone());
            unit.timers.push(timer);
            return;
        }
        let key: Arc<str> = event.stream.to_string().into();
        self.offer(loaded, unit, event, &key);
    }

    fn offer(&self, loaded: &mut Loaded, unit: &mut Unit, event: &RecordedEvent, key: &Arc<str>) {
        match loaded.delivery.offer(event.position, key) {
            Offered::Accepted => {
                loaded.events.insert(event.position, event.clone());
            }
            Offered::Blocked { behind } => {
                let at = (behind, self.engine.now());
                let letter = self.engine.letter_ids.blocked(&self.name, key, event, at);
                loaded.parked.put(letter.clone());
                unit.letters.push(letter);
            }
            Offered::Known => {}
        }
    }

    /// Offers the events whose wait is over. What would call them off is read first: a timer fires
    /// only once the log is read to its end.
    async fn fire(&mut self, loaded: &mut Loaded, unit: &mut Unit) -> Result<(), StoreError> {
        let now = self.engine.now();
        if loaded.timers.is_empty() || self.engine.heads.current() > loaded.delivery.reached() {
            return Ok(());
        }
        let room = loaded.room();
        let mut due = Vec::new();
        while due.len() < room
            && let Some(first) = loaded.timers.first_entry()
            && first.key().0 <= now
        {
            due.push(first.remove());
        }
        let waiting = due.into_iter().filter(|timer| !loaded.fired.contains_key(&timer.position));
        let fired: BTreeMap<Position, Timer> =
            waiting.map(|timer| (timer.position, timer)).collect();
        let positions: Vec<Position> = fired.keys().copied().collect();
        loaded.fired.extend(fired);
        for chunk in positions.chunks(super::engine::PAGE) {
            for event in self.engine.store.read_at(chunk.to_vec()).await? {
                let key: Arc<str> = event.stream.to_string().into();
                let letters = unit.letters.len();
                self.offer(loaded, unit, &event, &key);
                if unit.letters.len() > letters {
                    // Blocked behind a letter: the letter takes the timer's place.
                    self.take_timer(loaded, unit, event.position);
                }
            }
        }
        Ok(())
    }

    /// Begins the attempts that are due. True where there were any.
    async fn begin(&mut self, loaded: &mut Loaded) -> Result<bool, StoreError> {
        for event in self.again.drain(..) {
            if self.logic.after_us().is_none() && self.logic.on().contains(&event.event.type_.name)
            {
                let acting = act(self.engine.clone(), self.logic.clone(), event, false);
                self.flight.push(Box::pin(acting.map(|acted| (None, acted))));
            }
        }
        let room = AT_ONCE.saturating_sub(self.flight.len());
        let attempts = loaded.delivery.due(self.engine.now(), room);
        let any = !attempts.is_empty();
        for attempt in attempts {
            let event = match loaded.events.get(&attempt.position) {
                Some(event) => event.clone(),
                None => {
                    let found = self.engine.store.read_at(vec![attempt.position]).await?;
                    found.into_iter().next().ok_or_else(|| {
                        let at = attempt.position.0;
                        StoreError::Corrupt(format!("the log has no event at position {at}"))
                    })?
                }
            };
            let redriven = attempt.redriven;
            let acting = act(self.engine.clone(), self.logic.clone(), event, redriven);
            self.flight.push(Box::pin(acting.map(|acted| (Some(attempt), acted))));
        }
        Ok(any)
    }

    /// Waits until an attempt ends, another becomes due, or the log grows.
    async fn wait(&mut self, loaded: &Loaded, ended: &mut Vec<(Option<Attempt>, Acted)>) {
        let clock = self.engine.clock.clone();
        // What is due has to wait for a place when all are taken: then only an ended attempt
        // matters.
        let due = if self.flight.len() < AT_ONCE { loaded.wake_at() } else { None };
        let mut heads = self.engine.heads.subscribe();
        let grown = self.engine.heads.current() > loaded.delivery.reached() && loaded.room() > 0;
        tokio::select! {
            biased;
            one = self.flight.next() => ended.extend(one),
            () = async {}, if grown => {}
            _ = heads.changed(), if loaded.room() > 0 => {}
            () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {}
        }
    }

    /// Takes up what people asked of its letters. True where there was something.
    async fn requests(&mut self, loaded: &mut Loaded, unit: &mut Unit) -> Result<bool, StoreError> {
        if loaded.parked.dead() == 0 {
            return Ok(false);
        }
        let mut any = false;
        for (number, request) in self.engine.store.requests().await? {
            match request {
                Request::Redrive(id) => {
                    let Some(failed) = loaded.parked.failed(id) else { continue };
                    if self.logic.held().is_some() {
                        // Nothing can be tried here: whoever asked learns that it is dead still.
                        unit.requests_done.push(number);
                        any = true;
                    } else if loaded.delivery.redrive(&failed.key, failed.position) {
                        loaded.asked.insert(failed.key.clone(), number);
                        any = true;
                    }
                }
                Request::Discard { letter, reason, .. } => {
                    let Some(failed) = loaded.parked.failed(letter).cloned() else { continue };
                    if loaded.delivery.redrives(&failed.key) {
                        continue;
                    }
                    unit.requests_done.push(number);
                    // It may wait for a retry of its redrive, which nobody tries any more.
                    unit.requests_done.extend(loaded.asked.remove(&failed.key));
                    loaded.resolve(unit, discarded(&failed, &reason, self.engine.now()));
                    any = true;
                }
            }
        }
        Ok(any)
    }
}

impl Consumer for ReactionConsumer {
    fn status(&self) -> &Status {
        &self.status
    }

    fn step(&mut self) -> BoxFuture<'_, Result<Step, StoreError>> {
        Box::pin(async move {
            let mut loaded = match self.loaded.take() {
                Some(loaded) => loaded,
                None => {
                    self.flight = FuturesUnordered::new();
                    Loaded::load(&self.engine, &self.name).await?
                }
            };
            let step = self.work(&mut loaded).await?;
            let delivery = &loaded.delivery;
            self.status.at(loaded.position());
            self.status.under_way(
                delivery.pending() + self.flight.len(),
                delivery.retrying(),
                loaded.timers.len(),
            );
            self.status.failed_letters(loaded.parked.dead());
            self.status.idle(matches!(step, Step::Idle { .. }));
            self.loaded = Some(loaded);
            Ok(step)
        })
    }

    fn let_go(&mut self) {
        self.loaded = None;
        self.flight = FuturesUnordered::new();
    }

    fn redeliver(&mut self, event: &RecordedEvent) {
        self.again.push(event.clone());
    }
}
