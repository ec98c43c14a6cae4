//! A system that runs: model, store, runtime and API put together, and its orderly end.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annals_console::{Api, Limits};
use annals_core::System;
use annals_http::HttpCaller;
use annals_model::Model;
use annals_runtime::ports::{Clock, Store};
use annals_runtime::{Options, Runtime, SystemEntropy};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::exit::Failed;
use crate::{output, stored};

/// How often a system that is to end by itself is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How often requests that this version doesn't know are looked for.
const UNKNOWN_EVERY: Duration = Duration::from_secs(1);

/// What threads get to end once everything has drained.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What a running system is made of.
pub(crate) struct LiveSystem {
    /// The engines.
    pub(crate) runtime: Arc<Runtime>,
    /// What the API shows.
    pub(crate) api: Api,
    end: watch::Sender<bool>,
}

impl LiveSystem {
    /// Starts a model on a store: checks the one against the other, and remembers the model there.
    pub(crate) async fn start(
        model: &Arc<Model>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        variables: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Failed> {
        let system = annals_interpreter::system(model, variables);
        let shown = Shown::of(&system);
        let runtime = Runtime::open(
            system,
            store.clone(),
            Arc::new(HttpCaller::default()),
            clock,
            Arc::new(SystemEntropy),
            Options::default(),
        )
        .await
        .map_err(|error| Failed::System(error.to_string()))?;
        store.remember(vec![stored::sources_fact(model)]).await?;
        let runtime = Arc::new(runtime);
        let api = shown.api(&runtime, store);
        Ok(Self { runtime, api, end: watch::Sender::new(false) })
    }

    /// Works without an API until there is nothing left to do now: retries are waited for, timers
    /// that run longer are left.
    pub(crate) async fn settle(&self) -> Result<(), Failed> {
        tokio::select! {
            ended = self.runtime.run(self.idle()) => Ok(ended?),
            never = self.tell() => match never {},
        }
    }

    /// Says on standard error what keeps consumers from working, when it changes, and what of the
    /// store is beyond this version.
    async fn tell(&self) -> Infallible {
        let troubles = self.api.statuses.troubles(|consumer, trouble| {
            output::say(&match trouble {
                Some(why) => format!("{consumer} gets no further: {why}"),
                None => format!("{consumer} goes on"),
            });
        });
        let unknown = async {
            let mut told = BTreeSet::new();
            loop {
                // What can't be read now is read with the next look.
                for (number, kind) in self.api.store.unknown_requests().await.unwrap_or_default() {
                    if told.insert(number) {
                        output::say(&format!(
                            "request {number} stays: '{kind}' is of a later version of Annals"
                        ));
                    }
                }
                tokio::time::sleep(UNKNOWN_EVERY).await;
            }
        };
        tokio::select! {
            never = troubles => never,
            never = unknown => never,
        }
    }

    /// Ends once nothing is left to do but to wait for timers.
    pub(crate) async fn idle(&self) {
        loop {
            let head = self.runtime.heads().current();
            let requests = self.api.store.requests().await.map_or(0, |all| all.len());
            let idle = self.api.statuses.all().iter().all(|status| {
                status.held.is_some()
                    || (status.idle
                        && status.checkpoint >= head
                        && status.pending == 0
                        && status.retrying == 0)
            });
            if idle && requests > 0 {
                // What fails here is tried again with the next look.
                let _ = self.runtime.answer_requests().await;
            }
            if idle && requests == 0 && head == self.runtime.heads().current() {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Runs engines and API until `until` is there, or one of them ends by itself: either is
    /// nothing without the other. Then both drain.
    pub(crate) async fn run(
        &self,
        listener: TcpListener,
        until: impl Future<Output = ()>,
    ) -> Result<(), Failed> {
        let until = async {
            tokio::select! {
                () = until => {}
                () = ended(self.end.subscribe()) => {}
            }
            self.end.send_replace(true);
        };
        let engines = async {
            let ended = self.runtime.run(until).await;
            self.end.send_replace(true);
            ended
        };
        let api = async {
            let end = ended(self.end.subscribe());
            let limits = Limits::default();
            let served = annals_console::serve(listener, self.api.clone(), limits, end).await;
            self.end.send_replace(true);
            served
        };
        let (engines, api) = tokio::select! {
            both = async { tokio::join!(engines, api) } => both,
            never = self.tell() => match never {},
        };
        engines?;
        api.map_err(|error| Failed::System(error.to_string()))
    }
}

/// Waits for everything: on two threads, and one for each call outside that is under way. A thread
/// costs memory: 32 of them took 12 MiB more than 8.
pub(crate) fn wait<T>(
    calls_at_once: usize,
    work: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    let waiting = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(calls_at_once)
        .enable_all()
        .build()
        .map_err(|error| Failed::System(error.to_string()))?;
    let ended = waiting.block_on(work);
    // A call that nobody waits for any more may have begun just now and take its 10 s. It is cut
    // off, and made again by the next start, under the same key.
    waiting.shutdown_timeout(LAST_WORDS);
    ended
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn ended(mut end: watch::Receiver<bool>) {
    // A sender that is gone ends it too.
    let _ = end.wait_for(|end| *end).await;
}

/// The parts of a system that the API shows, kept before the runtime takes the system.
struct Shown {
    name: Arc<str>,
    upcaster: Arc<dyn annals_core::Upcaster>,
    deciders: BTreeMap<Arc<str>, Arc<dyn annals_core::Decider>>,
    projections: BTreeMap<Arc<str>, Arc<dyn annals_core::Projection>>,
    sagas: BTreeMap<Arc<str>, Arc<dyn annals_core::SagaLogic>>,
}

impl Shown {
    fn of(system: &System) -> Self {
        let deciders = system.deciders.iter().map(|d| (d.aggregate().into(), d.clone()));
        let projections = system.projections.iter().map(|p| (p.table().name.clone(), p.clone()));
        Self {
            name: system.name.clone(),
            upcaster: system.upcaster.clone(),
            deciders: deciders.collect(),
            projections: projections.collect(),
            sagas: system
                .sagas
                .iter()
                .map(|saga| (saga.definition().name.clone(), saga.clone()))
                .collect(),
        }
    }

    fn api(self, runtime: &Runtime, store: Arc<dyn Store>) -> Api {
        Api {
            name: self.name,
            commands: runtime.commands(),
            store,
            upcaster: self.upcaster,
            deciders: self.deciders,
            projections: self.projections,
            sagas: self.sagas,
            statuses: runtime.statuses(),
        }
    }
}

/// Binds the API's listener. Without a wish: port 7070, or a free one where that is taken.
pub(crate) async fn listen(wish: Option<SocketAddr>) -> Result<TcpListener, Failed> {
    let address = wish.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7070)));
    if !address.ip().is_loopback() {
        return Err(Failed::Input(format!(
            "{address} is not a loopback address: without authentication the API answers this \
             machine only"
        )));
    }
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if wish.is_none() && error.kind() == std::io::ErrorKind::AddrInUse => {
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            TcpListener::bind(any).await.map_err(|error| Failed::System(error.to_string()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Failed::System(format!(
                "{address} is in use{}; choose another with --listen",
                holder(address.port()).map_or_else(String::new, |pid| format!(" by process {pid}"))
            )))
        }
        Err(error) => Err(Failed::System(format!("{address}: {error}"))),
    }
}

/// The process that listens on a TCP port, where the system tells (Linux's /proc).
fn holder(port: u16) -> Option<u32> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|text| text.lines().filter_map(|line| listening(line, port)).collect::<Vec<_>>())
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let processes = std::fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let descriptors = std::fs::read_dir(process.path().join("fd")).ok()?;
        let holds = descriptors.flatten().any(|descriptor| {
            let target = std::fs::read_link(descriptor.path()).unwrap_or_default();
            inodes.iter().any(|inode| target.as_os_str() == inode.as_str())
        });
        holds.then_some(pid)
    })
}

/// The inode of a line of /proc/net/tcp that listens (state 0A) on the port.
fn listening(line: &str, port: u16) -> Option<String> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let local = columns.get(1)?.rsplit_once(':')?.1;
    let same = u16::from_str_radix(local, 16).ok()? == port;
    (same && *columns.get(3)? == "0A").then(|| columns.get(9).map(ToString::to_string)).flatten()
}
