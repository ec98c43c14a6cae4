//! `topics:`: settings of topics whose names follow from events, or that gather several events.

use std::collections::HashMap;
use std::sync::Arc;

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Node};
use crate::{Service, TopicSetting, topic_name};

use super::catalog::Catalog;
use super::context::{Context, suggest};

const TOPIC: [&str; 5] = ["events", "partitions", "retention", "describe", "owner"];
const PARTITIONS: std::ops::RangeInclusive<i64> = 1..=10_000;

/// All topics' settings.
pub(crate) fn resolve(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    services: &[Service],
    listed: &[&Entry],
) -> Vec<TopicSetting> {
    let names = if listed.is_empty() { Names::default() } else { Names::of(catalog, services) };
    let mut taken: HashMap<Arc<str>, Span> = HashMap::new();
    listed.iter().filter_map(|entry| topic(context, catalog, &names, &mut taken, entry)).collect()
}

/// The names that follow from the events.
#[derive(Default)]
struct Names {
    events: HashMap<String, Vec<Arc<str>>>,
    sorted: Vec<String>,
    domains: HashMap<Arc<str>, Arc<str>>,
    /// An aggregate or its domain isn't known, so any topic's name may be right.
    blind: bool,
}

impl Names {
    fn of(catalog: &Catalog<'_>, services: &[Service]) -> Self {
        let mut names = Self { blind: catalog.aggregates_lost, ..Self::default() };
        let domains: HashMap<&str, &Arc<str>> =
            services.iter().map(|s| (&*s.named.name, &s.domain)).collect();
        for aggregate in &catalog.aggregates {
            let domain = aggregate.service.as_ref().and_then(|service| domains.get(&**service));
            let Some(domain) = domain else {
                names.blind = true;
                continue;
            };
            for event in &aggregate.events {
                let event = &event.named.name;
                let topic = topic_name(domain, &aggregate.named.name, event);
                names.events.entry(topic).or_default().push(event.clone());
                names.domains.insert(event.clone(), (*domain).clone());
            }
        }
        names.sorted = names.events.keys().cloned().collect();
        names.sorted.sort();
        names
    }
}

fn topic(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    names: &Names,
    taken: &mut HashMap<Arc<str>, Span>,
    entry: &Entry,
) -> Option<TopicSetting> {
    let fields = Fields::of(&entry.value, "a topic", &TOPIC, &mut context.problems);
    let named = context.named(entry, Some(&fields));
    let partitions = fields.get("partitions").map(|node| partitions(context, node));
    let retention = fields.get("retention");
    let retention = retention.map(|node| decode::duration(node, &mut context.problems));
    let formed = form(context, entry);
    let events = match fields.get("events") {
        Some(node) => gathered(context, catalog, names, entry, node),
        None if formed => derived(context, names, entry).map(|event| (vec![event], false)),
        None => None,
    };
    let (events, written) = match events {
        Some((events, written)) => (events, written),
        None => return None,
    };
    for event in &events {
        if let Some(first) = taken.get(event) {
            let message = format!("`{event}` has a topic already");
            context
                .problems
                .error(codes::TWO_TOPICS, entry.key_span, message)
                .label(*first, "this one")
                .cure("keep it in one topic: two would break its order");
        }
        taken.insert(event.clone(), entry.key_span);
    }
    Some(TopicSetting {
        named,
        events: if written { events } else { Vec::new() },
        partitions: match partitions {
            None => None,
            Some(partitions) => Some(partitions?),
        },
        retention_us: match retention {
            None => None,
            Some(retention) => Some(retention?.value),
        },
    })
}

fn form(context: &mut Context<'_>, entry: &Entry) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let good = entry.key.split_once('.').is_some_and(|(domain, event)| part(domain) && part(event));
    if !good {
        let message = format!("`{}` is no topic's name", entry.key);
        let cure = "write `{domain}.{event}` in small letters and `-`, such as `orders.created`";
        context.problems.error(codes::TOPIC_NAME, entry.key_span, message).cure(cure);
    }
    good
}

/// The event that the topic's name says.
fn derived(context: &mut Context<'_>, names: &Names, entry: &Entry) -> Option<Arc<str>> {
    match names.events.get(&*entry.key).map(Vec::as_slice) {
        Some([event]) => Some(event.clone()),
        Some(several) => {
            let events = several.join("` and `");
            let message = format!("`{}` is the topic of `{events}`", entry.key);
            let cure = format!("say which: `events: [{}]`", several[0]);
            context.problems.error(codes::TOPIC_EVENT, entry.key_span, message).cure(cure);
            None
        }
        None if names.blind => None,
        None => {
            let message = format!("no event has the topic `{}`", entry.key);
            let known = names.sorted.iter().map(String::as_str);
            let cure = suggest(&entry.key, known, "declare an event first");
            let cure = format!("{cure} For a topic of several events write `events: […]`");
            context.problems.error(codes::TOPIC_EVENT, entry.key_span, message).cure(cure);
            None
        }
    }
}

/// The events that the topic gathers.
fn gathered(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    names: &Names,
    entry: &Entry,
    node: &Node,
) -> Option<(Vec<Arc<str>>, bool)> {
    let domain = entry.key.split_once('.').map_or("", |(domain, _)| domain);
    let mut events: Vec<Arc<str>> = Vec::new();
    let mut good = true;
    for node in decode::list_or_one(node) {
        let Some((event, _)) = super::saga::event(context, catalog, node) else {
            good = false;
            continue;
        };
        if let Some(own) = names.domains.get(&event).filter(|own| ***own != *domain) {
            let message = format!("`{event}` is of the domain {own}, not of {domain}");
            let cure = format!("begin the topic's name with `{own}.`, or leave the event out");
            context.problems.error(codes::TOPIC_NAME, node.span, message).cure(cure);
            good = false;
        }
        if events.contains(&event) {
            let message = format!("`{event}` is named twice");
            let cure = "take one of them away";
            context.problems.error(codes::TWO_TOPICS, node.span, message).cure(cure);
        } else {
            events.push(event);
        }
    }
    if events.is_empty() && good {
        let message = "a topic of no events carries nothing";
        let cure = "name its events, or leave `events` out where the topic's name says which";
        context.problems.error(codes::TOPIC_EVENT, node.span, message).cure(cure);
        return None;
    }
    good.then_some((events, true))
}

fn partitions(context: &mut Context<'_>, node: &Node) -> Option<u32> {
    let count = decode::int(node, &mut context.problems)?;
    if PARTITIONS.contains(&count.value) {
        return u32::try_from(count.value).ok();
    }
    let message = format!("a topic has 1 to 10,000 partitions, not {}", count.value);
    let cure = "write a number that is, such as 6";
    context.problems.error(codes::PARTITIONS, node.span, message).cure(cure);
    None
}
