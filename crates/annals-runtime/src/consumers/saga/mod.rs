//! A saga: the machine of `annals-core`, fed from the log, from the answers to its commands and
//! from the clock.
//!
//! The order of every step is: take inputs, decide, commit the history with the checkpoint, and
//! only then send. A crash before the commit leaves nothing: the inputs come again (events from the
//! log, answers from the commands' recorded outcomes, the time from the clock). A crash after it
//! leaves commands that were decided and perhaps sent: whoever loads the instance sends what is
//! unanswered again, under the same ids. Commands of one instance to one stream go one after the
//! other, so that a compensation never overtakes its step.

mod book;
mod dispatch;
mod instances;

use std::sync::Arc;

use annals_core::saga::{CommandResult, SagaInput};
use annals_core::{EventView, Position, RecordedEvent, Reply, SagaLogic, Timestamp};
use futures_util::FutureExt;
use futures_util::stream::StreamExt;

use crate::ports::{BoxFuture, Request, StoreError};

use super::alongside::alongside;
use super::letters::{discarded, failed_again, redriven};
use super::{Consumer, Engine, Status, Step};
use book::Book;
use dispatch::{Ended, Flight};
use instances::Instances;

/// The engine of one saga.
pub struct SagaConsumer {
    engine: Engine,
    logic: Arc<dyn SagaLogic>,
    name: Arc<str>,
    names: Vec<Arc<str>>,
    status: Status,
    loaded: Option<Loaded>,
    flight: Flight,
    again: Vec<RecordedEvent>,
}

/// What it knows of its own progress; gone after an error of the store.
struct Loaded {
    /// The checkpoint that the store has.
    saved: Position,
    /// Up to where the log has been read.
    reached: Position,
    instances: Instances,
    parked: super::parked::Parked,
}

impl SagaConsumer {
    /// The consumer of a saga.
    pub fn new(engine: Engine, logic: Arc<dyn SagaLogic>) -> Self {
        let definition = logic.definition();
        let streamed = definition.steps.iter().filter(|step| step.reply == Reply::Stream);
        let answers = streamed.flat_map(|step| step.done.iter().chain(&step.failed));
        let mut names: Vec<Arc<str>> = std::iter::once(&definition.start)
            .chain(&definition.cancel)
            .chain(answers)
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        let status = Status::new(&definition.name, "saga", None);
        Self {
            name: definition.name.clone(),
            engine,
            logic,
            names,
            status,
            loaded: None,
            flight: Flight::default(),
            again: Vec::new(),
        }
    }

    async fn load(&mut self) -> Result<Loaded, StoreError> {
        self.flight = Flight::default();
        let (saved, _) = self.engine.checkpoint(&self.name).await?;
        let parked = super::parked::Parked::load(&*self.engine.store, &self.name).await?;
        let mut instances = Instances::load(&self.engine, &self.logic).await?;
        self.status.sagas(|counts| counts.open = instances.open());
        for key in instances.keys() {
            self.flight.send(&self.engine, &instances, &key);
            instances.let_go(&key);
        }
        Ok(Loaded { saved, reached: saved, instances, parked })
    }

    async fn work(&mut self, loaded: &mut Loaded) -> Result<Step, StoreError> {
        let mut book = Book::new(self.engine.now());
        let mut worked = self.requests(loaded, &mut book).await?;
        worked |= self.answers(loaded, &mut book).await?;
        worked |= self.read(loaded, &mut book).await?;
        self.time(loaded, &mut book).await?;
        worked |= book.any();
        let moved = loaded.reached > loaded.saved;
        if book.any() || (moved && !worked && self.flight.is_empty()) {
            self.write(loaded, &mut book).await?;
            return Ok(Step::Worked);
        }
        if worked {
            return Ok(Step::Worked);
        }
        if self.flight.is_empty() {
            return Ok(Step::Idle { wake_at: loaded.instances.next_deadline() });
        }
        self.wait(loaded).await;
        Ok(Step::Worked)
    }

    /// Commits what was decided, then sends what follows from it.
    async fn write(&mut self, loaded: &mut Loaded, book: &mut Book) -> Result<(), StoreError> {
        let fingerprint = self.logic.definition().fingerprint.clone();
        let checkpoint = Engine::moved(&self.name, loaded.saved, loaded.reached, &fingerprint);
        let commands = self.engine.commands.clone();
        let mut unit = book.unit(&self.logic, &mut loaded.instances, || commands.next_id());
        unit.checkpoint = Some(checkpoint);
        let engine = self.engine.clone();
        let mut ended = Vec::new();
        alongside(&mut self.flight.futures, &mut ended, engine.commit(unit)).await?;
        self.flight.ended.extend(ended);
        loaded.saved = loaded.reached;
        for key in book.changed() {
            self.flight.send(&self.engine, &loaded.instances, &key);
        }
        book.count(&self.status, &mut loaded.instances);
        Ok(())
    }

    /// Reads on. True where events were read.
    async fn read(&mut self, loaded: &mut Loaded, book: &mut Book) -> Result<bool, StoreError> {
        let again: Vec<RecordedEvent> = self.again.drain(..).collect();
        for event in &again {
            self.event(loaded, book, event).await?;
        }
        if self.engine.heads.current() <= loaded.reached || self.flight.is_crowded() {
            return Ok(!again.is_empty());
        }
        let (events, reached) = self.engine.read(loaded.reached, &self.names).await?;
        for event in &events {
            self.event(loaded, book, event).await?;
        }
        loaded.reached = reached;
        self.status.processed(events.len());
        Ok(!events.is_empty() || !again.is_empty())
    }

    /// Tells the instance that an event is for. An event whose key can't be told is parked.
    async fn event(
        &mut self,
        loaded: &mut Loaded,
        book: &mut Book,
        event: &RecordedEvent,
    ) -> Result<(), StoreError> {
        let parking: Arc<str> = event.stream.to_string().into();
        if let Some(first) = loaded.parked.first(&parking) {
            let at = (first.position, book.now());
            let letter = self.engine.letter_ids.blocked(&self.name, &parking, event, at);
            loaded.parked.put(letter.clone());
            book.letter(letter);
            return Ok(());
        }
        if let Err(failure) = self.tell(&mut loaded.instances, book, event).await? {
            let story = (1, &*failure.to_string(), book.now());
            let letter = self.engine.letter_ids.failed(&self.name, &parking, event, story);
            loaded.parked.put(letter.clone());
            book.letter(letter);
        }
        Ok(())
    }

    async fn tell(
        &mut self,
        instances: &mut Instances,
        book: &mut Book,
        event: &RecordedEvent,
    ) -> Result<Result<(), annals_core::Failure>, StoreError> {
        let definition = self.logic.definition();
        let name = &event.event.type_.name;
        let (starts, cancels) = (definition.start == *name, definition.cancel.contains(name));
        if starts || cancels {
            let key = match self.logic.key(&EventView::from(event)) {
                Ok(key) => key,
                Err(failure) => return Ok(Err(failure)),
            };
            let known = instances.find(&self.engine, &self.logic, &key).await?;
            if starts && !known {
                book.start(&self.logic, instances, &key, event);
            } else if cancels && known {
                book.tell(&self.logic, instances, &key, &SagaInput::Cancel(event));
            }
        }
        let waits = |step: &annals_core::StepDefinition| {
            step.reply == Reply::Stream
                && step.aggregate == event.stream.aggregate
                && (step.done.contains(name) || step.failed.contains(name))
        };
        if definition.steps.iter().any(waits) {
            let key = event.stream.id.clone();
            if instances.find(&self.engine, &self.logic, &key).await? {
                if instances.is_late(&key, event) {
                    book.tell(&self.logic, instances, &key, &SagaInput::Time);
                }
                book.tell(&self.logic, instances, &key, &SagaInput::Event(event));
            }
        }
        Ok(Ok(()))
    }

    /// Takes the answers that have come. True where there were any.
    async fn answers(&mut self, loaded: &mut Loaded, book: &mut Book) -> Result<bool, StoreError> {
        while let Some(Some(ended)) = self.flight.futures.next().now_or_never() {
            self.flight.ended.push(ended);
        }
        let ended = std::mem::take(&mut self.flight.ended);
        let any = !ended.is_empty();
        for Ended { key, command_id, result } in ended {
            let result: CommandResult = result?;
            self.flight.landed(&key, command_id);
            if loaded.instances.find(&self.engine, &self.logic, &key).await? {
                if let CommandResult::Accepted(events) = &result
                    && events.iter().any(|event| loaded.instances.is_late(&key, event))
                {
                    book.tell(&self.logic, &mut loaded.instances, &key, &SagaInput::Time);
                }
                let input = SagaInput::Answer(command_id, result);
                if !book.tell(&self.logic, &mut loaded.instances, &key, &input) {
                    self.flight.send(&self.engine, &loaded.instances, &key);
                }
            }
        }
        Ok(any)
    }

    /// Tells the instances whose deadline has passed: those of which all is known. What was done in
    /// time may still have to be read, or be on its way as the answer to a command that was sent
    /// before a crash; its own time decides, and not when we look.
    async fn time(&mut self, loaded: &mut Loaded, book: &mut Book) -> Result<(), StoreError> {
        if self.engine.heads.current() > loaded.reached {
            return Ok(());
        }
        for key in loaded.instances.due(book.now()) {
            if self.flight.is_under_way(&key) {
                continue;
            }
            if loaded.instances.find(&self.engine, &self.logic, &key).await? {
                book.tell(&self.logic, &mut loaded.instances, &key, &SagaInput::Time);
            }
        }
        Ok(())
    }

    /// Waits until an answer comes, a deadline passes, or the log grows.
    async fn wait(&mut self, loaded: &Loaded) {
        // One that has passed waits for an answer or for the log, as `time` has it.
        let now = self.engine.now();
        let due: Option<Timestamp> = loaded.instances.next_deadline().filter(|due| *due > now);
        let mut heads = self.engine.heads.subscribe();
        let clock = self.engine.clock.clone();
        let reads_on = !self.flight.is_crowded();
        let grown = reads_on && self.engine.heads.current() > loaded.reached;
        tokio::select! {
            biased;
            one = self.flight.futures.next() => self.flight.ended.extend(one),
            () = async {}, if grown => {}
            _ = heads.changed(), if reads_on => {}
            () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {}
        }
    }

    /// Takes up what people asked of its letters: events whose key couldn't be told.
    async fn requests(&mut self, loaded: &mut Loaded, book: &mut Book) -> Result<bool, StoreError> {
        if loaded.parked.dead() == 0 {
            return Ok(false);
        }
        for (number, request) in self.engine.store.requests().await? {
            let (id, given_up) = match &request {
                Request::Redrive(id) => (*id, None),
                Request::Discard { letter, reason, .. } => (*letter, Some(reason.clone())),
            };
            let Some(failed) = loaded.parked.failed(id).cloned() else { continue };
            book.answered(number);
            if let Some(reason) = given_up {
                let letter = discarded(&failed, &reason, book.now());
                loaded.parked.put(letter.clone());
                book.letter(letter);
            }
            while let Some(letter) = loaded.parked.first(&failed.key).cloned() {
                let event = self.engine.store.read_at(vec![letter.position]).await?;
                let Some(event) = event.first() else { break };
                let told = self.tell(&mut loaded.instances, book, event).await?;
                let tried = match &told {
                    Ok(()) => redriven(&letter, book.now()),
                    Err(failure) => failed_again(&letter, (1, &failure.to_string(), book.now())),
                };
                loaded.parked.put(tried.clone());
                book.letter(tried);
                if told.is_err() {
                    break;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

impl Consumer for SagaConsumer {
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
            loaded.instances.tidy();
            self.status.at(loaded.reached);
            self.status.under_way(self.flight.len(), 0, 0);
            self.status.failed_letters(loaded.parked.dead());
            self.status.idle(matches!(step, Step::Idle { .. }));
            self.loaded = Some(loaded);
            Ok(step)
        })
    }

    fn let_go(&mut self) {
        self.loaded = None;
        self.flight = Flight::default();
    }

    fn redeliver(&mut self, event: &RecordedEvent) {
        if self.names.contains(&event.event.type_.name) {
            self.again.push(event.clone());
        }
    }
}
