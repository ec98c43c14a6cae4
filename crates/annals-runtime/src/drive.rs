//! Driving consumers live: one task each, woken by the head, by the clock, or by a request, until
//! the end is called. Tests and simulations step them by hand instead.

use std::future::Future;
use std::sync::Arc;

use annals_core::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Heads;
use crate::consumers::{Consumer, Step};
use crate::ports::{Clock, StoreError};
use crate::requests::Clerk;

/// How long a consumer leaves a store alone that it couldn't reach.
const PAUSE_US: i64 = 1_000_000;

/// Steps that go well before a trouble counts as over, unless the consumer rests before: one that
/// only reads may go well while nothing can be written.
const WELL: u32 = 1_000;

/// How often resolved letters are looked through.
const PURGE_US: u64 = 3_600_000_000;

/// What wakes consumers.
#[derive(Clone)]
pub(crate) struct Live {
    heads: Heads,
    clock: Arc<dyn Clock>,
    pokes: watch::Sender<()>,
    end: watch::Sender<bool>,
}

impl Live {
    pub(crate) fn new(heads: Heads, clock: Arc<dyn Clock>, pokes: watch::Sender<()>) -> Self {
        Self { heads, clock, pokes, end: watch::Sender::new(false) }
    }

    /// No further step begins.
    pub(crate) fn end(&self) {
        self.end.send_replace(true);
    }

    async fn until(&self, time: Option<Timestamp>) {
        match time {
            Some(time) => self.clock.sleep_until(time).await,
            None => std::future::pending().await,
        }
    }
}

type Ended = (usize, Box<dyn Consumer>, Result<(), StoreError>);

/// Consumers under way.
pub(crate) struct Running {
    tasks: JoinSet<Ended>,
    back: Vec<(usize, Box<dyn Consumer>)>,
}

impl Running {
    pub(crate) fn start(consumers: Vec<Box<dyn Consumer>>, live: &Live) -> Self {
        let mut tasks = JoinSet::new();
        for (index, consumer) in consumers.into_iter().enumerate() {
            let live = live.clone();
            tasks.spawn(async move {
                let mut consumer = consumer;
                let ended = drive(&mut *consumer, &live).await;
                (index, consumer, ended)
            });
        }
        Self { tasks, back: Vec::new() }
    }

    /// The error that ends a consumer; none, no end. May be dropped and asked again.
    pub(crate) async fn first_error(&mut self) -> StoreError {
        loop {
            match self.tasks.join_next().await {
                Some(Ok((index, consumer, ended))) => {
                    self.back.push((index, consumer));
                    if let Err(error) = ended {
                        return error;
                    }
                }
                // Our own logic is wrong, and the consumer is gone: going on would hide it.
                Some(Err(panic)) => {
                    return StoreError::Closed(format!("a consumer broke: {panic}"));
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for the steps under way, and gives up those that take longer than `patience`.
    pub(crate) async fn drain(
        mut self,
        patience: impl Future<Output = ()>,
    ) -> Vec<Box<dyn Consumer>> {
        let rest = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok((index, consumer, _)) = ended {
                    self.back.push((index, consumer));
                }
            }
        };
        tokio::select! {
            () = rest => {}
            () = patience => {}
        }
        self.tasks.abort_all();
        self.back.sort_by_key(|(index, _)| *index);
        self.back.into_iter().map(|(_, consumer)| consumer).collect()
    }
}

/// One consumer until the end is called, or the store can't be used any more. Nobody polls what it
/// has in flight from then on, so that goes too: commands behind it would wait for their turn.
async fn drive(consumer: &mut dyn Consumer, live: &Live) -> Result<(), StoreError> {
    let ended = steps(consumer, live).await;
    consumer.let_go();
    ended
}

async fn steps(consumer: &mut dyn Consumer, live: &Live) -> Result<(), StoreError> {
    let mut heads = live.heads.subscribe();
    let mut pokes = live.pokes.subscribe();
    let mut end = live.end.subscribe();
    let mut well = WELL;
    while !*end.borrow_and_update() {
        // Seen before the step, so that what moves during it wakes the next one.
        heads.mark_unchanged();
        pokes.mark_unchanged();
        let step = consumer.step().await;
        if step.is_ok() && well < WELL {
            well = if matches!(step, Ok(Step::Idle { .. })) { WELL } else { well + 1 };
            if well == WELL {
                consumer.status().trouble(None);
            }
        }
        match step {
            // A store that answers at once must not keep the thread from the others.
            Ok(Step::Worked) => tokio::task::yield_now().await,
            Ok(Step::Idle { wake_at }) => {
                // A time that has passed already must not keep the thread from the others either.
                tokio::task::yield_now().await;
                tokio::select! {
                    _ = end.changed() => {}
                    _ = heads.changed() => {}
                    _ = pokes.changed() => {}
                    () = live.until(wake_at) => {}
                }
            }
            Err(error) if error.is_passing() => {
                well = 0;
                consumer.status().trouble(Some(&error));
                // Not left for the pause, for the same reason as at the end.
                consumer.let_go();
                tokio::select! {
                    _ = end.changed() => {}
                    () = live.clock.sleep(PAUSE_US) => {}
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is done now and then.
pub(crate) struct House<'s> {
    pub(crate) clerk: Clerk<'s>,
    pub(crate) requests_us: i64,
    pub(crate) letter_retention_us: i64,
}

impl House<'_> {
    /// Looks for other processes' requests, answers those that no consumer will, and deletes
    /// letters that were resolved long ago; until the store can't be used any more.
    pub(crate) async fn keep(&self, live: &Live) -> StoreError {
        let mut purged: Option<Timestamp> = None;
        loop {
            let now = live.clock.now();
            // A clock that was set back makes it due too.
            let purge = purged.is_none_or(|last| now.0.abs_diff(last.0) >= PURGE_US);
            match self.round(live, now, purge).await {
                Ok(()) if purge => purged = Some(now),
                Ok(()) => {}
                Err(error) if error.is_passing() => {}
                Err(error) => return error,
            }
            live.clock.sleep(self.requests_us).await;
        }
    }

    async fn round(&self, live: &Live, now: Timestamp, purge: bool) -> Result<(), StoreError> {
        if self.clerk.answer().await? {
            live.pokes.send_replace(());
        }
        // Behind the answers, which must not wait for it, nor for its failures.
        if purge {
            let before = Timestamp(now.0.saturating_sub(self.letter_retention_us));
            self.clerk.store.purge_letters(before).await?;
        }
        Ok(())
    }
}
