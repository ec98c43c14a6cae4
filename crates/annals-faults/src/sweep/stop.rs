//! The process stands still at a place (SIGSTOP), and another one commits beside it: whatever the
//! first one holds there, that one must not wait for it.

use std::process::Child;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use annals_runtime::ports::Unit;

use super::PATIENCE;
use crate::load::Command;
use crate::loaded::now;
use crate::place;
use crate::server::{is_stopped, signal};

/// Nobody is held up for longer.
const BOUND: Duration = Duration::from_millis(2_000);

/// Waits until the process says that it stops, commits beside it, and has it go on; how long the
/// commit took, the other process's start included. None: it ended before it came there.
///
/// # Errors
/// It took longer than that, or failed; the process doesn't stop.
pub(super) fn commit_beside(
    child: &Child,
    place: &str,
    stops: &Receiver<()>,
) -> Result<Option<Duration>, String> {
    if stops.recv_timeout(PATIENCE).is_err() {
        return Ok(None);
    }
    let asked = now();
    while !is_stopped(child.id()) {
        if asked.elapsed() > PATIENCE {
            return Err("it doesn't stop".to_owned());
        }
        std::thread::yield_now();
    }
    let since = now();
    let committed = place::alone(commit(place));
    let took = since.elapsed();
    signal("CONT", &[child.id()])?;
    committed?;
    (took <= BOUND).then_some(Some(took)).ok_or_else(|| format!("a commit beside it took {took:?}"))
}

/// The outcome of a command that has no events: it takes the log's lock as any commit does, and
/// leaves the log as the checks expect it.
async fn commit(place: &str) -> Result<(), String> {
    let store = place::open(&place::beside(place)).await?;
    let outcome = Some(Command { run: 2, writer: 0, number: 1 }.outcome());
    let commit = store.commit(vec![Unit { outcome, ..Unit::default() }]);
    let verdicts = tokio::time::timeout(PATIENCE, commit).await;
    let verdicts = verdicts.map_err(|_| "a commit beside it hangs".to_owned())?;
    let mut verdicts = verdicts.map_err(|error| format!("a commit beside it: {error}"))?;
    verdicts.remove(0).map_err(|refusal| format!("a commit beside it: {refusal:?}"))?;
    Ok(())
}
