//! Answers before the commit: a call is told that it succeeded, and its unit is committed later or
//! never.

use std::sync::Arc;

use annals_core::{Position, Version};
use annals_runtime::ports::{Committed, Expected, Store, StoreError, Unit};

/// The answer that a commit of these units would get now, where it is one plain append that would
/// be taken: only such a one can be answered without being judged.
pub(super) async fn answer(
    inner: &Arc<dyn Store>,
    units: &[Unit],
) -> Result<Option<Committed>, StoreError> {
    let [unit] = units else { return Ok(None) };
    let [append] = &unit.appends[..] else { return Ok(None) };
    let plain = unit.condition.is_none()
        && unit.outcome.is_none()
        && unit.checkpoint.is_none()
        && unit.rows.is_empty()
        && annals_runtime::ports::unstorable(unit).is_none();
    if !plain {
        return Ok(None);
    }
    let all = inner.read_stream(&append.stream, Version(0), usize::MAX).await?;
    let version = Version(all.len() as u64);
    let met = match append.expected {
        Expected::Any => true,
        Expected::Empty => version.0 == 0,
        Expected::Exists => version.0 > 0,
        Expected::Exactly(expected) => version == expected,
    };
    let first = (Position(inner.head().await?.0 + 1), Version(version.0 + 1));
    Ok(met.then(|| Committed { appends: vec![first] }))
}
