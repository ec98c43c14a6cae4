//! Readers that follow the log while many write to it and a part of all transactions aborts, each
//! at its very end, after a random delay under the lock. A store that gives positions before its
//! commits can be read past one that comes later; the control does so.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use annals_core::{StreamId, Version};
use annals_runtime::Subscription;
use annals_runtime::ports::{Committed, Expected, LogQuery, Refusal, Store, StoreError, Unit};
use tokio::task::JoinSet;
use tokio_postgres::Client;

use crate::load::Command;
use crate::place::{self, alone};
use crate::server::{Server, session};

/// Processes, as far as a server can tell: stores with sessions of their own. The first one is the
/// engine's, each has a subscriber.
const STORES: usize = 4;
/// Divided among them.
const WRITERS: u64 = 16;
/// Events of one command.
const EVENTS: u64 = 3;
/// Commands of one call.
const IN_A_CALL: usize = 8;
/// A reader that hears nothing for so long has been skipped.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens at the end of every transaction that appends: a delay, and then for one in ten an
/// error that is nobody's fault.
const HOLD: &str = "
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(random() * 0.05);
  IF random() < 0.1 THEN
    RAISE EXCEPTION 'aborted at its end' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON annals_commits
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold();";

/// A stranger's session that does as an append does, and takes it back.
const ROLLED_BACK: &str = "
BEGIN;
SELECT FROM annals_log WHERE single FOR UPDATE;
INSERT INTO annals_commits (head, first, count, time, writer)
  SELECT head + 1, head + 1, 1, clock_timestamp(), 0 FROM annals_commits ORDER BY head DESC LIMIT 1;
INSERT INTO event_store (position, version, time, id, correlation_id, encoding, aggregate,
    aggregate_id, event_type, data)
  SELECT position + 1, 1, time, gen_random_uuid(), correlation_id, encoding, 'Ghost', 'ghost',
    event_type, data
  FROM event_store ORDER BY position DESC LIMIT 1;
SELECT pg_sleep(random() * 0.05);
ROLLBACK;";

/// How much to write.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// An empty folder for the server.
    pub folder: &'a Path,
    /// Events, at least.
    pub events: u64,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Events that each reader was given.
    pub events: u64,
    /// Calls of the store that were aborted at their end.
    pub aborted: u64,
    /// Transactions that strangers rolled back.
    pub rolled_back: u64,
    /// Units that were refused.
    pub refused: u64,
}

#[derive(Debug, Default)]
struct Counts {
    aborted: AtomicU64,
    rolled_back: AtomicU64,
    refused: AtomicU64,
}

/// Writes and follows.
///
/// # Errors
/// What a reader was not given, or in another order.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let server = Server::make(plan.folder, &[])?;
    let place = server.place("faults");
    let commands = plan.events.div_ceil(EVENTS * WRITERS);
    let total = commands * EVENTS * WRITERS;
    alone(async {
        let mut stores = vec![place::open(&place).await?];
        for _ in 1..STORES {
            stores.push(place::open(&place::beside(&place)).await?);
        }
        let said = |error: tokio_postgres::Error| error.to_string();
        session(&place).await?.batch_execute(HOLD).await.map_err(said)?;
        let counts = Arc::new(Counts::default());
        let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
        for store in &stores {
            readers.spawn(follow(Arc::clone(store), total));
        }
        for (writer, store) in (0..WRITERS).zip(stores.iter().cycle()) {
            writers.spawn(write(Arc::clone(store), writer, commands, Arc::clone(&counts)));
        }
        let strangers = tokio::spawn(roll_back(session(&place).await?, Arc::clone(&counts)));
        all(&mut writers).await?;
        let followed = all(&mut readers).await?;
        strangers.abort();
        let again = follow(Arc::clone(&stores[0]), total).await?;
        if followed.iter().any(|digest| *digest != again) {
            return Err("two readers were given different events".to_owned());
        }
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let Counts { aborted, rolled_back, refused } = &*counts;
        let (aborted, rolled_back, refused) = (count(aborted), count(rolled_back), count(refused));
        Ok(Report { events: total, aborted, rolled_back, refused })
    })
}

async fn all<T: 'static>(tasks: &mut JoinSet<Result<T, String>>) -> Result<Vec<T>, String> {
    let mut results = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        results.push(ended.map_err(|error| error.to_string())??);
    }
    Ok(results)
}

/// A client that insists, a few commands in a call. Before one command in ten stands what must be
/// refused alone: no stream of its has an odd version.
async fn write(
    store: Arc<dyn Store>,
    writer: u64,
    commands: u64,
    counts: Arc<Counts>,
) -> Result<(), String> {
    let all: Vec<u64> = (1..=commands).collect();
    for numbers in all.chunks(IN_A_CALL) {
        let (mut units, mut told) = (Vec::new(), Vec::new());
        for &number in numbers {
            let command = Command { run: 1, writer, number };
            if (number + writer).is_multiple_of(10) {
                let mut appends = command.appends();
                appends[0].expected = Expected::Exactly(Version(number * 2 + 1));
                units.push(Unit { appends, ..Unit::default() });
                told.push((command, true));
            }
            let outcome = Some(command.outcome());
            units.push(Unit { appends: command.appends(), outcome, ..Unit::default() });
            told.push((command, false));
        }
        let verdicts = insist(&*store, units, &counts).await?;
        for ((command, is_wrong), verdict) in told.into_iter().zip(verdicts) {
            match (is_wrong, verdict) {
                (true, Err(Refusal::Conflict { .. })) => {
                    counts.refused.fetch_add(1, Ordering::Relaxed);
                }
                (false, Ok(_) | Err(Refusal::Duplicate(_))) => {}
                (_, verdict) => return Err(format!("{command:?} is told {verdict:?}")),
            }
        }
    }
    Ok(())
}

async fn insist(
    store: &dyn Store,
    units: Vec<Unit>,
    counts: &Counts,
) -> Result<Vec<Result<Committed, Refusal>>, String> {
    loop {
        match store.commit(units.clone()).await {
            Err(StoreError::Unavailable(_)) => counts.aborted.fetch_add(1, Ordering::Relaxed),
            result => return result.map_err(|error| error.to_string()),
        };
    }
}

async fn roll_back(client: Client, counts: Arc<Counts>) -> Result<(), String> {
    loop {
        client.batch_execute(ROLLED_BACK).await.map_err(|error| error.to_string())?;
        counts.rolled_back.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Follows the log until it has `total` events; what they were, in one number.
async fn follow(store: Arc<dyn Store>, total: u64) -> Result<u128, String> {
    let mut follow = Subscription::new(store, LogQuery { limit: 200, ..LogQuery::default() });
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    let (mut at, mut digest) = (0, 0_u128);
    while at < total {
        let page = tokio::time::timeout(PATIENCE, follow.next()).await;
        let page = page.map_err(|_| format!("nothing comes behind position {at} of {total}"))?;
        for event in page.map_err(|error| error.to_string())?.events {
            at += 1;
            let version = versions.entry(event.stream.clone()).or_default();
            *version += 1;
            if (event.position.0, event.version.0) != (at, *version) {
                let (is, stream) = (event.position.0, &event.stream);
                return Err(format!("skipped: {is} of {stream} came where {at} was due"));
            }
            let command = Command::of(event.event.id);
            if event.stream == command.stream() && version.div_ceil(2) != command.number {
                return Err(format!("reordered: {command:?} at version {version}"));
            }
            digest = digest.wrapping_mul(0x9E37_79B9).wrapping_add(event.event.id.as_u128());
        }
    }
    Ok(digest)
}

/// The control: positions from a sequence, and a reader that asks for `position > last`, under
/// transactions of the same shape.
///
/// # Errors
/// How many it skipped.
pub fn naive(folder: &Path, commits: u64) -> Result<(), String> {
    let server = Server::make(folder, &[])?;
    let place = server.place("public");
    let said = |error: tokio_postgres::Error| error.to_string();
    alone(async {
        let reader = session(&place).await?;
        let table = "CREATE TABLE naive (position bigserial PRIMARY KEY)";
        reader.batch_execute(table).await.map_err(said)?;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let client = session(&place).await?;
            writers.spawn(async move {
                for number in 0..commits / WRITERS {
                    let end =
                        if (number + writer).is_multiple_of(10) { "ROLLBACK" } else { "COMMIT" };
                    let transaction = format!(
                        "BEGIN; INSERT INTO naive DEFAULT VALUES; \
                         SELECT pg_sleep(random() * 0.05); {end}"
                    );
                    client.batch_execute(&transaction).await.map_err(said)?;
                }
                Ok(())
            });
        }
        let (mut last, mut seen) = (0_i64, 0);
        let next = "SELECT position FROM naive WHERE position > $1 ORDER BY position";
        let mut done = false;
        while !done {
            // Once more when all is written.
            done = tokio::time::timeout(Duration::from_millis(1), all(&mut writers)).await.is_ok();
            let rows = reader.query(next, &[&last]).await.map_err(said)?;
            seen += rows.len() as i64;
            last = rows.last().map_or(last, |row| row.get(0));
        }
        let count = reader.query_one("SELECT count(*) FROM naive", &[]).await.map_err(said)?;
        let skipped = count.get::<_, i64>(0) - seen;
        let all = count.get::<_, i64>(0);
        if skipped > 0 { Err(format!("{skipped} of {all} were skipped")) } else { Ok(()) }
    })
}
