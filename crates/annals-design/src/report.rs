//! The structured architecture report: fixed keys and shapes; all else stands under `annals`.

use std::sync::Arc;

use annals_model::{Backoff, Model, Update, format_duration};
use serde::Serialize;

use crate::defaults::{DefaultValue, SNAPSHOT_EVERY};
use crate::topics::topics;

/// The report. Serialized, its keys come in exactly this order.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    event_store: EventStore,
    topics: Vec<TopicLine>,
    aggregates: Vec<AggregateLine>,
    projections: Vec<ProjectionLine>,
    sagas: Vec<SagaLine>,
    dead_letter_config: DeadLetterConfig,
    annals: Extra,
}

#[derive(Clone, Debug, Serialize)]
struct EventStore {
    table: &'static str,
    partitioning: &'static str,
    indexes: [&'static str; 3],
}

#[derive(Clone, Debug, Serialize)]
struct TopicLine {
    name: Arc<str>,
    partitions: u32,
    retention: String,
    consumers: Vec<Arc<str>>,
}

#[derive(Clone, Debug, Serialize)]
struct AggregateLine {
    name: Arc<str>,
    events: Vec<Arc<str>>,
    snapshot_frequency: u64,
}

#[derive(Clone, Debug, Serialize)]
struct ProjectionLine {
    name: Arc<str>,
    source_events: Vec<Arc<str>>,
    update_strategy: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct SagaLine {
    name: Arc<str>,
    steps: Vec<Arc<str>>,
    compensation: bool,
}

#[derive(Clone, Debug, Serialize)]
struct DeadLetterConfig {
    max_retries: u32,
    backoff: &'static str,
    dlq_retention: String,
}

#[derive(Clone, Debug, Serialize)]
struct Extra {
    system: Arc<str>,
    defaults: Vec<DefaultValue>,
}

/// The report of a model.
pub fn report(model: &Model) -> Report {
    let topics = topics(model);
    let mut defaults: Vec<DefaultValue> =
        topics.iter().flat_map(|topic| topic.defaults.clone()).collect();
    let unsnapped = model.aggregates.iter().filter(|a| a.snapshot_every.is_none());
    defaults.extend(unsnapped.map(|a| DefaultValue::snapshots(&a.named.name)));
    let unwritten = model.dead_letters.unwritten.iter();
    defaults.extend(unwritten.filter_map(|word| DefaultValue::dead_letters(word)));
    Report {
        event_store: EventStore {
            table: "event_store",
            partitioning: "by aggregate_id",
            indexes: ["aggregate_id", "event_type", "timestamp"],
        },
        topics: topics
            .into_iter()
            .map(|topic| TopicLine {
                name: topic.name,
                partitions: topic.partitions,
                retention: format_duration(topic.retention_us),
                consumers: topic.consumers,
            })
            .collect(),
        aggregates: aggregates(model),
        projections: projections(model),
        sagas: sagas(model),
        dead_letter_config: DeadLetterConfig {
            max_retries: model.dead_letters.max_retries,
            backoff: match model.dead_letters.backoff {
                Backoff::Exponential => "exponential",
                Backoff::Constant => "constant",
            },
            dlq_retention: format_duration(model.dead_letters.retention_us),
        },
        annals: Extra { system: model.name.clone(), defaults },
    }
}

fn aggregates(model: &Model) -> Vec<AggregateLine> {
    model
        .aggregates
        .iter()
        .map(|aggregate| AggregateLine {
            name: aggregate.named.name.clone(),
            events: aggregate.events.iter().map(|event| event.named.name.clone()).collect(),
            snapshot_frequency: aggregate.snapshot_every.unwrap_or(SNAPSHOT_EVERY),
        })
        .collect()
}

fn projections(model: &Model) -> Vec<ProjectionLine> {
    model
        .projections
        .iter()
        .map(|projection| ProjectionLine {
            name: projection.named.name.clone(),
            source_events: projection.on.iter().map(|handler| handler.event.clone()).collect(),
            update_strategy: match projection.update {
                Update::Immediate => "immediate",
                Update::Eventual => "eventual",
            },
        })
        .collect()
}

fn sagas(model: &Model) -> Vec<SagaLine> {
    model
        .sagas
        .iter()
        .map(|saga| SagaLine {
            name: saga.named.name.clone(),
            steps: saga.steps.iter().map(|step| step.named.name.clone()).collect(),
            compensation: saga.steps.iter().any(|step| step.compensate.is_some()),
        })
        .collect()
}
