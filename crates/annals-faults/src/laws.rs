//! Laws that hold of every store, tried on stores that are made anew: one order explains what
//! concurrent clients are told, and whatever is asked, a store does as the one in memory does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_conformance::{Broken, Fault, compare, linearizable_across};
use annals_runtime::ports::Store;

use crate::place;
use crate::server::{Server, session};

/// One answer in so many is lost.
const LOSES: u64 = 16;
/// Stores that share a log, as processes do, where a store may be shared.
const PROCESSES: usize = 4;
/// Histories at a time.
const SIDE_BY_SIDE: usize = 4;
/// Calls of a history.
const STEPS: usize = 120;
/// Operations of each client of a history.
const OPERATIONS: u64 = 2_000;

/// Where stores are made.
#[derive(Debug)]
pub enum Stores {
    /// In memory.
    Memory,
    /// Files in a folder.
    Sqlite(PathBuf),
    /// Schemas of a server.
    Postgres(Server),
}

impl Stores {
    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "Postgres",
        }
    }

    /// The place of a new store.
    pub fn place(&self, number: u64) -> String {
        match self {
            Self::Memory => place::MEMORY.to_owned(),
            Self::Sqlite(folder) => {
                folder.join(format!("annals-{number}.db")).to_string_lossy().into_owned()
            }
            Self::Postgres(server) => server.place(&format!("faults_{number}")),
        }
    }

    /// The stores of one log.
    async fn shared(&self, place: &str) -> Result<Vec<Arc<dyn Store>>, String> {
        let first = place::open(place).await?;
        let mut stores = vec![first];
        if matches!(self, Self::Postgres(_)) {
            for _ in 1..PROCESSES {
                stores.push(place::open(&place::beside(place)).await?);
            }
        }
        Ok(stores)
    }

    /// Removes a store that nobody needs any more.
    pub(crate) async fn remove(&self, place: &str) -> Result<(), String> {
        match self {
            Self::Memory => {}
            Self::Sqlite(_) => {
                for end in ["", "-wal", "-shm", "-lock"] {
                    // Not all of them are always there.
                    let _ = std::fs::remove_file(format!("{place}{end}"));
                }
            }
            Self::Postgres(_) => {
                let schema = place.split_once("?schema=").ok_or("a place without schema")?.1;
                let drop = format!("DROP SCHEMA {schema} CASCADE");
                let session = session(place).await?;
                session.batch_execute(&drop).await.map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

/// Histories of 8 clients, some answers lost, one for each seed.
///
/// # Errors
/// What no order explains.
pub fn one_order(stores: &Stores, seeds: u64, fault: Option<Fault>) -> Result<(), String> {
    each(stores, seeds, async |seed, place: &str| {
        let shared = stores.shared(place).await?;
        let hurt = shared.into_iter().map(|store| -> Arc<dyn Store> {
            let store = match fault {
                Some(fault) => Arc::new(Broken::new(store, fault)),
                None => store,
            };
            Arc::new(Broken::new(store, Fault::LosesAnswers(LOSES)))
        });
        linearizable_across(seed, &hurt.collect::<Vec<_>>(), OPERATIONS).await
    })
}

/// Histories of random calls beside the store in memory, one for each seed.
///
/// # Errors
/// The first difference.
pub fn as_in_memory(stores: &Stores, seeds: u64, fault: Option<Fault>) -> Result<(), String> {
    each(stores, seeds, async |seed, place: &str| {
        let store = place::open(place).await?;
        let store = match fault {
            Some(fault) => Arc::new(Broken::new(store, fault)),
            None => store,
        };
        compare(seed, STEPS, store).await
    })
}

/// Each seed on a store of its own, which is removed where all is well; a few side by side, since
/// most of the time is spent on waiting for the disk.
fn each(
    stores: &Stores,
    seeds: u64,
    history: impl AsyncFn(u64, &str) -> Result<(), String> + Sync,
) -> Result<(), String> {
    let (next, history) = (&AtomicU64::new(0), &history);
    let turns = || {
        let taken = || next.fetch_add(1, Ordering::Relaxed);
        let seeds = std::iter::repeat_with(taken).take_while(|seed| *seed < seeds);
        some(stores, seeds, history)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SIDE_BY_SIDE).map(|_| scope.spawn(turns)).collect();
        let died = |_| Err("a history ended without a result".to_owned());
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(died))
    })
}

fn some(
    stores: &Stores,
    seeds: impl Iterator<Item = u64>,
    history: &impl AsyncFn(u64, &str) -> Result<(), String>,
) -> Result<(), String> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime =
        runtime.worker_threads(2).enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        for seed in seeds {
            let place = stores.place(seed);
            let told = |why: String| format!("{}: {why}", stores.name());
            history(seed, &place).await.map_err(told)?;
            stores.remove(&place).await.map_err(told)?;
        }
        Ok(())
    })
}
