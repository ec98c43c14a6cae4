//! What `annals_commit` says, as what the port says.

use annals_core::{Position, Version};
use annals_runtime::ports::{Committed, Refusal, StoreError};
use tokio_postgres::Row;

use crate::call::Call;
use crate::error::damaged;
use crate::events::get;

/// What became of a unit.
#[derive(Debug)]
pub(crate) enum Verdict {
    Committed(Committed),
    Refused(Refusal),
    /// The command has an outcome, which is still to be read.
    Duplicate,
}

/// One verdict a unit.
pub(crate) fn read(call: &Call<'_>, row: &Row) -> Result<Vec<Verdict>, StoreError> {
    let said = Said {
        verdict: get(row, 0)?,
        detail: get(row, 1)?,
        entry: get(row, 2)?,
        positions: get(row, 3)?,
        versions: get(row, 4)?,
    };
    let complete = said.verdict.len() == call.units.len()
        && said.positions.len() == call.lists.a_unit.len()
        && said.versions.len() == call.lists.a_unit.len();
    if !complete {
        return Err(damaged("annals_commit answered for other units than it was asked for"));
    }
    (0..call.units.len()).map(|at| said.verdict(call, at)).collect()
}

struct Said {
    verdict: Vec<i32>,
    detail: Vec<i64>,
    entry: Vec<i32>,
    positions: Vec<i64>,
    versions: Vec<i64>,
}

impl Said {
    fn verdict(&self, call: &Call<'_>, at: usize) -> Result<Verdict, StoreError> {
        let unit = call.units[at];
        let detail = self.detail[at].cast_unsigned();
        let entry = usize::try_from(self.entry[at]).ok().and_then(|entry| entry.checked_sub(1));
        let before = at.checked_sub(1);
        let part = |ends: &[i32]| {
            let end = |at: usize| usize::try_from(ends[at]).unwrap_or(0);
            before.map_or(0, end)..end(at)
        };
        let unknown = || damaged(format!("annals_commit said {}", self.verdict[at]));
        Ok(Verdict::Refused(match self.verdict[at] {
            0 => {
                let places = part(&call.lists.u_appends).map(|append| {
                    let place = (self.positions[append], self.versions[append]);
                    (Position(place.0.cast_unsigned()), Version(place.1.cast_unsigned()))
                });
                return Ok(Verdict::Committed(Committed { appends: places.collect() }));
            }
            1 => {
                let stream = entry.and_then(|entry| call.lists.a_stream.get(entry));
                let stream = stream.and_then(|stream| usize::try_from(stream - 1).ok());
                let own = part(&call.lists.u_appends).start;
                let append = entry.and_then(|entry| unit.appends.get(entry.checked_sub(own)?));
                let append = append.filter(|_| stream.is_some()).ok_or_else(unknown)?;
                Refusal::Conflict { stream: append.stream.clone(), actual: Version(detail) }
            }
            2 => return Ok(Verdict::Duplicate),
            3 => {
                let write = unit.checkpoint.as_ref().ok_or_else(unknown)?;
                let consumer = write.consumer.clone();
                Refusal::StaleCheckpoint { consumer, actual: Position(detail) }
            }
            4 => {
                let own = part(&call.lists.u_rows).start;
                let write = entry.and_then(|entry| unit.rows.get(entry.checked_sub(own)?));
                let write = write.ok_or_else(unknown)?;
                let (projection, key) = (write.projection.clone(), write.key.clone());
                Refusal::StaleRow { projection, key }
            }
            5 => Refusal::Matched { position: Position(detail) },
            6 => Refusal::Unstorable(call.unfit[at].clone().ok_or_else(unknown)?),
            _ => return Err(unknown()),
        }))
    }
}
