//! What one batch decides: histories by instance, and the unit that commits them.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::saga::{SagaEvent, SagaInput, SagaStatus, decide, start};
use annals_core::{
    EventType, Metadata, NewEvent, RecordedEvent, SagaLogic, StreamId, Timestamp, Version,
};
use uuid::Uuid;

use crate::consumers::Status;
use crate::ports::{Append, Expected, Letter, SagaRow, Unit};

use super::instances::{Instance, Instances, Shown};

/// The decisions of one batch.
pub(super) struct Book {
    now: Timestamp,
    histories: BTreeMap<Arc<str>, Vec<SagaEvent>>,
    letters: Vec<Letter>,
    requests_done: Vec<u64>,
    started: u64,
}

impl Book {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            histories: BTreeMap::new(),
            letters: Vec::new(),
            requests_done: Vec::new(),
            started: 0,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether anything was decided.
    pub(super) fn any(&self) -> bool {
        !self.histories.is_empty() || !self.letters.is_empty() || !self.requests_done.is_empty()
    }

    pub(super) fn letter(&mut self, letter: Letter) {
        self.letters.retain(|earlier| earlier.id != letter.id);
        self.letters.push(letter);
    }

    pub(super) fn answered(&mut self, request: u64) {
        self.requests_done.push(request);
    }

    /// Starts an instance.
    pub(super) fn start(
        &mut self,
        logic: &Arc<dyn SagaLogic>,
        instances: &mut Instances,
        key: &Arc<str>,
        event: &RecordedEvent,
    ) {
        let (state, events) = start(&**logic, key, event, self.now);
        instances.begin(key.clone(), Instance { state, version: Version(0), shown: None });
        self.histories.entry(key.clone()).or_default().extend(events);
        self.started += 1;
    }

    /// Tells an instance something. True where it minded.
    pub(super) fn tell(
        &mut self,
        logic: &Arc<dyn SagaLogic>,
        instances: &mut Instances,
        key: &Arc<str>,
        input: &SagaInput<'_>,
    ) -> bool {
        let now = self.now;
        let events = instances.change(key, |one| decide(&**logic, &mut one.state, input, now));
        let Some(events) = events.filter(|events| !events.is_empty()) else { return false };
        self.histories.entry(key.clone()).or_default().extend(events);
        true
    }

    /// The instances that changed.
    pub(super) fn changed(&self) -> Vec<Arc<str>> {
        self.histories.keys().cloned().collect()
    }

    /// The unit that commits the batch. The instances' versions are those after it.
    pub(super) fn unit(
        &mut self,
        logic: &Arc<dyn SagaLogic>,
        instances: &mut Instances,
        next_id: impl Fn() -> Uuid,
    ) -> Unit {
        let mut unit = Unit {
            letters: std::mem::take(&mut self.letters),
            requests_done: std::mem::take(&mut self.requests_done),
            ..Unit::default()
        };
        let saga = &logic.definition().name;
        for (key, events) in &self.histories {
            let now = self.now;
            instances.change(key, |instance| {
                let expected = match instance.version {
                    Version(0) => Expected::Empty,
                    version => Expected::Exactly(version),
                };
                let metadata = causes(instance);
                let stored = |event: &SagaEvent| NewEvent {
                    id: next_id(),
                    type_: EventType::new(event.name(), 1),
                    time: now,
                    data: serde_json::to_vec(event).unwrap_or_default().into(),
                    metadata: metadata.clone(),
                    tags: Arc::default(),
                };
                unit.appends.push(Append {
                    stream: StreamId::history_of(saga, key.clone()),
                    expected,
                    events: events.iter().map(stored).collect(),
                });
                instance.version = Version(instance.version.0 + events.len() as u64);
                let shown = Shown::of(&instance.state);
                if instance.shown.as_ref() != Some(&shown) {
                    unit.sagas.push(row(logic, instance, &shown, now));
                    instance.shown = Some(shown);
                }
            });
        }
        unit
    }

    /// Counts what has ended, and lets go of it.
    pub(super) fn count(&self, status: &Status, instances: &mut Instances) {
        for (key, events) in &self.histories {
            for event in events {
                let failure = || instances.get(key).map(|one| one.state.failure.clone());
                match event {
                    SagaEvent::Completed => status.sagas(|counts| counts.completed += 1),
                    SagaEvent::Stuck { .. } => status.sagas(|counts| counts.stuck += 1),
                    SagaEvent::Failed => {
                        let failure = failure().unwrap_or_else(|| "".into());
                        status.sagas(|counts| *counts.failed.entry(failure).or_default() += 1);
                    }
                    _ => {}
                }
            }
        }
        for key in self.histories.keys() {
            instances.let_go(key);
        }
        let open = instances.open();
        status.sagas(|counts| counts.open = open);
    }
}

/// The causes of an instance's history: those of the event that started it.
fn causes(instance: &Instance) -> Metadata {
    let start = &instance.state.start;
    Metadata {
        correlation_id: start.metadata().correlation_id,
        causation_id: Some(start.id()),
        command_id: None,
        actor: None,
        traceparent: start.metadata().traceparent.clone(),
    }
}

fn row(logic: &Arc<dyn SagaLogic>, instance: &Instance, shown: &Shown, now: Timestamp) -> SagaRow {
    let definition = logic.definition();
    let ended = matches!(shown.status, SagaStatus::Completed);
    SagaRow {
        saga: definition.name.clone(),
        key: instance.state.key.clone(),
        status: shown.status.name().into(),
        failure: if ended { "".into() } else { shown.failure.clone() },
        open: shown.open,
        due: shown.due,
        version: instance.version,
        fingerprint: definition.fingerprint.clone(),
        started_at: instance.state.start.recorded().event.time,
        changed_at: now,
        // The history is the truth and is short: a copy of the state would only cost its writing.
        state: Arc::from(&b"null"[..]),
    }
}
