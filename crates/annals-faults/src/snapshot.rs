//! A foreign transaction that stays open, with a snapshot and a number of its own, in the store's
//! database: what it might still want to see can't be cleaned up. A store that updates a row with
//! each append walks along more and more of its versions; the control does so. What is
//! compared is the quick tenth of the appends, which others on the machine don't slow down.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use annals_runtime::ports::{Store, Unit};
use tokio_postgres::Client;

use crate::load::Command;
use crate::loaded::now;
use crate::place::{self, alone};
use crate::server::{Server, session};

/// Appends of which the quick ones count.
const SAMPLE: usize = 500;
/// What takes too long is measured anew so often: what a snapshot costs doesn't pass.
const TRIES: usize = 10;

/// A snapshot, and a transaction's number.
const OPEN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()";

/// How long it stays open.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// An empty folder for the server.
    pub folder: &'a Path,
    /// For so long is appended under it before it is measured.
    pub open: Duration,
    /// How much longer an append may take then.
    pub most: f64,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Appends in all.
    pub appends: u64,
    /// What an append of the quick tenth takes at most, before.
    pub before: Duration,
    /// And behind all this time.
    pub after: Duration,
}

impl Report {
    /// How much longer an append takes.
    pub fn ratio(&self) -> f64 {
        self.after.as_secs_f64() / self.before.as_secs_f64()
    }
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

    /// Appends for so long. The control's updates are counted: a slow machine makes as many.
    async fn go_on(&self, long: Duration, number: &mut u64) -> Result<(), String> {
        if let Self::Head(client) = self {
            // By its place, so that making the versions takes no walk along them.
            let updates = "DO $$ DECLARE place tid; BEGIN SELECT ctid INTO place FROM head; \
                           FOR i IN 1..100000 LOOP UPDATE head SET head = head + 1 \
                           WHERE ctid = place RETURNING ctid INTO place; END LOOP; END $$";
            return client.batch_execute(updates).await.map_err(|error| error.to_string());
        }
        let since = now();
        while since.elapsed() < long {
            *number += 1;
            self.append(*number).await?;
        }
        Ok(())
    }

    async fn quick(&self, number: &mut u64) -> Result<Duration, String> {
        let mut taken = Vec::with_capacity(SAMPLE);
        for _ in 0..SAMPLE {
            *number += 1;
            let since = now();
            self.append(*number).await?;
            taken.push(since.elapsed());
        }
        taken.sort_unstable();
        Ok(taken[SAMPLE / 10])
    }
}

async fn compared(plan: &Plan<'_>, place: &str, writer: Writer) -> Result<Report, String> {
    let mut report = Report::default();
    // The first appends find everything cold.
    writer.quick(&mut report.appends).await?;
    report.before = writer.quick(&mut report.appends).await?;
    let snapshot = session(place).await?;
    snapshot.batch_execute(OPEN).await.map_err(|error| error.to_string())?;
    writer.go_on(plan.open, &mut report.appends).await?;
    for _ in 0..TRIES {
        report.after = writer.quick(&mut report.appends).await?;
        if report.ratio() <= plan.most {
            return Ok(report);
        }
    }
    let (ratio, Report { before, after, .. }) = (report.ratio(), &report);
    Err(format!("{ratio:.2} times as long under an open snapshot: {before:?}, {after:?}"))
}
