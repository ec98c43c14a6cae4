//! The values that hold where the file is silent, each with the reason that the report gives.

use serde::Serialize;

/// Partitions of a topic: six split evenly over 1, 2, 3 and 6 consumers, and a count that is grown
/// later moves keys to other partitions.
pub const PARTITIONS: u32 = 6;

/// Retention of an operational topic, in microseconds: 7 days.
pub const RETENTION_US: i64 = 7 * 86_400_000_000;

/// Retention of a topic that analytics reads, in microseconds: 30 days.
pub const RETENTION_ANALYTICS_US: i64 = 30 * 86_400_000_000;

/// Events between two snapshots of an aggregate.
pub const SNAPSHOT_EVERY: u64 = 100;

/// A value that the file doesn't write, and why it is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultValue {
    /// What it is a value of, such as `topics.orders.placed.retention`.
    pub what: String,
    /// The value, as the file would write it.
    pub value: String,
    /// Why.
    pub reason: String,
}

impl DefaultValue {
    pub(crate) fn partitions(topic: &str) -> Self {
        Self {
            what: format!("topics.{topic}.partitions"),
            value: PARTITIONS.to_string(),
            reason: "six divide evenly over 1, 2, 3 or 6 consumers; growing the count later moves \
                     keys to other partitions"
                .into(),
        }
    }

    pub(crate) fn retention(topic: &str, analytics: Option<&str>) -> Self {
        let (value, reason) = match analytics {
            Some(service) => ("30d", format!("{service} reads it for analytics: 30 days or more")),
            None => ("7d", "operational topics are kept for 7 days".into()),
        };
        Self { what: format!("topics.{topic}.retention"), value: value.into(), reason }
    }

    pub(crate) fn snapshots(aggregate: &str) -> Self {
        Self {
            what: format!("aggregates.{aggregate}.snapshot_every"),
            value: SNAPSHOT_EVERY.to_string(),
            reason: "loading an instance reads at most 100 events after its snapshot".into(),
        }
    }

    /// The default of a word of `dead_letters:`.
    pub(crate) fn dead_letters(word: &str) -> Option<Self> {
        let (value, reason) = match word {
            "max_retries" => ("3", "three retries outlast a short failure"),
            "backoff" => {
                ("exponential", "the longer a failure lasts, the less often it is tried again")
            }
            "base" => ("100ms", "the first retry comes while whoever waits still does"),
            "cap" => ("30s", "once all is well again the last ones wait half a minute at most"),
            "retention" => ("14d", "two weeks outlast a holiday"),
            _ => return None,
        };
        let what = format!("dead_letters.{word}");
        Some(Self { what, value: value.into(), reason: reason.into() })
    }
}
