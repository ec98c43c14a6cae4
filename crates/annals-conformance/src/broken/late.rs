//! Positions given before the commit, as a sequence gives them: some events can be read only after
//! later ones could. Whoever polls "after my position" then passes them by.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use annals_core::{Position, RecordedEvent};
use annals_runtime::ports::{Committed, Refusal, Unit};

/// How often others may go before what is hidden is shown.
const TURNS: u32 = 10;

/// Positions that nobody can read yet.
#[derive(Debug, Default)]
pub(super) struct Late(Mutex<BTreeSet<u64>>);

impl Late {
    /// Hides what was committed, while others go first.
    pub(super) async fn hold(&self, counts: &Counts, verdicts: &[Result<Committed, Refusal>]) {
        let committed =
            verdicts.iter().zip(&counts.0).filter_map(|(it, n)| Some((it.as_ref().ok()?, n)));
        let places = committed.flat_map(|(committed, counts)| {
            committed
                .appends
                .iter()
                .zip(counts)
                .flat_map(|((first, _), count)| first.0..first.0 + count)
        });
        let places: Vec<u64> = places.collect();
        self.hidden().extend(&places);
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        self.hidden().retain(|place| !places.contains(place));
    }

    /// The head that can be read.
    pub(super) fn head(&self, head: Position) -> Position {
        let hidden = self.hidden();
        let shown = (1..=head.0).rev().find(|place| !hidden.contains(place));
        Position(shown.unwrap_or(0))
    }

    /// What can be read.
    pub(super) fn shown(&self, mut events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
        let hidden = self.hidden();
        events.retain(|event| !hidden.contains(&event.position.0));
        events
    }

    fn hidden(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many events each append of each unit has.
pub(super) struct Counts(Vec<Vec<u64>>);

impl Counts {
    pub(super) fn of(units: &[Unit]) -> Self {
        let of = |unit: &Unit| unit.appends.iter().map(|it| it.events.len() as u64).collect();
        Self(units.iter().map(of).collect())
    }
}
