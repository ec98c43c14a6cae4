//! Comparing what is expected with what is there, as far as it is written.

use std::sync::Arc;

use annals_console::views;
use annals_core::{Cell, EventView, RecordedEvent, StreamId, System, Version};
use annals_runtime::ports::{SagaQuery, Store};
use serde_json::{Map, Value};

use super::case::{Expectation, Fact};
use super::run::Failure;
use crate::exit::Failed;

/// Events of one stream that are compared at most.
const LIMIT: usize = 10_000;

/// What a case has left behind.
pub(super) struct Seen<'a> {
    pub(super) system: &'a System,
    pub(super) store: &'a dyn Store,
}

impl Seen<'_> {
    pub(super) async fn compare(&self, then: &[Expectation]) -> Result<Vec<Failure>, Failed> {
        let mut failures = Vec::new();
        for expectation in then {
            failures.extend(match expectation {
                Expectation::Stream { stream, facts, place } => {
                    self.stream(stream, facts, place).await?
                }
                Expectation::Saga { saga, key, status, place } => {
                    self.saga((saga, key), status.as_deref(), place).await?
                }
                Expectation::Row { projection, key, row, place } => {
                    self.row((projection, key), row.as_ref(), place).await?
                }
            });
        }
        Ok(failures)
    }

    async fn stream(
        &self,
        stream: &StreamId,
        facts: &[Fact],
        place: &str,
    ) -> Result<Option<Failure>, Failed> {
        let events = self.store.read_stream(stream, Version(0), LIMIT).await?;
        let same = events.len() == facts.len()
            && events.iter().zip(facts).all(|(event, fact)| self.matches(event, fact));
        if same {
            return Ok(None);
        }
        let expected: Vec<String> = facts.iter().map(told).collect();
        let got: Vec<String> = events
            .iter()
            .enumerate()
            .map(|(at, event)| self.told_event(event, facts.get(at)))
            .collect();
        Ok(Some(Failure {
            place: place.into(),
            what: stream.to_string(),
            expected: format!("[{}]", expected.join(", ")),
            got: format!("[{}]", got.join(", ")),
        }))
    }

    /// The data in the version that a fact speaks of: the latest, unless one is written.
    fn data(&self, event: &RecordedEvent, versioned: bool) -> Value {
        let stored = || serde_json::from_slice(&event.event.data).unwrap_or_default();
        if versioned {
            return stored();
        }
        match self.system.upcaster.upcast(&EventView::from(event)) {
            Ok((_, data)) => serde_json::from_slice(&data).unwrap_or_default(),
            Err(_) => stored(),
        }
    }

    fn matches(&self, event: &RecordedEvent, fact: &Fact) -> bool {
        let type_ = &event.event.type_;
        type_.name == fact.type_.name
            && (!fact.versioned || type_.version == fact.type_.version)
            && fields_hold(&fact.data, &self.data(event, fact.versioned))
    }

    /// An event with as much of its data as the fact beside it speaks of.
    fn told_event(&self, event: &RecordedEvent, fact: Option<&Fact>) -> String {
        let type_ = &event.event.type_;
        let versioned = fact.is_some_and(|fact| fact.versioned);
        let name = if versioned { type_.to_string() } else { type_.name.to_string() };
        match fact.filter(|fact| fact.type_.name == type_.name && !fact.data.is_empty()) {
            Some(fact) => {
                let data = fields_seen(&fact.data, &self.data(event, versioned));
                format!("{name}: {}", Value::Object(data))
            }
            None => name,
        }
    }

    async fn saga(
        &self,
        (saga, key): (&Arc<str>, &Arc<str>),
        status: Option<&str>,
        place: &str,
    ) -> Result<Option<Failure>, Failed> {
        let query = SagaQuery {
            saga: saga.clone(),
            key: Some(key.clone()),
            limit: 1,
            ..SagaQuery::default()
        };
        let rows = self.store.sagas(query).await?;
        let got = rows.first().map(|row| match &*row.failure {
            "" => row.status.to_string(),
            failure => format!("{}: {failure}", row.status),
        });
        let matches = match (status, &got, rows.first()) {
            (Some(status), Some(got), Some(row)) => status == got || *status == *row.status,
            (status, got, _) => status.is_none() && got.is_none(),
        };
        Ok((!matches).then(|| Failure {
            place: place.into(),
            what: format!("saga {saga}/{key}"),
            expected: status.unwrap_or("nothing").into(),
            got: got.unwrap_or_else(|| "nothing".into()),
        }))
    }

    async fn row(
        &self,
        (name, key): (&Arc<str>, &Cell),
        row: Option<&Map<String, Value>>,
        place: &str,
    ) -> Result<Option<Failure>, Failed> {
        let Some(projection) = self.system.projections.iter().find(|it| it.table().name == *name)
        else {
            return Ok(None);
        };
        let got = self.store.row(name, key).await?;
        let got = got.map(|(row, _)| views::row(projection.table(), &row));
        let matches = match (row, &got) {
            (Some(row), Some(got)) => fields_hold(row, got),
            (row, got) => row.is_none() && got.is_none(),
        };
        let told = |value: Option<Value>| value.map_or("nothing".into(), |v| v.to_string());
        let shown = match (row, got) {
            (Some(row), Some(got)) => Some(Value::Object(fields_seen(row, &got))),
            (_, got) => got,
        };
        Ok((!matches).then(|| Failure {
            place: place.into(),
            what: format!("projection {name}/{}", views::key_text(key)),
            expected: told(row.cloned().map(Value::Object)),
            got: told(shown),
        }))
    }
}

/// Whether all fields that are written are there.
fn fields_hold(written: &Map<String, Value>, got: &Value) -> bool {
    written.iter().all(|(field, value)| holds(value, &got[field]))
}

/// Whether what is written is there: of records the fields that are written, of lists every item,
/// each as far as it is written.
fn holds(written: &Value, got: &Value) -> bool {
    match (written, got) {
        (Value::Object(fields), Value::Object(_)) => fields_hold(fields, got),
        (Value::Array(items), Value::Array(there)) => {
            items.len() == there.len() && items.iter().zip(there).all(|(a, b)| holds(a, b))
        }
        (written, got) => written == got,
    }
}

/// The fields that are written, as they are.
fn fields_seen(written: &Map<String, Value>, got: &Value) -> Map<String, Value> {
    let seen = |(field, value): (&String, &Value)| (field.clone(), seen(value, &got[field]));
    written.iter().map(seen).collect()
}

/// What is there, as far as the expectation speaks of it.
fn seen(written: &Value, got: &Value) -> Value {
    match (written, got) {
        (Value::Object(fields), Value::Object(_)) => Value::Object(fields_seen(fields, got)),
        (Value::Array(items), Value::Array(there)) if items.len() == there.len() => {
            items.iter().zip(there).map(|(written, got)| seen(written, got)).collect()
        }
        (_, got) => got.clone(),
    }
}

fn told(fact: &Fact) -> String {
    let name = if fact.versioned { fact.type_.to_string() } else { fact.type_.name.to_string() };
    if fact.data.is_empty() {
        name
    } else {
        format!("{name}: {}", Value::Object(fact.data.clone()))
    }
}
