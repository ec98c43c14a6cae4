//! Which topics a system has: the events that another service reads, and those that `topics:`
//! names.

use std::sync::Arc;

use annals_model::{Model, readers, topic_name};

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

/// The topics of a system, in the order in which the file declares their (first) events; a topic's
/// settings are those of `topics:`, or the defaults.
pub fn topics(model: &Model) -> Vec<Topic> {
    let readers = readers(&model.projections, &model.sagas, &model.reactions);
    let mut topics: Vec<Topic> = Vec::new();
    for aggregate in &model.aggregates {
        let domain = model.service(&aggregate.service).map_or("", |service| &*service.domain);
        for event in &aggregate.events {
            let own_name: Arc<str> =
                topic_name(domain, &aggregate.named.name, &event.named.name).into();
            let setting = model.topics.iter().find(|s| s.events.contains(&event.named.name));
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
