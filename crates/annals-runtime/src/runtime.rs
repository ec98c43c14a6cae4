//! The assembly: a system on a store. What runs is in the other modules; how it is driven in
//! [`crate::drive`].

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex as Lock, PoisonError};

use annals_core::{Position, RecordedEvent, System, Timestamp};
use futures_util::future::try_join_all;
use tokio::sync::{Mutex, watch};

use crate::catch_up::catch_up;
use crate::consumers::{
    Consumer, Engine, LetterIds, ProjectionConsumer, ReactionConsumer, SagaConsumer, Status,
    Statuses, Step,
};
use crate::drive::{House, Live, Running};
use crate::ports::{Caller, Clock, Entropy, LetterId, LetterQuery, Store, StoreError};
use crate::requests::Clerk;
use crate::start::{self, StartError};
use crate::{Bounds, CommandPorts, Commands, Committer, Heads, Immediate, failpoint};

/// How long what is under way gets where the store can't be used any more, in microseconds: nothing
/// of it can be recorded.
const FAILED_DRAIN_US: i64 = 1_000_000;

/// How long the store is left alone where it can't say how far the log goes, in microseconds.
const HEARING_PAUSE_US: i64 = 250_000;

/// How a runtime runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the command path holds at most.
    pub bounds: Bounds,
    /// How long [`Runtime::run`] waits for what is under way when it ends, in microseconds.
    pub drain_us: i64,
    /// How often requests of other processes are looked for, in microseconds.
    pub requests_us: i64,
    /// Whether sagas and reactions that the store doesn't know yet read the log from its first
    /// event, instead of what comes: for tests, whose given events are the story so far.
    pub from_first: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bounds: Bounds::default(),
            drain_us: 10_000_000,
            requests_us: 500_000,
            from_first: false,
        }
    }
}

/// A system that takes commands, and whose consumers are driven by [`Runtime::run`] or, step by
/// step, by [`Runtime::settle`].
pub struct Runtime {
    store: Arc<dyn Store>,
    committer: Committer,
    commands: Arc<Commands>,
    clock: Arc<dyn Clock>,
    heads: Heads,
    consumers: Mutex<Vec<Box<dyn Consumer>>>,
    statuses: Statuses,
    rebuilt: BTreeSet<Arc<str>>,
    begun: BTreeMap<Arc<str>, Position>,
    next_wake: Lock<Option<Timestamp>>,
    pokes: watch::Sender<()>,
    letter_retention_us: i64,
    options: Options,
}

impl Runtime {
    /// Compares the store with the system, brings immediate and changed projections up to the log,
    /// and takes commands from then on. Within a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        system: System,
        store: Arc<dyn Store>,
        caller: Arc<dyn Caller>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        options: Options,
    ) -> Result<Self, StartError> {
        // Before the tables are made: one that is replaced loses its checkpoint.
        let rebuilt = changed(&system, &*store).await?;
        start::check(&system, &*store).await?;
        let begun = if options.from_first {
            BTreeMap::new()
        } else {
            start::begin(&system, &*store).await?
        };
        start::reserve(&system, &*store).await?;
        let mut immediate = Vec::new();
        for projection in system.projections.iter().filter(|it| it.immediate()) {
            let checkpoint = catch_up(&*store, projection).await?;
            immediate.push(Immediate { projection: projection.clone(), checkpoint });
        }
        let last_letter = last_letter(&*store).await?;
        let heads = Heads::new(store.head().await?);
        let committer = Committer::start(store.clone(), immediate, heads.clone(), clock.clone());
        let ports = CommandPorts {
            store: store.clone(),
            committer: committer.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let commands = Arc::new(Commands::new(system.deciders.clone(), ports, options.bounds));
        let engine = Engine {
            store: store.clone(),
            committer: committer.clone(),
            commands: commands.clone(),
            caller,
            clock: clock.clone(),
            entropy,
            heads: heads.clone(),
            retries: system.retries,
            upcaster: system.upcaster.clone(),
            letter_ids: LetterIds::after(last_letter),
        };
        let mut consumers = consumers(&system, &engine);
        failpoint!("start.before-build", |error| return Err(error.into()));
        build(&system, &*store, &mut consumers).await?;
        let statuses: Vec<Status> = consumers.iter().map(|it| it.status().clone()).collect();
        let runtime = Self {
            store,
            committer,
            commands,
            clock,
            heads,
            consumers: Mutex::new(consumers),
            statuses: Statuses::new(statuses),
            rebuilt,
            begun,
            next_wake: Lock::new(None),
            pokes: watch::Sender::new(()),
            letter_retention_us: system.letter_retention_us,
            options,
        };
        runtime.answer_requests().await?;
        Ok(runtime)
    }

    /// The way in for commands.
    pub fn commands(&self) -> Arc<Commands> {
        self.commands.clone()
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Where the log ends.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The way in for units of work, and how many there were.
    pub fn committer(&self) -> &Committer {
        &self.committer
    }

    /// How the consumers are getting on.
    pub fn statuses(&self) -> Statuses {
        self.statuses.clone()
    }

    /// Answers the requests that no consumer of this system will: takes back those whose letter has
    /// been resolved in the meantime, and redrives of a consumer that isn't there; gives letters of
    /// such a one up where that was asked for. [`Runtime::run`] does it now and then.
    ///
    /// # Errors
    /// [`StoreError`] of the store; what isn't answered then is answered the next time.
    pub async fn answer_requests(&self) -> Result<(), StoreError> {
        self.clerk().answer().await.map(drop)
    }

    fn clerk(&self) -> Clerk<'_> {
        Clerk {
            store: &*self.store,
            committer: &self.committer,
            statuses: &self.statuses,
            clock: &*self.clock,
        }
    }

    /// The projections whose definition has changed, and which were rebuilt at the start.
    pub fn rebuilt(&self) -> &BTreeSet<Arc<str>> {
        &self.rebuilt
    }

    /// The sagas and reactions that are new on a store that holds events, and the position behind
    /// which they read.
    pub fn begun(&self) -> &BTreeMap<Arc<str>, Position> {
        &self.begun
    }

    /// Makes the consumers look for requests now.
    pub fn poke(&self) {
        self.pokes.send_replace(());
    }

    /// Runs every consumer in a task of its own until `shutdown` is there; then no more commands
    /// from outside are taken, and what is under way ends, or is given up after
    /// [`Options::drain_us`]. What is given up is taken up again by the next start.
    ///
    /// # Errors
    /// [`StoreError`]: the store can't be used any more, and the process should end.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<(), StoreError> {
        let mut consumers = self.consumers.lock().await;
        let live = Live::new(self.heads.clone(), self.clock.clone(), self.pokes.clone());
        let mut running = Running::start(std::mem::take(&mut *consumers), &live);
        let house = House {
            clerk: self.clerk(),
            requests_us: self.options.requests_us,
            letter_retention_us: self.letter_retention_us,
        };
        let ended = tokio::select! {
            () = shutdown => Ok(()),
            error = running.first_error() => Err(error),
            error = house.keep(&live) => Err(error),
            error = self.committer.failed() => Err(error),
            error = self.hear() => Err(error),
        };
        self.commands.close();
        live.end();
        let (drain_us, failed) = (self.options.drain_us, ended.is_err());
        let patience_us = if failed { drain_us.min(FAILED_DRAIN_US) } else { drain_us };
        let back = running.drain(self.clock.sleep(patience_us)).await;
        *consumers = back;
        ended?;
        self.committer.mark().await
    }

    /// Hears of what other processes append, until the store can't be used any more: an engine that
    /// has nothing to do would learn it from nobody else.
    async fn hear(&self) -> StoreError {
        loop {
            match self.store.beyond(self.heads.current()).await {
                Ok(head) => self.heads.raise(head),
                // What keeps a store from being asked is told by those who need it.
                Err(error) if error.is_passing() => self.clock.sleep(HEARING_PAUSE_US).await,
                Err(error) => return error,
            }
        }
    }

    /// Steps all consumers until none has anything to do. Sleeps never: what waits for a time waits
    /// until the clock shows it, see [`Runtime::next_wake`].
    ///
    /// They are stepped side by side, never one after the other: what one has in flight may hold
    /// the turn at an aggregate that another waits for, and goes on only while its consumer is
    /// stepped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle(&self) -> Result<(), StoreError> {
        let mut consumers = self.consumers.lock().await;
        loop {
            let steps = consumers.iter_mut().map(|it| until_idle(&mut **it));
            let idle = match try_join_all(steps).await {
                Ok(idle) => idle,
                Err(error) => {
                    consumers.iter_mut().for_each(|it| it.let_go());
                    return Err(error);
                }
            };
            if !idle.iter().any(|(worked, _)| *worked) {
                let wake = idle.iter().fold(None, |wake, (_, wake_at)| earlier(wake, *wake_at));
                *self.next_wake.lock().unwrap_or_else(PoisonError::into_inner) = wake;
                return Ok(());
            }
        }
    }

    /// The earliest time that a consumer waits for, as the last [`Runtime::settle`] left it.
    pub fn next_wake(&self) -> Option<Timestamp> {
        *self.next_wake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings an event to a consumer a second time, as a transport may; the next steps handle it.
    pub async fn redeliver(&self, consumer: &str, event: &RecordedEvent) {
        for it in self.consumers.lock().await.iter_mut() {
            if **it.status().name() == *consumer {
                it.redeliver(event);
            }
        }
    }

    /// Takes no more commands, stores how far immediate projections are, and lets the store go
    /// where nobody else holds it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close(self) -> Result<(), StoreError> {
        self.commands.close();
        let marked = self.committer.mark().await;
        self.committer.end().await;
        marked
    }
}

fn consumers(system: &System, engine: &Engine) -> Vec<Box<dyn Consumer>> {
    let mut all: Vec<Box<dyn Consumer>> = Vec::new();
    for projection in system.projections.iter().filter(|it| !it.immediate()) {
        all.push(Box::new(ProjectionConsumer::new(engine.clone(), projection.clone())));
    }
    for saga in &system.sagas {
        all.push(Box::new(SagaConsumer::new(engine.clone(), saga.clone())));
    }
    for reaction in &system.reactions {
        all.push(Box::new(ReactionConsumer::new(engine.clone(), reaction.clone())));
    }
    all
}

/// Steps a consumer until it is idle: whether it worked, and when it wants to be woken.
async fn until_idle(consumer: &mut dyn Consumer) -> Result<(bool, Option<Timestamp>), StoreError> {
    let mut worked = false;
    loop {
        match consumer.step().await? {
            Step::Worked => worked = true,
            Step::Idle { wake_at } => return Ok((worked, wake_at)),
        }
    }
}

/// The projections whose rows another definition made.
async fn changed(system: &System, store: &dyn Store) -> Result<BTreeSet<Arc<str>>, StoreError> {
    let mut changed = BTreeSet::new();
    for projection in &system.projections {
        let name = &projection.table().name;
        let stored = store.checkpoint(name).await?;
        if stored.is_some_and(|stored| *stored.fingerprint != *projection.fingerprint()) {
            changed.insert(name.clone());
        }
    }
    Ok(changed)
}

/// A projection serves once it is built: one that is new, that has changed, or whose rows went with
/// a table that was replaced, by whoever.
async fn build(
    system: &System,
    store: &dyn Store,
    consumers: &mut [Box<dyn Consumer>],
) -> Result<(), StoreError> {
    for projection in &system.projections {
        let name = &projection.table().name;
        let stored = store.checkpoint(name).await?;
        if stored.is_some_and(|it| *it.fingerprint == *projection.fingerprint()) {
            continue;
        }
        for consumer in consumers.iter_mut().filter(|it| it.status().name() == name) {
            while consumer.step().await? == Step::Worked {}
        }
    }
    Ok(())
}

/// The last letter's id, page by page: each may be long.
async fn last_letter(store: &dyn Store) -> Result<LetterId, StoreError> {
    let mut query = LetterQuery { limit: 1_000, ..LetterQuery::default() };
    loop {
        match store.letters(query.clone()).await?.last() {
            Some(last) => query.after = last.id,
            None => return Ok(query.after),
        }
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
