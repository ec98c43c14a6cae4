//! Services, and the policy of dead letters: what needs no types.

use std::sync::Arc;

use crate::codes_resolve as codes;
use crate::decode::{self, Fields};
use crate::yaml::{Entry, Kind, Node};
use crate::{Backoff, DeadLetters, Service};

use super::choice::choice;
use super::context::Context;

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 24 * 3600 * SECOND_US;

const DEAD_LETTERS: [&str; 5] = ["max_retries", "backoff", "base", "cap", "retention"];

/// One service.
pub(crate) fn service(context: &mut Context<'_>, entry: &Entry) -> Service {
    let name = &*entry.key;
    if !domain_form(name) {
        let message = format!("`{name}` can't name a service");
        let cure = "use small letters, digits, `-` and `_`, beginning with a letter";
        context.problems.error(codes::BAD_NAME, entry.key_span, message).cure(cure);
    }
    let words = ["domain", "use", "describe", "owner"];
    let fields = match entry.value.kind {
        Kind::Null => None,
        _ => Some(Fields::of(&entry.value, "a service", &words, &mut context.problems)),
    };
    let get = |word| fields.as_ref().and_then(|fields| fields.get(word));
    let domain = get("domain").and_then(|node| domain(context, node));
    let analytics = get("use").and_then(|node| choice(context, node, &[("analytics", true)]));
    Service {
        named: context.named(entry, fields.as_ref()),
        // In a topic's name `_` is refused, so that brokers can't confuse it with `.`.
        domain: domain.unwrap_or_else(|| entry.key.replace('_', "-").into()),
        analytics: analytics.unwrap_or(false),
    }
}

fn domain(context: &mut Context<'_>, node: &Node) -> Option<Arc<str>> {
    let text = decode::text(node, &mut context.problems)?;
    if domain_form(&text.value) && !text.value.contains('_') {
        return Some(text.value);
    }
    let message = format!("`{}` can't begin a topic's name", text.value);
    let cure = "use small letters, digits and `-`, beginning with a letter, such as `orders`";
    context.problems.error(codes::BAD_DOMAIN, node.span, message).cure(cure);
    None
}

fn domain_form(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

/// `dead_letters:` with its defaults.
pub(crate) fn dead_letters(context: &mut Context<'_>, node: Option<&Node>) -> DeadLetters {
    let mut policy = DeadLetters {
        max_retries: 3,
        backoff: Backoff::Exponential,
        base_us: SECOND_US / 10,
        cap_us: 30 * SECOND_US,
        retention_us: 14 * DAY_US,
        unwritten: DEAD_LETTERS.to_vec(),
    };
    let Some(node) = node.filter(|node| !matches!(node.kind, Kind::Null)) else { return policy };
    let what = "the policy of dead letters";
    let fields = Fields::of(node, what, &DEAD_LETTERS, &mut context.problems);
    policy.unwritten.retain(|word| fields.get(word).is_none());
    if let Some(node) = fields.get("max_retries") {
        policy.max_retries = retries(context, node).unwrap_or(policy.max_retries);
    }
    if let Some(node) = fields.get("backoff") {
        let words = [("exponential", Backoff::Exponential), ("constant", Backoff::Constant)];
        policy.backoff = choice(context, node, &words).unwrap_or(policy.backoff);
    }
    let times = [
        ("base", &mut policy.base_us),
        ("cap", &mut policy.cap_us),
        ("retention", &mut policy.retention_us),
    ];
    for (word, time) in times {
        let Some(node) = fields.get(word) else { continue };
        if let Some(written) = decode::duration(node, &mut context.problems) {
            *time = written.value;
        }
    }
    if policy.base_us > policy.cap_us {
        let at = fields.get("base").or_else(|| fields.get("cap")).unwrap_or(node);
        context
            .problems
            .error(codes::RETRIES, at.span, "the first delay is longer than the longest")
            .cure("write a `base` that isn't above the `cap` (30s where it isn't written)");
    }
    policy
}

fn retries(context: &mut Context<'_>, node: &Node) -> Option<u32> {
    let count = decode::int(node, &mut context.problems)?;
    if (0..=1_000).contains(&count.value) {
        return u32::try_from(count.value).ok();
    }
    let message = format!("an event is retried 0 to 1,000 times, not {}", count.value);
    let cure = "write a number that is, such as 3";
    context.problems.error(codes::RETRIES, node.span, message).cure(cure);
    None
}
