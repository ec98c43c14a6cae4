//! Recorded histories of concurrent appends and reads, for the checker in `linearizable.rs`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_core::Version;
use annals_runtime::SeededEntropy;
use annals_runtime::ports::{Committed, Entropy, Expected, Refusal, Store, StoreError, Unit};
use tokio::task::JoinSet;

use crate::linearizable::{Asked, Operation, Told, check_linearizable};
use crate::make::{appends, exactly, stream};

const CLIENTS: u64 = 8;
/// Operations of each client in a short history.
const OPERATIONS: u64 = 60;
/// Streams that are in use at a time.
const STREAMS: u64 = 3;
/// After so many operations of all clients other streams take their place: reads are of whole
/// streams, and an order is sought for each stream by itself.
const CHANGE: u64 = 480;

/// Has 8 clients append to a few streams and read them, side by side, each as `seed` says, and
/// checks that one order explains all that they were told. A store that is unavailable now and then
/// is no trouble: what it was asked may have happened.
///
/// # Errors
/// What no order explains.
pub async fn linearizable(seed: u64, store: Arc<dyn Store>) -> Result<(), String> {
    linearizable_across(seed, &[store], OPERATIONS).await
}

/// As [`linearizable`], of so many `operations` of each client, with the clients divided among
/// several stores of one log, as those of several processes are.
///
/// # Errors
/// What no order explains.
pub async fn linearizable_across(
    seed: u64,
    stores: &[Arc<dyn Store>],
    operations: u64,
) -> Result<(), String> {
    let clock = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for (client, store) in (0..CLIENTS).zip(stores.iter().cycle()) {
        let (store, clock) = (store.clone(), clock.clone());
        let entropy = SeededEntropy::new(seed * CLIENTS + client);
        clients
            .spawn(async move { Client { client, store, clock, entropy }.run(operations).await });
    }
    let mut history = Vec::new();
    while let Some(client) = clients.join_next().await {
        history.extend(client.map_err(|error| error.to_string())??);
    }
    check_linearizable(&history).map_err(|why| format!("seed {seed}: {why}"))
}

struct Client {
    client: u64,
    store: Arc<dyn Store>,
    clock: Arc<AtomicU64>,
    entropy: SeededEntropy,
}

impl Client {
    async fn run(self, operations: u64) -> Result<Vec<Operation>, String> {
        // Where it believes each stream to be: right as long as nobody else has appended.
        let mut believed: HashMap<u64, u64> = HashMap::new();
        let mut history = Vec::new();
        for number in 0..operations {
            let dice = self.entropy.next_u64();
            // Each operation reads the clock twice.
            let generation = self.clock.load(Ordering::SeqCst) / (2 * CHANGE);
            let stream = generation * STREAMS + dice % STREAMS;
            let believed = believed.entry(stream).or_default();
            let id = stream.to_string();
            let value = self.client * operations + number;
            let asked = match dice >> 32 & 7 {
                0..3 => Asked::Read,
                3 => Asked::Append { expected: None, value },
                _ => Asked::Append { expected: Some(*believed), value },
            };
            for _ in 0..(dice >> 48 & 3) {
                tokio::task::yield_now().await;
            }
            let called = self.clock.fetch_add(1, Ordering::SeqCst);
            let told = self.ask(&id, &asked).await?;
            let answered = self.clock.fetch_add(1, Ordering::SeqCst);
            match &told {
                Told::Appended(version) | Told::Conflict(version) => *believed = *version,
                Told::Values(values) => *believed = values.len() as u64,
                Told::Nothing => {}
            }
            history.push(Operation { stream: id, asked, called, told, answered });
        }
        Ok(history)
    }

    /// In one call, or in a batch that is written before it ends.
    async fn append(
        &self,
        unit: Unit,
        in_batch: bool,
    ) -> Result<Vec<Result<Committed, Refusal>>, StoreError> {
        if !in_batch {
            return self.store.commit(vec![unit]).await;
        }
        let mut batch = self.store.begin().await?;
        batch.add(vec![unit]);
        batch.through().await;
        tokio::task::yield_now().await;
        batch.commit().await
    }

    async fn ask(&self, id: &str, asked: &Asked) -> Result<Told, String> {
        match asked {
            Asked::Read => match self.store.read_stream(&stream(id), Version(0), 10_000).await {
                Ok(events) => {
                    Ok(Told::Values(events.iter().map(|it| it.event.id.as_u64_pair().0).collect()))
                }
                Err(StoreError::Unavailable(_)) => Ok(Told::Nothing),
                Err(error) => Err(error.to_string()),
            },
            Asked::Append { expected, value } => {
                let unit = appends(id, expected.map_or(Expected::Any, exactly), &[*value]);
                match self.append(unit, value % 2 == 0).await.map(|mut verdicts| verdicts.pop()) {
                    Ok(Some(Ok(committed))) => Ok(Told::Appended(committed.appends[0].1.0)),
                    Ok(Some(Err(Refusal::Conflict { actual, .. }))) => Ok(Told::Conflict(actual.0)),
                    Err(StoreError::Unavailable(_)) => Ok(Told::Nothing),
                    other => Err(format!("an append is told {other:?}")),
                }
            }
        }
    }
}
