//! How consumers are getting on, for people: counters that anyone may read at any time.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_core::Position;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use crate::ports::StoreError;

/// The status of one consumer. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Status(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: Arc<str>,
    kind: &'static str,
    held: Option<Arc<str>>,
    checkpoint: AtomicU64,
    pending: AtomicU64,
    retrying: AtomicU64,
    timers: AtomicU64,
    failed: AtomicU64,
    processed: AtomicU64,
    idle: AtomicBool,
    sagas: Mutex<SagaCounts>,
    trouble: watch::Sender<Option<Arc<str>>>,
}

/// Counts of a saga's instances since this process began, but for `open`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SagaCounts {
    /// Instances that have something left to do.
    pub open: u64,
    /// Instances that completed.
    pub completed: u64,
    /// Instances that are stuck.
    pub stuck: u64,
    /// Instances that failed, by what turned them round.
    pub failed: BTreeMap<Arc<str>, u64>,
}

/// A status at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusView {
    /// The consumer.
    pub name: Arc<str>,
    /// "projection", "saga" or "reaction".
    pub kind: &'static str,
    /// Why it doesn't run, where it is held.
    pub held: Option<Arc<str>>,
    /// Its checkpoint.
    pub checkpoint: Position,
    /// Events and commands under way.
    pub pending: u64,
    /// Events that wait for a retry.
    pub retrying: u64,
    /// Timers that run.
    pub timers: u64,
    /// Dead letters.
    pub failed_letters: u64,
    /// Events handled since this process began.
    pub processed: u64,
    /// Whether it had nothing to do when it was last asked.
    pub idle: bool,
    /// A saga's instances.
    pub sagas: SagaCounts,
    /// Why it gets no further at this moment, and tries again and again.
    pub trouble: Option<Arc<str>>,
}

impl Status {
    pub(crate) fn new(name: &str, kind: &'static str, held: Option<&str>) -> Self {
        Self(Arc::new(Inner {
            name: name.into(),
            kind,
            held: held.map(Into::into),
            checkpoint: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            retrying: AtomicU64::new(0),
            timers: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            processed: AtomicU64::new(0),
            idle: AtomicBool::new(held.is_some()),
            sagas: Mutex::default(),
            trouble: watch::Sender::new(None),
        }))
    }

    /// The consumer's name.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The status now.
    pub fn view(&self) -> StatusView {
        let get = |value: &AtomicU64| value.load(Ordering::Relaxed);
        StatusView {
            name: self.0.name.clone(),
            kind: self.0.kind,
            held: self.0.held.clone(),
            checkpoint: Position(get(&self.0.checkpoint)),
            pending: get(&self.0.pending),
            retrying: get(&self.0.retrying),
            timers: get(&self.0.timers),
            failed_letters: get(&self.0.failed),
            processed: get(&self.0.processed),
            idle: self.0.idle.load(Ordering::Acquire),
            sagas: self.0.sagas.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            trouble: self.0.trouble.borrow().clone(),
        }
    }

    /// Takes note of what keeps it from working, or that nothing does any more.
    pub(crate) fn trouble(&self, trouble: Option<&StoreError>) {
        if trouble.is_some() {
            self.idle(false);
        }
        let trouble: Option<Arc<str>> = trouble.map(|error| error.to_string().into());
        self.0.trouble.send_if_modified(|before| {
            let changed = *before != trouble;
            *before = trouble;
            changed
        });
    }

    async fn next_trouble(self, mut seen: watch::Receiver<Option<Arc<str>>>) -> Troubled {
        // The sender is in the status.
        let _ = seen.changed().await;
        let trouble = seen.borrow_and_update().clone();
        Troubled { status: self, trouble, seen }
    }

    pub(super) fn at(&self, checkpoint: Position) {
        self.0.checkpoint.store(checkpoint.0, Ordering::Relaxed);
    }

    pub(super) fn under_way(&self, pending: usize, retrying: usize, timers: usize) {
        self.0.pending.store(pending as u64, Ordering::Relaxed);
        self.0.retrying.store(retrying as u64, Ordering::Relaxed);
        self.0.timers.store(timers as u64, Ordering::Relaxed);
    }

    pub(super) fn failed_letters(&self, failed: usize) {
        self.0.failed.store(failed as u64, Ordering::Relaxed);
    }

    pub(super) fn processed(&self, events: usize) {
        self.0.processed.fetch_add(events as u64, Ordering::Relaxed);
    }

    pub(super) fn idle(&self, idle: bool) {
        self.0.idle.store(idle, Ordering::Release);
    }

    pub(super) fn sagas(&self, change: impl FnOnce(&mut SagaCounts)) {
        change(&mut self.0.sagas.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A consumer whose trouble has changed.
struct Troubled {
    status: Status,
    trouble: Option<Arc<str>>,
    seen: watch::Receiver<Option<Arc<str>>>,
}

/// The statuses of all consumers of a runtime.
#[derive(Clone, Debug, Default)]
pub struct Statuses(Arc<Vec<Status>>);

impl Statuses {
    pub(crate) fn new(all: Vec<Status>) -> Self {
        Self(Arc::new(all))
    }

    /// All of them now, in the order of the model: projections, sagas, reactions.
    pub fn all(&self) -> Vec<StatusView> {
        self.0.iter().map(Status::view).collect()
    }

    /// Tells of each consumer's trouble when it changes, for ever; `None`: it is over.
    pub async fn troubles(&self, mut tell: impl FnMut(&str, Option<&str>)) -> Infallible {
        let wait = |status: &Status| {
            let mut seen = status.0.trouble.subscribe();
            // What is there already is told too.
            seen.mark_changed();
            status.clone().next_trouble(seen)
        };
        let mut changes: FuturesUnordered<_> = self.0.iter().map(wait).collect();
        let mut told: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        while let Some(Troubled { status, trouble, seen }) = changes.next().await {
            let name = status.name().clone();
            match trouble {
                Some(why) => {
                    tell(&name, Some(&why));
                    told.insert(name, why);
                }
                None if told.remove(&name).is_some() => tell(&name, None),
                None => {}
            }
            changes.push(status.next_trouble(seen));
        }
        std::future::pending().await
    }

    /// Whether there is a consumer of that name.
    pub fn has(&self, consumer: &str) -> bool {
        self.0.iter().any(|status| **status.name() == *consumer)
    }

    /// One of them now.
    pub fn of(&self, consumer: &str) -> Option<StatusView> {
        self.0.iter().find(|status| **status.name() == *consumer).map(Status::view)
    }
}
