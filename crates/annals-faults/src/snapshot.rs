//! A foreign transaction that stays open, with a snapshot and a number of its own, in the store's
//! database: what it might still want to see can't be cleaned up. A store that updates a row with
//! each append walks along more and more of its versions; the control does so. An append is
//! measured beside a plain insert, so that what else goes on in the machine counts for both.

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
/// Medians are taken anew so often where they are too long: what a snapshot costs doesn't pass.
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
    /// How much longer an append may take then.
    pub most: f64,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Appends in all.
    pub appends: u64,
    /// Before.
    pub before: Medians,
    /// Behind all this time.
    pub after: Medians,
}

/// What is taken at one time, in the middle of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Medians {
    /// By an append.
    pub append: Duration,
    /// By a plain insert of one row.
    pub insert: Duration,
}

impl Medians {
    fn ratio(self) -> f64 {
        self.append.as_secs_f64() / self.insert.as_secs_f64()
    }
}

impl Report {
    /// How much longer an append takes, the machine's own changes aside.
    pub fn ratio(&self) -> f64 {
        self.after.ratio() / self.before.ratio()
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
        compared(plan, &place, writer, "on").await
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
        compared(plan, &place, Writer::Head(client), "off").await
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
            let updates = "DO $$ BEGIN FOR i IN 1..10000 LOOP \
                           UPDATE head SET head = head + 1; END LOOP; END $$";
            return client.batch_execute(updates).await.map_err(|error| error.to_string());
        }
        let since = now();
        while since.elapsed() < long {
            *number += 1;
            self.append(*number).await?;
        }
        Ok(())
    }

    async fn medians(&self, beside: &Client, number: &mut u64) -> Result<Medians, String> {
        let (mut appends, mut inserts) = (Vec::new(), Vec::new());
        for _ in 0..SAMPLE {
            *number += 1;
            let since = now();
            self.append(*number).await?;
            appends.push(since.elapsed());
            let since = now();
            let insert = beside.batch_execute("INSERT INTO plain VALUES (1)").await;
            insert.map_err(|error| error.to_string())?;
            inserts.push(since.elapsed());
        }
        appends.sort_unstable();
        inserts.sort_unstable();
        Ok(Medians { append: appends[SAMPLE / 2], insert: inserts[SAMPLE / 2] })
    }
}

async fn compared(
    plan: &Plan<'_>,
    place: &str,
    writer: Writer,
    synchronous: &str,
) -> Result<Report, String> {
    let said = |error: tokio_postgres::Error| error.to_string();
    let beside = session(place).await?;
    let plain = "CREATE TABLE plain (number bigint); SET synchronous_commit =";
    beside.batch_execute(&format!("{plain} {synchronous}")).await.map_err(said)?;
    let mut report = Report::default();
    // The first appends find everything cold.
    writer.medians(&beside, &mut report.appends).await?;
    report.before = writer.medians(&beside, &mut report.appends).await?;
    let snapshot = session(place).await?;
    snapshot.batch_execute(OPEN).await.map_err(said)?;
    writer.go_on(plan.open, &mut report.appends).await?;
    for _ in 0..TRIES {
        report.after = writer.medians(&beside, &mut report.appends).await?;
        if report.ratio() <= plan.most {
            return Ok(report);
        }
    }
    let (ratio, Report { before, after, .. }) = (report.ratio(), &report);
    Err(format!("{ratio:.2} times as long under an open snapshot: {before:?}, {after:?}"))
}
