//! The task that gathers, folds and commits. It alone commits, so that one batch is written while
//! the next one gathers in the queue; and what comes while a batch is written goes with it.

use std::collections::VecDeque;
use std::sync::Arc;

use annals_core::Position;
use tokio::sync::mpsc::{self, error::TryRecvError};
use tokio::sync::{oneshot, watch};

use super::fold::{Chain, Folder, Unfolded};
use super::marks::Marks;
use super::{Counts, Verdict, window};
use crate::ports::{Batch, Clock, Committed, Refusal, Snapshot, Store, StoreError, Unit};
use crate::{Heads, failpoint};

/// Units of one batch at most.
const UNITS: usize = 512;

/// Bytes of one batch at most, unless a single unit has more.
const BYTES: usize = 4 << 20;

/// Turns of other tasks in which a clock doesn't move: it stands, as one of a simulation may.
const STANDS: u32 = 10_000;

/// Times that a unit is folded again before its caller hears of it.
const FOLDS: u32 = 8;

/// A unit and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    unit: Box<Unit>,
    /// Events of its last append.
    last: u64,
    answer: oneshot::Sender<Verdict>,
    bytes: usize,
    folds: u32,
}

impl Job {
    pub(super) fn new(unit: Unit, answer: oneshot::Sender<Verdict>) -> Self {
        let bytes = size(&unit);
        let last = unit.appends.last().map_or(0, |append| append.events.len() as u64);
        Self { unit: Box::new(unit), last, answer, bytes, folds: 0 }
    }

    fn say(self, verdict: Verdict) {
        // A caller that is gone needs no answer.
        let _ = self.answer.send(verdict);
    }
}

/// What comes through the queue.
#[derive(Debug)]
pub(super) enum Message {
    Unit(Job),
    Keep(Snapshot),
    Mark(oneshot::Sender<Result<(), StoreError>>),
    End(oneshot::Sender<()>),
}

/// The task's own.
pub(super) struct Batcher {
    store: Arc<dyn Store>,
    folder: Folder,
    marks: Marks,
    heads: Heads,
    clock: Arc<dyn Clock>,
    counts: Arc<Counts>,
    /// Jobs that come before those in the queue: folded again, or over the last batch's bounds.
    first: VecDeque<Job>,
    /// Rows as the batches so far have left them.
    kept: Chain,
    snapshots: Vec<Snapshot>,
    marking: Vec<oneshot::Sender<Result<(), StoreError>>>,
    window_us: i64,
    /// Units that the window is open for: those that waited while the last commit was written, and
    /// one of each whom it answered.
    expected: usize,
    /// A failed commit may have moved the head unseen.
    lost: bool,
    /// Why nothing can be committed any more.
    failed: watch::Sender<Option<StoreError>>,
    /// Who waits for the end. The last field: it is dropped once the store is let go.
    ending: Option<oneshot::Sender<()>>,
}

/// A batch that is being gathered and written.
struct Open<'s> {
    writing: Box<dyn Batch + 's>,
    /// Those whose units it has, in its order.
    jobs: Vec<Job>,
    /// Units that were looked at, with those that were refused here, and their bytes.
    brought: usize,
    bytes: usize,
    /// Where the log ended before it.
    head: Position,
    /// Where it will end, as far as rows are concerned.
    last: Position,
    chain: Chain,
    /// Jobs to be folded behind it.
    again: Vec<Job>,
    /// How long the store may still be kept waiting, in microseconds.
    window_us: i64,
}

impl<'s> Open<'s> {
    fn new(writing: Box<dyn Batch + 's>, chain: Chain, (head, window_us): (Position, i64)) -> Self {
        let (jobs, again) = (Vec::new(), Vec::new());
        let (brought, bytes, last) = (0, 0, head);
        Self { writing, jobs, brought, bytes, head, last, chain, again, window_us }
    }

    fn has_room_for(&self, job: &Job) -> bool {
        self.brought == 0 || (self.brought < UNITS && self.bytes + job.bytes <= BYTES)
    }
}

impl Batcher {
    pub(super) fn new(
        store: Arc<dyn Store>,
        folder: Folder,
        marks: Marks,
        heads: Heads,
        clock: Arc<dyn Clock>,
        counts: Arc<Counts>,
    ) -> Self {
        Self {
            store,
            folder,
            marks,
            heads,
            clock,
            counts,
            first: VecDeque::new(),
            kept: Chain::default(),
            snapshots: Vec::new(),
            marking: Vec::new(),
            window_us: 0,
            expected: 0,
            lost: false,
            failed: watch::Sender::new(None),
            ending: None,
        }
    }

    /// Where it will say that nothing can be committed any more.
    pub(super) fn failed(&self) -> watch::Receiver<Option<StoreError>> {
        self.failed.subscribe()
    }

    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        loop {
            if self.first.is_empty() {
                if self.ending.is_some() {
                    return;
                }
                match queue.recv().await {
                    Some(message) => self.take(message),
                    None => return,
                }
            }
            // What came may be something else.
            if !self.first.is_empty() {
                self.batch(&mut queue).await;
            }
            self.at_leisure().await;
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Unit(job) => self.first.push_back(job),
            Message::Keep(snapshot) => self.snapshots.push(snapshot),
            Message::Mark(answer) => self.marking.push(answer),
            Message::End(answer) => self.ending = Some(answer),
        }
    }

    /// One batch, from the units that wait to the answers. The store writes them while others come:
    /// what is dropped before its commit was never there.
    async fn batch(&mut self, queue: &mut mpsc::Receiver<Message>) {
        let (store, started) = (Arc::clone(&self.store), self.clock.now().0);
        let mut open = match self.open(&*store).await {
            Ok(open) => open,
            Err(error) => {
                let jobs = self.first.drain(..).collect();
                return self.fail(jobs, &error);
            }
        };
        while self.more(&mut open, queue).await {
            if let Err(error) = self.bring(&mut open).await {
                return self.fail(open.jobs, &error);
            }
        }
        self.first.extend(open.again);
        let Open { mut writing, jobs, head, last, chain, .. } = open;
        if jobs.is_empty() {
            return;
        }
        let marks = self.marks.due(head);
        if !marks.is_empty() {
            writing.add(marks);
        }
        failpoint!("batcher.before-commit", |error| return self.fail(jobs, &error));
        let verdicts = writing.commit().await;
        self.window_us = window::after(jobs.len(), self.clock.now().0 - started);
        self.expected = jobs.len() + self.first.len() + queue.len();
        self.counts.add(jobs.len());
        failpoint!("batcher.behind-commit", |error| {
            self.lost = true;
            return self.fail(jobs, &error);
        });
        match verdicts {
            Ok(mut verdicts) => {
                assert!(verdicts.len() >= jobs.len(), "a store judges every unit");
                self.marks.note(head, &verdicts.split_off(jobs.len()));
                let end = end(&jobs, &verdicts);
                if verdicts.iter().all(Result::is_ok) && end.is_none_or(|end| end == last) {
                    self.kept = chain.kept();
                }
                self.heads.raise(end.unwrap_or(head));
                self.answer(jobs, verdicts);
            }
            Err(error) => {
                self.lost = true;
                self.fail(jobs, &error);
            }
        }
    }

    async fn open<'s>(&mut self, store: &'s dyn Store) -> Result<Open<'s>, StoreError> {
        if self.lost {
            self.heads.raise(store.head().await?);
            self.lost = false;
        }
        let writing = store.begin().await?;
        let kept = std::mem::take(&mut self.kept);
        Ok(Open::new(writing, kept, (self.heads.current(), self.window_us)))
    }

    /// Takes what is there, as much as a batch holds: the rest stays in the queue, which makes who
    /// brings more wait. Then what comes while the store writes anyway or within the window, unless
    /// all have come that the last commit sent away; whether there is more for this batch.
    /// The window's wait gives way to other tasks instead of sleeping: timers are coarser than a
    /// tenth of a commit. A clock that is set back or stands closes it, which would be open until
    /// the clock has caught up.
    async fn more(&mut self, open: &mut Open<'_>, queue: &mut mpsc::Receiver<Message>) -> bool {
        let mut stood = 0;
        loop {
            let mut gone = false;
            // What comes behind the end finds the queue closed.
            while self.first.len() < UNITS && self.ending.is_none() && !gone {
                match queue.try_recv() {
                    Ok(message) => self.take(message),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => gone = true,
                }
            }
            if let Some(job) = self.first.front() {
                return open.has_room_for(job);
            }
            let is_last = gone || self.ending.is_some();
            if is_last || open.brought >= self.expected.min(UNITS) {
                return false;
            }
            if !open.writing.is_through() {
                tokio::select! {
                    biased;
                    message = queue.recv() => match message {
                        Some(message) => self.take(message),
                        None => return false,
                    },
                    () = open.writing.through() => {}
                }
                continue;
            }
            if open.window_us <= 0 {
                return false;
            }
            let before = self.clock.now().0;
            tokio::task::yield_now().await;
            let waited = self.clock.now().0 - before;
            stood = if waited == 0 { stood + 1 } else { 0 };
            let closed = waited < 0 || stood == STANDS;
            open.window_us = if closed { 0 } else { open.window_us - waited };
        }
    }

    /// Brings the units that wait to the store, with their immediate rows; those that can't be
    /// folded are refused here.
    async fn bring(&mut self, open: &mut Open<'_>) -> Result<(), StoreError> {
        if !self.folder.is_empty() {
            let units: Vec<&Unit> = self.first.iter().map(|job| &*job.unit).collect();
            if let Err(error) = self.folder.read(&*self.store, &mut open.chain, &units).await {
                open.jobs.extend(self.first.drain(..));
                open.jobs.append(&mut open.again);
                return Err(error);
            }
        }
        let mut units = Vec::with_capacity(self.first.len());
        while let Some(mut job) = self.first.pop_front() {
            if !open.has_room_for(&job) {
                self.first.push_front(job);
                break;
            }
            open.brought += 1;
            open.bytes += job.bytes;
            if self.folder.is_empty() {
                // Nobody will ask for it again.
                units.push(std::mem::take(&mut *job.unit));
                open.jobs.push(job);
                continue;
            }
            let events: usize = job.unit.appends.iter().map(|append| append.events.len()).sum();
            let end = Position(open.last.0 + events as u64);
            match self.folder.fold(&mut open.chain, &job.unit, end) {
                Ok((rows, chained)) => {
                    open.last = end;
                    let mut unit = (*job.unit).clone();
                    unit.rows.extend(rows);
                    unit.rows_on = chained.then_some(open.head);
                    units.push(unit);
                    open.jobs.push(job);
                }
                Err(Unfolded::Refused(refusal)) => job.say(Ok(Err(refusal))),
                Err(Unfolded::Predicted(_)) if job.folds < FOLDS => {
                    job.folds += 1;
                    open.again.push(job);
                }
                Err(Unfolded::Predicted(why)) => job.say(Ok(Err(Refusal::Unfoldable(why)))),
            }
        }
        open.writing.add(units);
        Ok(())
    }

    /// Tells who waits, once the head has moved: who is answered can read what was written.
    fn answer(&mut self, jobs: Vec<Job>, verdicts: Vec<Result<Committed, Refusal>>) {
        failpoint!("batcher.before-answers", |error| return self.fail(jobs, &error));
        for (mut job, verdict) in jobs.into_iter().zip(verdicts) {
            match &verdict {
                Err(Refusal::StaleRow { projection, .. })
                    if self.folder.folds(projection) && job.folds < FOLDS =>
                {
                    job.folds += 1;
                    self.first.push_back(job);
                }
                _ => job.say(Ok(verdict)),
            }
        }
    }

    /// What nobody's command waits for.
    async fn at_leisure(&mut self) {
        if !self.snapshots.is_empty() {
            failpoint!("batcher.before-snapshots", |_error| self.snapshots.clear());
            // A snapshot that is lost breaks nothing.
            let _ = self.store.keep_snapshots(std::mem::take(&mut self.snapshots)).await;
        }
        for answer in std::mem::take(&mut self.marking) {
            failpoint!("batcher.before-mark", |error| {
                let _ = answer.send(Err(error));
                continue;
            });
            let head = self.heads.current();
            let done = self.store.commit(self.marks.all(head)).await;
            if let Err(error) = &done {
                self.note(error);
            }
            let _ = answer.send(done.map(|verdicts| self.marks.note(head, &verdicts)));
        }
    }

    fn fail(&self, jobs: Vec<Job>, error: &StoreError) {
        self.note(error);
        for job in jobs {
            job.say(Err(error.clone()));
        }
    }

    /// Keeps the first error that no further try can pass.
    fn note(&self, error: &StoreError) {
        if error.is_passing() {
            return;
        }
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            failed.get_or_insert_with(|| error.clone());
            first
        });
    }
}

/// Where the last event of units came to be, if they have any.
fn end(jobs: &[Job], verdicts: &[Result<Committed, Refusal>]) -> Option<Position> {
    let ends = jobs.iter().zip(verdicts).filter_map(|(job, verdict)| {
        let (first, _) = verdict.as_ref().ok()?.appends.last()?;
        Some(Position(first.0 + job.last - 1))
    });
    ends.max()
}

/// About how many bytes a unit brings to the store.
fn size(unit: &Unit) -> usize {
    const ENVELOPE: usize = 200;
    let events = unit.appends.iter().flat_map(|append| &append.events);
    let events: usize = events.map(|event| event.data.len() + ENVELOPE).sum();
    let sagas: usize = unit.sagas.iter().map(|saga| saga.state.len() + ENVELOPE).sum();
    let outcome = unit.outcome.as_ref().map_or(0, |outcome| outcome.outcome.len() + ENVELOPE);
    let books = unit.letters.len() + unit.retries.len() + unit.timers.len();
    events + sagas + outcome + (unit.rows.len() + books) * ENVELOPE
}
