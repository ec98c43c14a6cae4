//! How consumers are getting on, for people: counters that anyone may read at any time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use annals_core::Position;

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
        }
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

    /// One of them now.
    pub fn of(&self, consumer: &str) -> Option<StatusView> {
        self.0.iter().find(|status| **status.name() == *consumer).map(Status::view)
    }
}
