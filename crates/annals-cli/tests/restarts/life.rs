//! One life of a process: a system is opened on a store, the rest of its script is played, and it
//! settles; or the store fails, and that was it. And what a run came to, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use annals_core::Timestamp;
use annals_model::{Model, SourceFile};
use annals_runtime::ports::{
    BoxFuture, CallResult, Caller, Clock, LetterQuery, LogQuery, OutsideCall, SagaQuery, Store,
};
use annals_runtime::{CommandError, CommandRequest, Options, Runtime, SeededEntropy, VirtualClock};
use serde_json::Value;
use uuid::Uuid;

const START: i64 = 1_772_323_200_000_000;

/// A step of a script. Commands have ids that follow from their place in it, so that whoever got no
/// answer asks the very same again.
pub(crate) enum Step {
    /// Aggregate, id, command, input.
    Ask(&'static str, &'static str, &'static str, Value),
    /// Everything that can happen now happens.
    Settle,
    /// Time passes until so many microseconds after the start.
    Until(i64),
}

/// A system and its script.
pub(crate) struct World {
    model: Arc<Model>,
    script: Vec<Step>,
    busy: &'static [&'static str],
}

impl World {
    /// The system of these files. Told of an event of the names in `busy`, the world outside is
    /// busy the first time, after it has acted.
    pub(crate) fn new(
        files: &[(&str, &str)],
        script: Vec<Step>,
        busy: &'static [&'static str],
    ) -> Self {
        let file =
            |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: (*text).into() };
        let loaded = annals_model::load(files.iter().map(file).collect());
        Self { model: Arc::new(loaded.model.expect("it resolves")), script, busy }
    }

    pub(crate) fn outside(&self) -> Arc<Outside> {
        Arc::new(Outside {
            clock: Arc::new(VirtualClock::new(Timestamp(START))),
            played: AtomicUsize::new(0),
            busy: self.busy,
            told: Mutex::default(),
        })
    }
}

/// What outlives the process: time, people who know what was answered them, and a service that
/// acts once for each idempotency key.
pub(crate) struct Outside {
    clock: Arc<VirtualClock>,
    /// Steps of the script that are over.
    played: AtomicUsize,
    busy: &'static [&'static str],
    told: Mutex<Vec<(Arc<str>, String)>>,
}

impl Outside {
    /// Time passes while nothing runs; when it has passed.
    pub(crate) fn down_for(&self, us: i64) -> Timestamp {
        self.clock.advance(us);
        self.clock.now()
    }
}

impl Caller for Outside {
    fn call(&self, call: OutsideCall) -> BoxFuture<'_, CallResult> {
        let header = |name: &str| {
            let found = call.headers.iter().find(|(header, _)| *header == name);
            found.map(|(_, value)| value.clone()).expect(name)
        };
        let [key, type_, subject] = ["idempotency-key", "ce-type", "ce-subject"].map(header);
        let mut told = self.told.lock().unwrap();
        let known = told.iter().any(|(earlier, _)| *earlier == key);
        if !known {
            told.push((key, format!("{type_} {subject}")));
        }
        let busy = !known && self.busy.iter().any(|name| type_.starts_with(name));
        let answer = match busy {
            true => CallResult::Transient { reason: "503".into(), retry_after_us: None },
            false => CallResult::Done,
        };
        Box::pin(std::future::ready(answer))
    }
}

/// Why a life ended early.
#[derive(Debug)]
pub(crate) struct Died;

/// Lives until the script is played and nothing is left to do, or until the store fails.
pub(crate) async fn live(
    world: &World,
    store: Arc<dyn Store>,
    outside: &Arc<Outside>,
    seed: u64,
) -> Result<(), Died> {
    let clock = outside.clock.clone();
    let system = annals_interpreter::system(&world.model, &|_| Some("http://outside".into()));
    let entropy = Arc::new(SeededEntropy::new(seed));
    let (caller, options) = (outside.clone(), Options::default());
    let opened = Runtime::open(system, store, caller, clock.clone(), entropy, options).await;
    let runtime = opened.map_err(|_| Died)?;
    let played = outside.played.load(Ordering::Relaxed);
    for (number, step) in world.script.iter().enumerate().skip(played) {
        match step {
            Step::Ask(aggregate, id, command, input) => {
                let request = CommandRequest {
                    command_id: Some(Uuid::from_u128(number as u128 + 1)),
                    ..CommandRequest::new(*aggregate, *id, *command, input.to_string().into_bytes())
                };
                match runtime.commands().handle(request).await {
                    Err(CommandError::Store(_)) => return Err(Died),
                    answer => drop(answer.expect("it is decided")),
                }
            }
            Step::Settle => runtime.settle().await.map_err(|_| Died)?,
            Step::Until(us) => pass(&runtime, &clock, Timestamp(START + us)).await?,
        }
        outside.played.store(number + 1, Ordering::Relaxed);
    }
    runtime.settle().await.map_err(|_| Died)
}

/// Lets time pass from one thing that is due to the next.
async fn pass(runtime: &Runtime, clock: &VirtualClock, until: Timestamp) -> Result<(), Died> {
    runtime.settle().await.map_err(|_| Died)?;
    while let Some(due) = runtime.next_wake().filter(|due| *due <= until) {
        clock.advance_to(due);
        runtime.settle().await.map_err(|_| Died)?;
    }
    clock.advance_to(until);
    runtime.settle().await.map_err(|_| Died)
}

/// What a run came to: lines that don't know of positions, ids and in which order what is
/// independent happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Came(BTreeMap<String, Vec<String>>);

impl Came {
    pub(crate) async fn of(store: &dyn Store, outside: &Outside) -> Self {
        let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let query = LogQuery { limit: usize::MAX, ..LogQuery::default() };
        let (mut sagas, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for event in store.read_log(query).await.unwrap() {
            assert!(ids.insert(event.event.id), "an event's id is there twice");
            let stream = &event.stream;
            if let Some(saga) = stream.aggregate.strip_prefix("saga-") {
                sagas.insert(saga.to_owned());
                continue;
            }
            let data = String::from_utf8_lossy(&event.event.data).into_owned();
            let line = format!("{} {data}", event.event.type_);
            came.entry(stream.to_string()).or_default().push(line);
        }
        // Orders meet at an item, in any order.
        came.iter_mut().filter(|(stream, _)| stream.starts_with("StockItem")).for_each(sort);
        for saga in sagas {
            let query = SagaQuery { saga: saga.as_str().into(), ..SagaQuery::default() };
            for row in store.sagas(query).await.unwrap() {
                let line = format!("{} {} {}", row.status, row.failure, row.open);
                came.entry(format!("{saga} {}", row.key)).or_default().push(line);
            }
        }
        for table in ["orders_summary", "placed_by_day", "shelf", "members"] {
            for (row, _) in store.rows(table, None, usize::MAX).await.unwrap_or_default() {
                came.entry(table.to_owned()).or_default().push(format!("{row:?}"));
            }
        }
        for letter in store.letters(LetterQuery::default()).await.unwrap() {
            let line = format!("{} {:?}", letter.key, letter.status);
            came.entry(format!("letters of {}", letter.consumer)).or_default().push(line);
        }
        for (_, told) in outside.told.lock().unwrap().iter() {
            let (type_, order) = told.split_once(' ').unwrap();
            came.entry(format!("told of {order}")).or_default().push(type_.to_owned());
        }
        Self(came)
    }

    /// What differs, and how the first of it does.
    pub(crate) fn differs(&self, other: &Self) -> Option<String> {
        let keys: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differing: Vec<&String> =
            keys.into_iter().filter(|key| self.0.get(*key) != other.0.get(*key)).collect();
        let first = *differing.first()?;
        let [wanted, got] = [self, other].map(|came| came.0.get(first));
        Some(format!("{differing:?}: wanted {wanted:#?}, got {got:#?}"))
    }
}

fn sort((_, lines): (&String, &mut Vec<String>)) {
    lines.sort();
}
