//! Running one case: a store in memory, a clock that only moves when the case says so, calls
//! outside that always succeed.

use std::sync::Arc;

use annals_core::{Failure as Refused, Metadata, NewEvent, RecordedEvent, Timestamp, Version};
use annals_model::Model;
use annals_runtime::ports::{
    Append, BoxFuture, CallResult, Caller, Clock, Expected, LogQuery, OutsideCall, Store, Unit,
};
use annals_runtime::{
    CommandError, CommandRequest, MemoryStore, Options, Outcome, Runtime, SeededEntropy,
    VirtualClock,
};
use serde::Serialize;
use uuid::Uuid;

use super::case::{Asked, Case, Step};
use super::expect;
use super::steps::{EVALUATION_FAILED, INVALID};
use crate::exit::Failed;

/// When every case begins: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp(1_767_225_600_000_000);

/// What a case expected in vain.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Failure {
    pub(super) place: String,
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) got: String,
}

/// The world outside, in which everything succeeds.
struct Outside;

impl Caller for Outside {
    fn call(&self, _call: OutsideCall) -> BoxFuture<'_, CallResult> {
        Box::pin(async { CallResult::Done })
    }
}

struct Running {
    runtime: Runtime,
    store: Arc<dyn Store>,
    clock: Arc<VirtualClock>,
    names: Vec<Arc<str>>,
}

/// What came of a command.
enum Answer {
    /// It was accepted or ignored, as told.
    Done(&'static str),
    /// It was rejected by this name, and why.
    Rejected { name: Arc<str>, why: String },
    /// It failed in a way that no case can expect.
    Failed(String),
}

/// Runs a case; what it expected in vain, with short names where the case has them.
pub(super) async fn run(model: &Arc<Model>, case: &Case) -> Result<Vec<Failure>, Failed> {
    let clock = Arc::new(VirtualClock::new(START));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let entropy = Arc::new(SeededEntropy::new(1));
    let system = annals_interpreter::system(model, &|_| Some("test".into()));
    let names = system
        .sagas
        .iter()
        .map(|saga| saga.definition().name.clone())
        .chain(system.reactions.iter().map(|reaction| reaction.name().into()))
        .chain(system.projections.iter().map(|projection| projection.table().name.clone()))
        .collect();
    give(&*store, case).await?;
    let options = Options { from_first: true, ..Options::default() };
    let runtime =
        Runtime::open(system, store.clone(), Arc::new(Outside), clock.clone(), entropy, options)
            .await
            .map_err(|error| Failed::System(error.to_string()))?;
    let running = Running { runtime, store, clock, names };
    running.runtime.settle().await?;
    let mut failures = running.when(case).await?;
    running.runtime.settle().await?;
    let system = annals_interpreter::system(model, &|_| None);
    let seen = expect::Seen { system: &system, store: &*running.store };
    failures.extend(seen.compare(&case.then).await?);
    for failure in &mut failures {
        for text in [&mut failure.what, &mut failure.expected, &mut failure.got] {
            *text = case.names.shown(text);
        }
    }
    Ok(failures)
}

/// Puts the given events into the log, each in a correlation of its own.
async fn give(store: &dyn Store, case: &Case) -> Result<(), Failed> {
    let mut number: u128 = 0;
    for (stream, facts) in case.given.iter().filter(|(_, facts)| !facts.is_empty()) {
        let events = facts.iter().map(|fact| {
            number += 1;
            NewEvent {
                id: Uuid::from_u128(number),
                type_: fact.type_.clone(),
                time: START,
                data: serde_json::Value::Object(fact.data.clone()).to_string().into_bytes().into(),
                metadata: Metadata {
                    correlation_id: Uuid::from_u128(number),
                    ..Metadata::default()
                },
                tags: Arc::default(),
            }
        });
        let append = Append {
            stream: stream.clone(),
            expected: Expected::Exactly(Version(0)),
            events: events.collect(),
        };
        let unit = Unit { appends: vec![append], ..Unit::default() };
        let verdicts = store.commit(vec![unit]).await?;
        if let Some(Err(refusal)) = verdicts.first() {
            return Err(Failed::Input(format!("{}: {stream}: {refusal:?}", case.name)));
        }
    }
    Ok(())
}

impl Running {
    /// Does what the case says; the commands that were answered otherwise than it says.
    async fn when(&self, case: &Case) -> Result<Vec<Failure>, Failed> {
        let mut failures = Vec::new();
        for step in &case.when {
            match step {
                Step::Command(asked) => failures.extend(judged(asked, self.ask(asked).await?)),
                Step::Advance { by_us } => self.advance(*by_us).await?,
                Step::Redeliver { event } => self.redeliver(event).await?,
            }
        }
        Ok(failures)
    }

    /// Sends a command as a person would.
    async fn ask(&self, asked: &Asked) -> Result<Answer, Failed> {
        let request = CommandRequest::new(
            asked.stream.aggregate.clone(),
            asked.stream.id.clone(),
            asked.command.clone(),
            asked.input.to_string().into_bytes(),
        );
        Ok(match self.runtime.commands().handle(request).await {
            Ok(answer) => match answer.outcome {
                Outcome::Rejected(rejected) => {
                    Answer::Rejected { name: rejected.name, why: String::new() }
                }
                Outcome::Accepted => Answer::Done("accepted"),
                Outcome::Ignored => Answer::Done("ignored"),
            },
            Err(CommandError::Store(error)) => return Err(error.into()),
            Err(CommandError::Failure(Refused::Evaluation { place, reason })) => Answer::Rejected {
                name: EVALUATION_FAILED.into(),
                why: format!("{place}: {reason}"),
            },
            Err(CommandError::Failure(Refused::Invalid(fields))) => {
                let all: Vec<String> =
                    fields.iter().map(|x| format!("{} {}", x.pointer, x.reason)).collect();
                Answer::Rejected { name: INVALID.into(), why: all.join("; ") }
            }
            Err(error) => Answer::Failed(error.to_string()),
        })
    }

    /// Lets time pass from one thing that is due to the next.
    async fn advance(&self, by_us: i64) -> Result<(), Failed> {
        self.runtime.settle().await?;
        let until = Timestamp(self.clock.now().0.saturating_add(by_us));
        while let Some(due) = self.runtime.next_wake().filter(|due| *due <= until) {
            let before = self.clock.now();
            self.clock.advance_to(due);
            self.runtime.settle().await?;
            if self.clock.now() == before && self.runtime.next_wake() == Some(due) {
                break;
            }
        }
        self.clock.advance_to(until);
        self.runtime.settle().await?;
        Ok(())
    }

    /// Brings all events of a name to all consumers a second time.
    async fn redeliver(&self, name: &Arc<str>) -> Result<(), Failed> {
        self.runtime.settle().await?;
        let query = LogQuery { limit: 1_000, names: vec![name.clone()], ..LogQuery::default() };
        let events: Vec<RecordedEvent> = self.store.read_log(query).await?;
        for event in &events {
            for consumer in &self.names {
                self.runtime.redeliver(consumer, event).await;
            }
        }
        self.runtime.settle().await?;
        Ok(())
    }
}

/// What a command was answered in place of what the case says.
fn judged(asked: &Asked, answer: Answer) -> Option<Failure> {
    let expected = asked.rejected.as_ref();
    let got = match (answer, expected) {
        (Answer::Done(_), None) => return None,
        (Answer::Rejected { name, .. }, Some(rejection)) if name == rejection.name => return None,
        (Answer::Done(told), _) => told.to_owned(),
        (Answer::Rejected { name, why }, _) if why.is_empty() => format!("rejected: {name}"),
        (Answer::Rejected { name, why }, _) => format!("rejected: {name} ({why})"),
        (Answer::Failed(told), _) => told,
    };
    Some(Failure {
        place: expected.map_or(&asked.place, |rejection| &rejection.place).clone(),
        what: format!("{} to {}", asked.command, asked.stream),
        expected: expected.map_or("accepted".into(), |it| format!("rejected: {}", it.name)),
        got,
    })
}
