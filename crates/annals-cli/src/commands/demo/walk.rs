//! The walk: traffic, settling, the quarter of an hour after which orders are forgotten, the broken
//! mailbox and its cure, the books.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use annals_core::Timestamp;
use annals_runtime::ports::{Clock, LetterQuery, LetterStatus, LogQuery, Request, Store};
use annals_runtime::{CommandError, CommandRequest, Commands, Outcome, SystemClock};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::books::{self, Line};
use super::clock::DemoClock;
use super::notifications::{Counts, Notifications, file_of};
use super::scale::Scale;
use super::story::{self, Story};
use super::tally::Tally;
use super::traffic::{Asked, Traffic};
use super::{Place, Wrap, live, model, summary};
use crate::cli::DemoArgs;
use crate::exit::Failed;
use crate::interrupts::Interrupts;
use crate::live_system::{self, LiveSystem};
use crate::stores;

/// Customers at once.
const CLIENTS: usize = 64;

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How far time passes beyond the last timer that runs.
const BEYOND_US: i64 = 1_000_000;

/// What the traffic has come to so far.
#[derive(Default)]
pub(super) struct Progress {
    /// Orders whose customers are done.
    pub(super) orders: AtomicU64,
    /// Commands answered.
    pub(super) commands: AtomicU64,
    /// Commands rejected.
    pub(super) rejected: AtomicU64,
    /// Microseconds that each command took.
    pub(super) latencies_us: Mutex<Vec<u32>>,
}

/// Everything that the summary tells of.
pub(super) struct Walked {
    pub(super) scale: Scale,
    pub(super) progress: Arc<Progress>,
    pub(super) traffic_us: i64,
    pub(super) settled_us: i64,
    pub(super) events: u64,
    pub(super) new_events: u64,
    pub(super) sagas: Vec<Tally>,
    pub(super) parked: usize,
    pub(super) redriven: usize,
    pub(super) notifications: Counts,
    pub(super) story: Option<Story>,
    pub(super) books: Vec<Line>,
}

/// Runs the demo from its start to its books, and then, in a terminal, keeps the API up.
pub(super) async fn walk(args: &DemoArgs, place: &Place, wrap: Wrap) -> Result<bool, Failed> {
    let io = |error: std::io::Error| Failed::System(error.to_string());
    let mut interrupts = Interrupts::listen()?;
    let store = wrap(stores::writable(&place.url).await?);
    let model = model()?;
    // Another system's store is refused before anything is left beside it.
    store.prepare(&model.name, Vec::new()).await?;
    let scale = Scale::of(args, &*store).await?;
    let traffic = Traffic::new(scale.seed, scale.orders);
    let notifications =
        Notifications::open(&file_of(&place.path), traffic.poisoned_customer()).map_err(io)?;
    let url = notifications.serve().await.map_err(io)?;
    let variables = |name: &str| (name == "NOTIFICATIONS_URL").then(|| url.clone());
    let clock = Arc::new(DemoClock::behind(last_time(&*store).await?));
    let system = tokio::select! {
        live = LiveSystem::start(&model, store.clone(), clock.clone(), &variables) => live?,
        () = interrupts.first() => return Ok(true),
    };
    let system = Arc::new(system);
    scale.remember(&*store).await?;
    let listener = live_system::listen(args.listen).await?;
    let api = listener.local_addr().map_err(io)?;
    let end = watch::Sender::new(false);
    let (running, mut over) = (system.clone(), end.subscribe());
    let mut running = tokio::spawn(async move {
        // A sender that is gone ends it too.
        let until = async move { drop(over.wait_for(|over| *over).await) };
        running.run(listener, until).await
    });
    let progress = Arc::new(Progress::default());
    let view = live::View::start(args, scale, &system, &progress);
    let path = &place.path;
    let demo = Demo { path, system, store, clock, scale, traffic, notifications, progress };
    let ended = tokio::select! {
        walked = demo.walk() => walked.map(Some),
        () = interrupts.first() => Ok(None),
        stopped = &mut running => {
            view.end().await;
            return Err(match stopped {
                Ok(Err(failed)) => failed,
                _ => Failed::System("the system stopped by itself".into()),
            });
        }
    };
    // What follows is written below the view, which is never drawn again.
    view.end().await;
    let balances = match &ended {
        Ok(Some(walked)) => {
            summary::print(args, walked);
            if std::io::stdout().is_terminal() && !args.exit && !args.json {
                demo.invite(place, api);
                interrupts.first().await;
            }
            walked.books.iter().all(|line| line.balances)
        }
        Ok(None) => {
            summary::interrupted(scale, place);
            true
        }
        Err(_) => false,
    };
    end.send_replace(true);
    let stopped = running.await.map_err(|error| Failed::System(error.to_string()))?;
    ended?;
    stopped?;
    Ok(balances)
}

/// The time of the last event; a demo lets time pass, so that it may lie ahead.
async fn last_time(store: &dyn Store) -> Result<Timestamp, Failed> {
    let query = LogQuery { backward: true, limit: 1, ..LogQuery::default() };
    let last = store.read_log(query).await?;
    Ok(last.first().map_or(Timestamp(0), |last| last.event.time))
}

struct Demo<'a> {
    path: &'a Path,
    system: Arc<LiveSystem>,
    store: Arc<dyn Store>,
    clock: Arc<DemoClock>,
    scale: Scale,
    traffic: Traffic,
    notifications: Notifications,
    progress: Arc<Progress>,
}

impl Demo<'_> {
    async fn walk(&self) -> Result<Walked, Failed> {
        let progress = &self.progress;
        let before = self.store.head().await?.0;
        let start = SystemClock.now();
        for delivery in self.traffic.deliveries() {
            ask(&self.system.api.commands, delivery, progress).await?;
        }
        self.customers().await?;
        let traffic_us = since(start);
        self.quiet(false).await?;
        if let Some(due) = self.last_timer().await? {
            self.clock.pass_to(Timestamp(due.0.saturating_add(BEYOND_US)));
        }
        self.quiet(true).await?;
        let parked = self.dead().await?.len();
        self.redrive().await?;
        self.notifications.cure();
        let redriven = self.redrive().await?;
        let settled_us = since(start);
        let head = self.store.head().await?.0;
        let model = model()?;
        let system = annals_interpreter::system(&model, &|_| None);
        let books = books::audit(&*self.store, &system, &file_of(self.path)).await?;
        Ok(Walked {
            scale: self.scale,
            progress: progress.clone(),
            traffic_us,
            settled_us,
            events: head,
            new_events: head - before,
            sagas: Tally::all(&*self.store, &system).await?,
            parked,
            redriven,
            notifications: self.notifications.counts(),
            story: story::tell(&self.system, &*self.store).await?,
            books,
        })
    }

    /// The customers of all orders, as many at once as there are clients.
    async fn customers(&self) -> Result<(), Failed> {
        let next = Arc::new(AtomicU64::new(0));
        let mut clients: JoinSet<Result<(), Failed>> = JoinSet::new();
        for _ in 0..CLIENTS {
            let (next, progress, traffic) = (next.clone(), self.progress.clone(), self.traffic);
            let (commands, orders) = (self.system.api.commands.clone(), self.scale.orders);
            clients.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= orders {
                        return Ok(());
                    }
                    for asked in traffic.order(number) {
                        ask(&commands, asked, &progress).await?;
                    }
                    progress.orders.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while let Some(client) = clients.join_next().await {
            client.map_err(|error| Failed::System(error.to_string()))??;
        }
        Ok(())
    }

    /// Waits until nothing is left to do; timers too, where asked.
    async fn quiet(&self, timers: bool) -> Result<(), Failed> {
        loop {
            let head = self.system.runtime.heads().current();
            let quiet = self.system.api.statuses.all().iter().all(|status| {
                status.idle
                    && status.checkpoint >= head
                    && status.pending == 0
                    && status.retrying == 0
                    && status.sagas.open == 0
                    && (!timers || status.timers == 0)
            });
            if quiet && head == self.system.runtime.heads().current() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// When the last of the timers that run fires.
    async fn last_timer(&self) -> Result<Option<Timestamp>, Failed> {
        let mut last = None;
        for status in self.system.api.statuses.all() {
            let timers = self.store.timers(&status.name).await?;
            last = last.max(timers.iter().map(|timer| timer.due).max());
        }
        Ok(last)
    }

    async fn dead(&self) -> Result<Vec<u64>, Failed> {
        let query = LetterQuery { statuses: vec![LetterStatus::Failed], ..LetterQuery::default() };
        Ok(self.store.letters(query).await?.into_iter().map(|letter| letter.id).collect())
    }

    /// Redrives all dead letters, and waits until each has succeeded or parked again. How many
    /// there are no more.
    async fn redrive(&self) -> Result<usize, Failed> {
        let dead = self.dead().await?;
        let mut own = Vec::new();
        for letter in &dead {
            own.push(self.store.request(Request::Redrive(*letter)).await?);
        }
        self.system.runtime.poke();
        while self.store.requests().await?.iter().any(|(number, _)| own.contains(number)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.quiet(true).await?;
        Ok(dead.len() - self.dead().await?.len().min(dead.len()))
    }

    /// Says what can be tried while the API is up.
    fn invite(&self, place: &Place, api: std::net::SocketAddr) {
        let ids = [(); 2].map(|()| self.system.api.commands.next_id());
        summary::invitation(self.scale, place, api, ids);
    }
}

/// One command of one customer; what is rejected is part of the traffic.
async fn ask(commands: &Commands, asked: Asked, progress: &Progress) -> Result<(), Failed> {
    let start = SystemClock.now();
    let request = CommandRequest {
        command_id: Some(asked.command_id),
        outside: true,
        ..CommandRequest::new(
            asked.aggregate,
            asked.id,
            asked.command,
            asked.input.to_string().into_bytes(),
        )
    };
    let answer = loop {
        match commands.handle(request.clone()).await {
            Err(CommandError::Busy | CommandError::Conflict) => {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            answer => break answer,
        }
    };
    let answer = answer
        .map_err(|error| Failed::System(format!("{} of the demo: {error}", asked.command)))?;
    let took = u32::try_from(since(start)).unwrap_or(u32::MAX);
    progress.latencies_us.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    progress.commands.fetch_add(1, Ordering::Relaxed);
    if matches!(answer.outcome, Outcome::Rejected(_)) {
        progress.rejected.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn since(start: Timestamp) -> i64 {
    (SystemClock.now().0 - start.0).max(0)
}
