//! Events that are offered and not settled yet.

use std::sync::Arc;

use crate::{Position, Timestamp};

/// An attempt that is to be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The event.
    pub position: Position,
    /// Its key.
    pub key: Arc<str>,
    /// Whether it is a letter that is redriven.
    pub redriven: bool,
}

/// One event on its way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) key: Arc<str>,
    pub(super) attempts: u32,
    pub(super) due: Timestamp,
    pub(super) under_way: bool,
}
