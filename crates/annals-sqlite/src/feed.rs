//! A batch on its way to the writer's thread, which writes what is there while the rest still comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use annals_runtime::ports::{Batch, BoxFuture, StoreError, StoreResult, Unit};
use tokio::sync::{Notify, oneshot};

use crate::batch::Work;
use crate::writer::{Verdicts, gone, works};

/// What comes.
pub(crate) enum Message {
    More(Vec<Work>),
    /// That was all of it.
    End,
}

/// What both ends know.
#[derive(Default)]
struct Shared {
    /// Pieces of work that are written.
    written: AtomicUsize,
    /// Told when there is nothing left to write.
    through: Notify,
}

/// The writer's end.
pub(crate) struct Feed {
    messages: Receiver<Message>,
    shared: Arc<Shared>,
    given: usize,
}

impl Feed {
    /// Waits for what comes next, once all that came before is written; `None`: whoever brought it
    /// is gone.
    pub(crate) fn next(&mut self) -> Option<Message> {
        self.shared.written.store(self.given, Ordering::Release);
        let next = self.messages.try_recv().ok().or_else(|| {
            self.shared.through.notify_one();
            self.messages.recv().ok()
        });
        if let Some(Message::More(works)) = &next {
            self.given += works.len();
        }
        next
    }
}

impl Drop for Feed {
    /// Nothing more is written: nobody has to wait for it.
    fn drop(&mut self) {
        self.shared.written.store(usize::MAX, Ordering::Release);
        self.shared.through.notify_one();
    }
}

/// The other end.
pub(crate) struct Writing {
    messages: Sender<Message>,
    answer: oneshot::Receiver<Result<Verdicts, StoreError>>,
    shared: Arc<Shared>,
    brought: usize,
}

impl Writing {
    /// Both ends; the answer is given once the batch is on disk, or at the first trouble.
    pub(crate) fn new(answer: oneshot::Receiver<Result<Verdicts, StoreError>>) -> (Self, Feed) {
        let (to, messages) = channel();
        let shared = Arc::<Shared>::default();
        let feed = Feed { messages, shared: Arc::clone(&shared), given: 0 };
        (Self { messages: to, answer, shared, brought: 0 }, feed)
    }
}

impl Batch for Writing {
    fn add(&mut self, units: Vec<Unit>) {
        self.brought += units.len();
        // A thread that doesn't listen any more has answered already.
        let _ = self.messages.send(Message::More(works(units)));
    }

    fn is_through(&self) -> bool {
        self.shared.written.load(Ordering::Acquire) >= self.brought
    }

    fn through(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            while !self.is_through() {
                self.shared.through.notified().await;
            }
        })
    }

    fn commit<'s>(self: Box<Self>) -> StoreResult<'s, Verdicts>
    where
        Self: 's,
    {
        Box::pin(async move {
            let _ = self.messages.send(Message::End);
            self.answer.await.map_err(|_| gone())?
        })
    }
}
