//! The kinds of work.

use serde::{Deserialize, Serialize};

/// What a client does in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Appends so many events to one stream, durable when the call returns.
    Append(usize),
    /// Loads a stream of at most ten events, decides, appends one event.
    Handle,
    /// Reads all of the log into owned events.
    ReadLog,
    /// Reads one stream of ten events.
    ReadStream,
}

impl Workload {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 6] = [
        Self::Append(1),
        Self::Append(10),
        Self::Append(100),
        Self::Handle,
        Self::ReadLog,
        Self::ReadStream,
    ];

    /// Its name on the command line and in tables.
    pub fn name(self) -> String {
        match self {
            Self::Append(count) => format!("append-{count}"),
            Self::Handle => "handle".to_owned(),
            Self::ReadLog => "read-log".to_owned(),
            Self::ReadStream => "read-stream".to_owned(),
        }
    }

    /// What is counted by the second.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Append(_) | Self::ReadLog => "events",
            Self::Handle => "commands",
            Self::ReadStream => "streams of 10 events",
        }
    }

    /// Whether it reads what must be there before.
    pub fn reads(self) -> bool {
        matches!(self, Self::ReadLog | Self::ReadStream)
    }
}
