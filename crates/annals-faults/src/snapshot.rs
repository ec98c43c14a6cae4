//! A foreign transaction that stays open, with a snapshot and a number of its own, in the store's
//! database: what it might still want to see can't be cleaned up. A store that updates a row with
//! each append walks along more and more of its versions; the control does so.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use annals_runtime::ports::{Store, Unit};
use tokio_postgres::Client;

use crate::load::Command;
use crate::loaded::now;
use crate::place::{self, alone};
use crate::server::{Server, session};

/// Appends whose median is taken.
const SAMPLE: usize = 500;
/// A median is taken anew so often where it is too long: others use this machine too, and what an
/// open snapshot costs doesn't pass.
const TRIES: usize = 3;

/// A snapshot, and a transaction's number.
const OPEN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()";

/// How long it stays open.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// An empty folder for the server.
    pub folder: &'a Path,
    /// For so long is appended under it before it is measured.
    pub open: Duration,
    /// How much longer an append may take then, in percent of before.
    pub percent: u128,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Appends in all.
    pub appends: u64,
    /// The median of an append before.
    pub before: Duration,
    /// The median behind all this time.
    pub after: Duration,
}

/// Appends before and under an open snapshot.
///
/// # Errors
/// Appends take too long.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let server = Server::make(plan.folder, &[])?;
    let place = server.place("faults");
    alone(async {
        let writer = Writer::Store(place::open(&place).await?);
        compared(plan, &place, writer).await
    })
}

/// The control: a head that is updated.
///
/// # Errors
/// Updates take too long, as they should.
pub fn updated_head(plan: &Plan<'_>) -> Result<Report, String> {
    let server = Server::make(plan.folder, &[])?;
    let place = server.place("public");
    alone(async {
        let client = session(&place).await?;
        let head = "CREATE TABLE head (head bigint); INSERT INTO head VALUES (0); \
                    SET synchronous_commit = off";
        client.batch_execute(head).await.map_err(|error| error.to_string())?;
        compared(plan, &place, Writer::Head(client)).await
    })
}

enum Writer {
    Store(Arc<dyn Store>),
    Head(Client),
}

impl Writer {
    async fn append(&self, number: u64) -> Result<(), String> {
        match self {
            Self::Store(store) => {
                let command = Command { run: 1, writer: 0, number };
                let outcome = Some(command.outcome());
                let unit = Unit { appends: command.appends(), outcome, ..Unit::default() };
                let verdicts = store.commit(vec![unit]).await;
                let verdict = verdicts.map_err(|error| error.to_string())?.remove(0);
                verdict.map(drop).map_err(|refusal| format!("{refusal:?}"))
            }
            Self::Head(client) => {
                let update = client.batch_execute("UPDATE head SET head = head + 1").await;
                update.map_err(|error| error.to_string())
            }
        }
    }

    async fn median(&self, number: &mut u64) -> Result<Duration, String> {
        let mut taken = Vec::with_capacity(SAMPLE);
        for _ in 0..SAMPLE {
            *number += 1;
            let since = now();
            self.append(*number).await?;
            taken.push(since.elapsed());
        }
        taken.sort_unstable();
        Ok(taken[SAMPLE / 2])
    }
}

async fn compared(plan: &Plan<'_>, place: &str, writer: Writer) -> Result<Report, String> {
    let mut report = Report::default();
    // The first appends find everything cold.
    writer.median(&mut report.appends).await?;
    report.before = writer.median(&mut report.appends).await?;
    let snapshot = session(place).await?;
    snapshot.batch_execute(OPEN).await.map_err(|error| error.to_string())?;
    let since = now();
    while since.elapsed() < plan.open {
        report.appends += 1;
        writer.append(report.appends).await?;
    }
    report.after = Duration::MAX;
    for _ in 0..TRIES {
        report.after = report.after.min(writer.median(&mut report.appends).await?);
        if report.after.as_micros() * 100 <= report.before.as_micros() * plan.percent {
            return Ok(report);
        }
    }
    let Report { before, after, .. } = report;
    Err(format!("an append takes {after:?} under an open snapshot, and took {before:?}"))
}
