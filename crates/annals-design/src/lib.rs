//! What the file leaves open, and why it is filled in as it is: topics, partitions, retention,
//! snapshots; and the report that says all of it. Pure: a model in, plain data out. Nothing here
//! judges the model (that is `annals-check`) or writes files.

mod defaults;
mod report;
mod summary;
mod topics;

pub use defaults::{
    DefaultValue, PARTITIONS, RETENTION_ANALYTICS_US, RETENTION_US, SNAPSHOT_EVERY,
};
pub use report::{Report, report};
pub use summary::{Summary, summaries};
pub use topics::{Topic, topics};
