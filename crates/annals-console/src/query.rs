//! The query string of reads: `limit`, `after` and the switches, checked.

use annals_core::Position;
use serde::Deserialize;

use crate::problem::Problem;

/// Items of a page where nothing is said.
const DEFAULT_LIMIT: usize = 100;

/// Items of a page at most.
const MAX_LIMIT: usize = 1_000;

/// The parameters that reads take; a list says which of them it minds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    limit: Option<usize>,
    /// What the last page's `next` said.
    pub(crate) after: Option<String>,
    /// `sagas`: saga histories too.
    pub(crate) include: Option<String>,
    /// True: as stored, not in the latest version.
    #[serde(default)]
    pub(crate) raw: bool,
    /// Only events of this name.
    #[serde(rename = "type")]
    pub(crate) type_: Option<String>,
    /// Only this status.
    pub(crate) status: Option<String>,
    /// Only this consumer.
    pub(crate) consumer: Option<String>,
}

impl Page {
    /// How many items.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            Some(limit) => Err(Problem::bad_request(format!(
                "limit is {limit}; a page holds 1 to {MAX_LIMIT} items"
            ))),
        }
    }

    /// `after` as a number: a position, a version or a letter's.
    pub(crate) fn after_number(&self) -> Result<u64, Problem> {
        let Some(text) = &self.after else { return Ok(0) };
        text.parse().map_err(|_| {
            Problem::bad_request(format!("after is '{text}'; it is the number that `next` gave"))
        })
    }

    /// `after` as a position.
    pub(crate) fn after_position(&self) -> Result<Position, Problem> {
        self.after_number().map(Position)
    }
}
