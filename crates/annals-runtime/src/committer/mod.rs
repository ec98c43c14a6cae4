//! Group commit: units of work from everywhere go through one queue and are committed in batches,
//! each judged on its own. Rows of immediate projections are folded here, once a batch's order is
//! known. Nothing here decides what a unit holds.

mod batcher;
mod fold;
mod marks;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_core::{Position, Projection};
use tokio::sync::{mpsc, oneshot, watch};

use crate::Heads;
use crate::ports::{Clock, Committed, Refusal, Snapshot, Store, StoreError, Unit};
use batcher::{Batcher, Job, Message};
use fold::Folder;
use marks::Marks;

/// Units and snapshots that wait at most; whoever brings more waits with them.
const QUEUE: usize = 4_096;

/// What becomes of a unit.
pub type Verdict = Result<Result<Committed, Refusal>, StoreError>;

/// The one way into the store for everything that runs. Cheap to clone; its task ends with the last
/// clone.
#[derive(Clone, Debug)]
pub struct Committer {
    queue: mpsc::Sender<Message>,
    counts: Arc<Counts>,
    heads: Heads,
    failed: watch::Receiver<Option<StoreError>>,
}

/// How much was committed, for people and tests.
#[derive(Debug, Default)]
pub struct Counts {
    batches: AtomicU64,
    units: AtomicU64,
}

impl Counts {
    /// Calls of the store.
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Units in them.
    pub fn units(&self) -> u64 {
        self.units.load(Ordering::Relaxed)
    }

    fn add(&self, units: usize) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.units.fetch_add(units as u64, Ordering::Relaxed);
    }
}

/// An immediate projection whose rows equal the fold of the log up to a position.
#[derive(Clone)]
pub struct Immediate {
    /// The projection.
    pub projection: Arc<dyn Projection>,
    /// Its checkpoint as stored.
    pub checkpoint: Position,
}

impl Committer {
    /// Starts the batcher as a task of the current tokio runtime. `heads` stands at the store's
    /// head, and the immediate projections are folded up to there.
    pub fn start(
        store: Arc<dyn Store>,
        immediate: Vec<Immediate>,
        heads: Heads,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        let counts = Arc::<Counts>::default();
        let marks = Marks::new(&immediate);
        let folder = Folder::new(immediate.into_iter().map(|it| it.projection).collect());
        let batcher = Batcher::new(store, folder, marks, heads.clone(), clock, counts.clone());
        let failed = batcher.failed();
        tokio::spawn(batcher.run(messages));
        Self { queue, counts, heads, failed }
    }

    /// Commits a unit, in a batch with others. Waits for a place in the queue. A caller that is
    /// dropped leaves its unit behind, which may still be committed.
    ///
    /// # Errors
    /// [`StoreError`]: the batch failed as a whole, and may have been committed: bring the unit
    /// again, its outcome or checkpoint tells a repetition.
    pub async fn commit(&self, unit: Unit) -> Verdict {
        let (answer, verdict) = oneshot::channel();
        let job = Job::new(unit, answer);
        self.queue.send(Message::Unit(job)).await.map_err(|_| ended())?;
        verdict.await.map_err(|_| ended())?
    }

    /// Leaves a snapshot to be kept after the next commit; one too many is let go.
    pub fn keep(&self, snapshot: Snapshot) {
        // Losing a snapshot costs time, never truth.
        let _ = self.queue.try_send(Message::Keep(snapshot));
    }

    /// Stores how far the immediate projections are, so that the next start has less to read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark(&self) -> Result<(), StoreError> {
        let (answer, done) = oneshot::channel();
        self.queue.send(Message::Mark(answer)).await.map_err(|_| ended())?;
        done.await.map_err(|_| ended())?
    }

    /// Ends once the store can't be used any more, with what it said. Whoever only waits for the
    /// head to move would never hear of it.
    pub async fn failed(&self) -> StoreError {
        let mut failed = self.failed.clone();
        // A batcher that is gone, by a panic too, commits nothing any more.
        let error = failed.wait_for(Option::is_some).await;
        error.ok().and_then(|error| error.clone()).unwrap_or_else(ended)
    }

    /// Ends the batcher after what is queued before this; later units find it closed.
    pub async fn end(&self) {
        let (answer, done) = oneshot::channel();
        if self.queue.send(Message::End(answer)).await.is_ok() {
            // It is dropped with the task's own things, the store among them.
            let _ = done.await;
        }
    }

    /// How much was committed.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Where the log's end is.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }
}

fn ended() -> StoreError {
    StoreError::Closed("the runtime has ended".to_owned())
}
