//! Which topics a system has: the events that another service reads, and those that `topics:`
//! names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_model::{Model, Saga, topic_name};

use crate::defaults::{DefaultValue, PARTITIONS, RETENTION_ANALYTICS_US, RETENTION_US};

/// A topic: where a broker carries events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// `{domain}.{event}`.
    pub name: Arc<str>,
    /// The events that it carries, in the order of the file.
    pub events: Vec<Arc<str>>,
    /// How many partitions.
    pub partitions: u32,
    /// How long it keeps events, in microseconds.
    pub retention_us: i64,
    /// The services that read it, sorted; its producer is none of them.
    pub consumers: Vec<Arc<str>>,
    /// What of this the file doesn't write.
    pub defaults: Vec<DefaultValue>,
}

/// For each event the services that read it with a projection, a saga or a reaction, its own among
/// them, sorted.
pub fn readers(model: &Model) -> BTreeMap<Arc<str>, BTreeSet<Arc<str>>> {
    let mut readers: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    let mut reads = |event: &Arc<str>, service: &Arc<str>| {
        readers.entry(event.clone()).or_default().insert(service.clone());
    };
    for projection in &model.projections {
        projection.on.iter().for_each(|handler| reads(&handler.event, &projection.service));
    }
    for saga in &model.sagas {
        saga_reads(saga).into_iter().for_each(|event| reads(event, &saga.service));
    }
    for reaction in &model.reactions {
        let on = reaction.on.iter().map(|handler| &handler.event);
        on.chain(&reaction.unless).for_each(|event| reads(event, &reaction.service));
    }
    readers
}

/// The events that a saga reads: its start, what cancels it, and the answers to its steps.
fn saga_reads(saga: &Saga) -> Vec<&Arc<str>> {
    let cancels = saga.cancel.iter().map(|(event, _)| event);
    let answers = saga.steps.iter().flat_map(|step| step.done.iter().chain(&step.failed));
    std::iter::once(&saga.start).chain(cancels).chain(answers).collect()
}

/// The topics of a system, in the order in which the file declares their (first) events; a topic's
/// settings are those of `topics:`, or the defaults.
pub fn topics(model: &Model) -> Vec<Topic> {
    let readers = readers(model);
    let mut topics: Vec<Topic> = Vec::new();
    for aggregate in &model.aggregates {
        let domain = model.service(&aggregate.service).map_or("", |service| &*service.domain);
        for event in &aggregate.events {
            let own_name: Arc<str> =
                topic_name(domain, &aggregate.named.name, &event.named.name).into();
            let setting = model.topics.iter().find(|setting| {
                setting.events.contains(&event.named.name)
                    || (setting.events.is_empty() && setting.named.name == own_name)
            });
            let mut consumers = readers.get(&event.named.name).cloned().unwrap_or_default();
            consumers.remove(&aggregate.service);
            if setting.is_none() && consumers.is_empty() {
                continue;
            }
            let name = setting.map_or(own_name, |setting| setting.named.name.clone());
            match topics.iter_mut().find(|topic| topic.name == name) {
                Some(topic) => {
                    topic.events.push(event.named.name.clone());
                    consumers.extend(topic.consumers.drain(..));
                    topic.consumers = consumers.into_iter().collect();
                }
                None => topics.push(Topic {
                    name,
                    events: vec![event.named.name.clone()],
                    partitions: PARTITIONS,
                    retention_us: RETENTION_US,
                    consumers: consumers.into_iter().collect(),
                    defaults: Vec::new(),
                }),
            }
        }
    }
    for topic in &mut topics {
        settle(model, topic);
    }
    topics
}

/// Fills in partitions and retention: what `topics:` says, else the default with its reason.
fn settle(model: &Model, topic: &mut Topic) {
    let setting = model.topics.iter().find(|setting| setting.named.name == topic.name);
    match setting.and_then(|setting| setting.partitions) {
        Some(partitions) => topic.partitions = partitions,
        None => topic.defaults.push(DefaultValue::partitions(&topic.name)),
    }
    if let Some(retention_us) = setting.and_then(|setting| setting.retention_us) {
        topic.retention_us = retention_us;
        return;
    }
    let analytics = topic
        .consumers
        .iter()
        .find(|name| model.service(name).is_some_and(|service| service.analytics));
    topic.retention_us = if analytics.is_some() { RETENTION_ANALYTICS_US } else { RETENTION_US };
    topic.defaults.push(DefaultValue::retention(&topic.name, analytics.map(|name| &**name)));
}
