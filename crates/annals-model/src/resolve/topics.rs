//! `topics:`: settings of topics whose names follow from events, or that gather several events.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Node};
use crate::{Named, Readers, Service, TopicSetting, topic_name};

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
    readers: &Readers,
) -> Vec<TopicSetting> {
    let names = Names::of(catalog, services, listed);
    let mut taken: HashMap<Arc<str>, Span> = HashMap::new();
    let topic = |entry: &&Entry| topic(context, catalog, &names, &mut taken, entry);
    let settings: Vec<TopicSetting> = listed.iter().filter_map(topic).collect();
    // Of a topic that isn't understood it can't be known which events it takes.
    if settings.len() == listed.len() {
        collisions(context, catalog, &names, &settings, readers);
    }
    settings
}

/// Complains about events that come into one topic without `topics:` saying so.
fn collisions(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
    names: &Names,
    settings: &[TopicSetting],
    readers: &Readers,
) {
    let mut firsts: HashMap<&str, (&Named, Option<usize>)> = HashMap::new();
    for aggregate in &catalog.aggregates {
        for event in aggregate.events.iter().map(|event| &event.named) {
            let own = aggregate.service.as_ref();
            let elsewhere = |services: &BTreeSet<_>| services.iter().any(|s| Some(s) != own);
            let setting = settings.iter().position(|setting| setting.events.contains(&event.name));
            let topic = match (setting, names.topics.get(&event.name)) {
                (Some(at), _) => &*settings[at].named.name,
                (None, Some(topic)) if readers.get(&event.name).is_some_and(elsewhere) => topic,
                _ => continue,
            };
            let (first, other) = *firsts.entry(topic).or_insert((event, setting));
            if first.name != event.name && (setting.is_none() || setting != other) {
                let moved = if setting.is_none() { event } else { first };
                shared(context, topic, (first, event), &moved.name);
            }
        }
    }
}

fn shared(context: &mut Context<'_>, topic: &str, events: (&Named, &Named), moved: &str) {
    let (first, second) = events;
    let message = format!("`{}` and `{}` both have the topic `{topic}`", first.name, second.name);
    let domain = topic.split_once('.').map_or("", |(domain, _)| domain);
    let cure = own_topic(domain, moved);
    context
        .problems
        .error(codes::SHARED_TOPIC, second.span, message)
        .label(first.span, "the other one")
        .cure(format!("{cure}, or name both as the `events` of `{topic}`"));
}

/// How an event gets a topic that no other event's name leads to.
fn own_topic(domain: &str, event: &str) -> String {
    let own = topic_name(domain, "", event);
    format!("give one a topic of its own, `topics: {{ {own}: {{ events: [{event}] }} }}`")
}

/// The names that follow from the events.
#[derive(Default)]
struct Names {
    events: HashMap<String, Vec<Arc<str>>>,
    topics: HashMap<Arc<str>, String>,
    sorted: Vec<String>,
    /// The events that a topic names under `events:`.
    gathered: HashSet<Arc<str>>,
    domains: HashMap<Arc<str>, Arc<str>>,
    /// An aggregate or its domain isn't known, so any topic's name may be right.
    blind: bool,
}

impl Names {
    fn of(catalog: &Catalog<'_>, services: &[Service], listed: &[&Entry]) -> Self {
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
                names.topics.insert(event.clone(), topic.clone());
                names.events.entry(topic).or_default().push(event.clone());
                names.domains.insert(event.clone(), (*domain).clone());
            }
        }
        names.sorted = names.events.keys().cloned().collect();
        names.sorted.sort();
        for entry in listed {
            let Kind::Map(words) = &entry.value.kind else { continue };
            let events = words.iter().filter(|word| &*word.key == "events");
            let events = events.flat_map(|word| decode::list_or_one(&word.value));
            names.gathered.extend(events.filter_map(|node| match &node.kind {
                Kind::Scalar(name) => Some(name.text.clone()),
                _ => None,
            }));
        }
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
        Some(node) => gathered(context, catalog, names, (entry, formed), node),
        None if formed => derived(context, names, entry).map(|event| vec![event]),
        None => None,
    }?;
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
        events,
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
    let all = names.events.get(&*entry.key).map(Vec::as_slice);
    // Of several it is those that have no topic elsewhere.
    let left = all.map(|all| match all {
        [_] => all.iter().collect(),
        _ => all.iter().filter(|event| !names.gathered.contains(*event)).collect::<Vec<_>>(),
    });
    match left.as_deref() {
        Some([event]) => Some((*event).clone()),
        Some(_) => {
            let several = all.unwrap_or_default();
            let events = several.join("` and `");
            let message = format!("`{}` is the topic of `{events}`", entry.key);
            let cure = match (several, entry.key.split_once('.')) {
                ([.., last], Some((domain, _))) => own_topic(domain, last),
                _ => String::new(),
            };
            let cure = format!("{cure}, or name all under `events`");
            context.problems.error(codes::TOPIC_EVENT, entry.key_span, message).cure(cure);
            None
        }
        None if names.blind => None,
        None => {
            let message = format!("no event has the topic `{}`", entry.key);
            let known = names.sorted.iter().map(String::as_str);
            let cure = suggest(&entry.key, known, "declare an event first");
            let stop = if cure.ends_with('?') { "" } else { "." };
            let cure = format!("{cure}{stop} For a topic of several events write `events: […]`");
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
    (entry, formed): (&Entry, bool),
    node: &Node,
) -> Option<Vec<Arc<str>>> {
    let domain = entry.key.split_once('.').map_or("", |(domain, _)| domain);
    let mut events: Vec<Arc<str>> = Vec::new();
    let mut good = true;
    for node in decode::list_or_one(node) {
        let Some((event, _)) = super::saga::event(context, catalog, node) else {
            good = false;
            continue;
        };
        let own = names.domains.get(&event).filter(|own| formed && ***own != *domain);
        if let Some(own) = own {
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
    good.then_some(events)
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
