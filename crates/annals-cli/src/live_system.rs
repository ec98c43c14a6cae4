//! A system that runs: model, store, runtime and API put together, and its orderly end.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use annals_console::{Api, Limits};
use annals_core::System;
use annals_http::HttpCaller;
use annals_model::Model;
use annals_runtime::ports::{Clock, Store};
use annals_runtime::{Options, Runtime, SystemEntropy};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::exit::Failed;
use crate::stored;

/// How often a system that is to end by itself is looked at.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(20);

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
        self.runtime.run(self.idle()).await?;
        Ok(())
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

    /// Runs engines and API until `until` is there; then both drain.
    pub(crate) async fn run(
        &self,
        listener: TcpListener,
        until: impl Future<Output = ()>,
    ) -> Result<(), Failed> {
        let engines = self.runtime.run(ended(self.end.subscribe()));
        let api = annals_console::serve(
            listener,
            self.api.clone(),
            Limits::default(),
            ended(self.end.subscribe()),
        );
        let ending = async {
            until.await;
            self.end.send_replace(true);
        };
        let (engines, api, ()) = tokio::join!(engines, api, ending);
        engines?;
        api.map_err(|error| Failed::System(error.to_string()))
    }
}

/// The runtime that waits for everything: two threads, and one for each call outside that is under
/// way. A thread costs memory: 32 of them took 12 MiB more than 8.
pub(crate) fn tokio_runtime(calls_at_once: usize) -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(calls_at_once)
        .enable_all()
        .build()
        .map_err(|error| Failed::System(error.to_string()))
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
