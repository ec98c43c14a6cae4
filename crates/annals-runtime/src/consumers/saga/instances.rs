//! The instances that are in memory: those with something left to do, and those that were asked for
//! in this batch. Everything here can be loaded again from the histories.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use annals_core::saga::{SagaEvent, SagaState, SagaStatus, evolve, started};
use annals_core::{RecordedEvent, SagaLogic, StreamId, Timestamp, Version};

use crate::consumers::Engine;
use crate::ports::{SagaQuery, StoreError};

/// Instances that stay in memory although they only wait: for a reply on a stream, or for their
/// time. Beyond, they are read again when it comes.
const WAITING: usize = 512;

/// History events read at once.
const PAGE: usize = 1_000;

/// Open instances loaded at once.
const LOAD: usize = 1_000;

/// One instance in memory.
pub(super) struct Instance {
    pub(super) state: SagaState,
    /// Version of its history.
    pub(super) version: Version,
    /// What its row in the store says: status, failure, open, deadline. `None`: there is no row
    /// yet.
    pub(super) shown: Option<Shown>,
}

/// What the row of an instance says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) status: SagaStatus,
    pub(super) failure: Arc<str>,
    pub(super) open: bool,
    pub(super) due: Option<Timestamp>,
}

impl Shown {
    pub(super) fn of(state: &SagaState) -> Self {
        Self {
            status: state.status,
            failure: state.alarm.clone().unwrap_or_else(|| state.failure.clone()),
            open: state.open(),
            due: state.deadline(),
        }
    }
}

/// The instances of one saga.
#[derive(Default)]
pub(super) struct Instances {
    by_key: HashMap<Arc<str>, Instance>,
    /// Deadlines of all open instances, in memory or not.
    deadlines: BTreeSet<(Timestamp, Arc<str>)>,
    /// How many are open, in memory or not.
    open: u64,
    /// Those that were read since the last [`Instances::tidy`].
    read: Vec<Arc<str>>,
}

impl Instances {
    /// Loads the instances that have something left to do.
    pub(super) async fn load(
        engine: &Engine,
        logic: &Arc<dyn SagaLogic>,
    ) -> Result<Self, StoreError> {
        let mut instances = Self::default();
        let saga = logic.definition().name.clone();
        let mut after = None;
        loop {
            let query = SagaQuery {
                saga: saga.clone(),
                open: true,
                after: after.take(),
                limit: LOAD,
                ..SagaQuery::default()
            };
            let rows = engine.store.sagas(query).await?;
            for row in &rows {
                if instances.find(engine, logic, &row.key).await? {
                    instances.open += 1;
                }
            }
            match rows.last() {
                Some(last) if rows.len() == LOAD => after = Some(last.key.clone()),
                _ => return Ok(instances),
            }
        }
    }

    /// Whether there is such an instance; it is in memory then.
    pub(super) async fn find(
        &mut self,
        engine: &Engine,
        logic: &Arc<dyn SagaLogic>,
        key: &Arc<str>,
    ) -> Result<bool, StoreError> {
        if self.by_key.contains_key(key) {
            return Ok(true);
        }
        let Some(instance) = read(engine, logic, key).await? else { return Ok(false) };
        self.put(key.clone(), instance);
        self.read.push(key.clone());
        Ok(true)
    }

    /// Lets go of those that were read and are of no more use: an event may be for an instance that
    /// ended long ago. Nothing may be undecided or uncommitted of them.
    pub(super) fn tidy(&mut self) {
        for key in std::mem::take(&mut self.read) {
            self.let_go(&key);
        }
    }

    /// Puts an instance in that has just begun.
    pub(super) fn begin(&mut self, key: Arc<str>, instance: Instance) {
        self.open += u64::from(instance.state.open());
        self.put(key, instance);
    }

    fn put(&mut self, key: Arc<str>, instance: Instance) {
        if let Some(due) = instance.state.deadline() {
            self.deadlines.insert((due, key.clone()));
        }
        self.by_key.insert(key, instance);
    }

    pub(super) fn get(&self, key: &str) -> Option<&Instance> {
        self.by_key.get(key)
    }

    /// Changes an instance that is in memory, and keeps deadlines and the count of open ones right.
    pub(super) fn change<T>(
        &mut self,
        key: &Arc<str>,
        change: impl FnOnce(&mut Instance) -> T,
    ) -> Option<T> {
        let instance = self.by_key.get_mut(key)?;
        let (before, was_open) = (instance.state.deadline(), instance.state.open());
        let changed = change(instance);
        let (after, is_open) = (instance.state.deadline(), instance.state.open());
        self.open = self.open + u64::from(is_open) - u64::from(was_open);
        if before != after {
            if let Some(before) = before {
                self.deadlines.remove(&(before, key.clone()));
            }
            if let Some(after) = after {
                self.deadlines.insert((after, key.clone()));
            }
        }
        Some(changed)
    }

    /// Lets go of an instance that has nothing left to do, or that waits among too many.
    pub(super) fn let_go(&mut self, key: &Arc<str>) {
        let crowded = self.by_key.len() > WAITING;
        let idle = |one: &Instance| crowded && one.state.unanswered().is_empty();
        if self.by_key.get(key).is_some_and(|one| !one.state.open() || idle(one)) {
            self.by_key.remove(key);
        }
    }

    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        self.by_key.keys().cloned().collect()
    }

    pub(super) fn open(&self) -> u64 {
        self.open
    }

    /// Whether an event comes after the deadline of an instance's running step.
    pub(super) fn is_late(&self, key: &str, event: &RecordedEvent) -> bool {
        let deadline = self.by_key.get(key).and_then(|one| one.state.deadline());
        deadline.is_some_and(|deadline| event.event.time > deadline)
    }

    /// The instances whose deadline has passed.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Arc<str>> {
        let due = self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now);
        due.map(|(_, key)| key.clone()).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }
}

/// Folds an instance from its history; `None` where it has none.
async fn read(
    engine: &Engine,
    logic: &Arc<dyn SagaLogic>,
    key: &Arc<str>,
) -> Result<Option<Instance>, StoreError> {
    let definition = logic.definition();
    let stream = StreamId::history_of(&definition.name, key.clone());
    let (mut state, mut version): (Option<SagaState>, Version) = (None, Version(0));
    loop {
        let events = engine.store.read_stream(&stream, version, PAGE).await?;
        for recorded in &events {
            version = recorded.version;
            let event: SagaEvent = serde_json::from_slice(&recorded.event.data)
                .map_err(|error| StoreError::Corrupt(format!("{stream}/{}: {error}", version.0)))?;
            match &mut state {
                Some(state) => evolve(definition, state, &event),
                None => state = started(definition, key, &event),
            }
        }
        if events.len() < PAGE {
            break;
        }
    }
    Ok(state.map(|state| {
        let shown = Some(Shown::of(&state));
        Instance { state, version, shown }
    }))
}
