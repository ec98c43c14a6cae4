//! The two ends of a batch on its way to the writer's thread, which writes what is there while the
//! rest still comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use annals_runtime::ports::{Batch, BoxFuture, StoreError, StoreResult, Unit};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::batch::Work;
use crate::writer::{Verdicts, gone};

/// What became of a batch, and all that came of it.
type Answer = (Result<Verdicts, StoreError>, Vec<Work>);

/// What comes of a batch at once.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) work: Vec<Work>,
    /// Whether nothing follows: the batch is to be committed.
    pub(crate) is_last: bool,
}

/// What both ends know.
#[derive(Debug, Default)]
struct Shared {
    /// Pieces of work that are written.
    written: AtomicUsize,
    /// Told when there is nothing left to write.
    through: Notify,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Feed {
    parts: Receiver<Part>,
    answer: Option<oneshot::Sender<Answer>>,
    shared: Arc<Shared>,
    given: usize,
}

impl Feed {
    /// Waits for what comes next, all that is there, once what came before is written; `None`: who
    /// brought it has gone, and nothing of it is wanted.
    pub(crate) fn next(&mut self) -> Option<Part> {
        self.shared.written.store(self.given, Ordering::Release);
        let first = self.parts.try_recv().ok().or_else(|| {
            self.shared.through.notify_one();
            self.parts.recv().ok()
        });
        let mut part = first?;
        while !part.is_last
            && let Ok(more) = self.parts.try_recv()
        {
            part.work.extend(more.work);
            part.is_last = more.is_last;
        }
        self.given += part.work.len();
        Some(part)
    }

    /// Says what became of the batch, and hands it back.
    pub(crate) fn answer(mut self, verdicts: Result<Verdicts, StoreError>, all: Vec<Work>) {
        if let Some(answer) = self.answer.take() {
            // Whoever asked may have gone; what was done is done.
            let _ = answer.send((verdicts, all));
        }
    }
}

impl Drop for Feed {
    /// Nothing more is written: nobody has to wait for it.
    fn drop(&mut self) {
        self.shared.written.store(usize::MAX, Ordering::Release);
        self.shared.through.notify_one();
    }
}

/// The other end. Units are kept back until somebody asks whether the store is through: so a batch
/// that is there at once comes in one part.
#[derive(Debug)]
pub(crate) struct Feeder {
    parts: Sender<Part>,
    answer: oneshot::Receiver<Answer>,
    shared: Arc<Shared>,
    next: Vec<Work>,
    brought: usize,
}

impl Feeder {
    /// Both ends of a batch.
    pub(crate) fn new() -> (Self, Feed) {
        let (to, parts) = channel();
        let (answer, answered) = oneshot::channel();
        let shared = Arc::<Shared>::default();
        let feed = Feed { parts, answer: Some(answer), shared: Arc::clone(&shared), given: 0 };
        let (next, brought) = (Vec::new(), 0);
        (Self { parts: to, answer: answered, shared, next, brought }, feed)
    }

    fn hand_on(&mut self, is_last: bool) {
        let work = std::mem::take(&mut self.next);
        self.brought += work.len();
        // A writer that doesn't listen any more has answered.
        let _ = self.parts.send(Part { work, is_last });
    }
}

impl Batch for Feeder {
    fn add(&mut self, units: Vec<Unit>) {
        self.next.extend(units.into_iter().map(Work::unit));
    }

    fn is_through(&mut self) -> bool {
        if !self.next.is_empty() {
            self.hand_on(false);
        }
        self.shared.written.load(Ordering::Acquire) >= self.brought
    }

    fn through(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            while !self.is_through() {
                self.shared.through.notified().await;
            }
        })
    }

    fn commit<'s>(mut self: Box<Self>) -> StoreResult<'s, Verdicts>
    where
        Self: 's,
    {
        Box::pin(async move {
            self.hand_on(true);
            let (verdicts, all) = self.answer.await.map_err(|_| gone())?;
            // To let thousands of events go takes as long as to write a tenth of them: neither the
            // writer does it nor who waits for the verdicts.
            if let Ok(runtime) = Handle::try_current() {
                runtime.spawn(async move { drop(all) });
            }
            verdicts
        })
    }
}

#[cfg(test)]
mod tests;
