//! The run: round after round, each cell in a child of its own on an empty place, the disk probed
//! between subjects.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use annals_bench_harness::child::{Order, UNOPENED, read};
use annals_bench_harness::{Failure, Measured, Place};

use crate::arguments::Arguments;
use crate::bed::{Bed, Engine, Entry};
use crate::folder::Folder;
use crate::plan::{Cell, beds, cells, subjects};
use crate::postgres::{Server, programs};
use crate::probe::{Probe, load, probe};
use crate::shim::Shim;
use crate::{message_db, peers};

/// A cell and what came of it in each round.
pub(crate) struct Row {
    pub(crate) cell: Cell,
    pub(crate) rounds: Vec<Measured>,
}

/// All that was found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) probes: Vec<Probe>,
    pub(crate) rows: Vec<Row>,
    /// What can't be measured here, and why.
    pub(crate) missing: Vec<String>,
    pub(crate) postgres: Option<String>,
}

/// What all rounds use.
struct Run<'a> {
    arguments: &'a Arguments,
    folder: Folder,
    shim: Shim,
    peers: Option<PathBuf>,
    message_db: Vec<PathBuf>,
    findings: Findings,
}

/// Unmeasured, before each cell.
const WARM_MS: u64 = 300;
const PROBE: Duration = Duration::from_millis(250);

/// Measures what is asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<Findings, Failure> {
    let name = format!("annals-bench-{}", std::process::id());
    let folder = Folder::make(&arguments.folder, &name)?;
    let shim = Shim::compile(folder.path())?;
    let mut findings = Findings::default();
    let mut missing = |what: &str, error: Failure| {
        eprintln!("{what}: {error}");
        findings.missing.push(format!("{what}: {error}"));
    };
    let is_asked = |wanted: &dyn Fn(&Entry) -> bool| {
        let beds = beds(arguments).into_iter();
        beds.flat_map(|bed| subjects(arguments, bed, 0)).any(wanted)
    };
    let (mut peers, mut message_db) = (None, Vec::new());
    if is_asked(&|entry| entry.peer) {
        peers = peers::build().map_err(|error| missing("the peers", error)).ok();
    }
    if is_asked(&|entry| entry.name == "message-db") {
        let fetched = message_db::fetch(folder.path());
        message_db = fetched.map_err(|error| missing("message-db", error)).unwrap_or_default();
    }
    if programs().is_none() {
        missing("Postgres", "it isn't installed".into());
    }
    let mut run = Run { arguments, folder, shim, peers, message_db, findings };
    run.probe(Duration::from_secs(1))?;
    for round in 0..arguments.rounds {
        for bed in beds(arguments) {
            if bed.engine == Engine::Embedded || programs().is_some() {
                run.bed(bed, round)?;
            }
        }
    }
    Ok(run.findings)
}

impl Run<'_> {
    fn bed(&mut self, bed: Bed, round: usize) -> Result<(), Failure> {
        let subjects = subjects(self.arguments, bed, round);
        if subjects.is_empty() {
            return Ok(());
        }
        let mut server = match bed.engine {
            Engine::Embedded => None,
            Engine::Postgres => Some(Server::start(self.folder.path(), &self.shim, bed.delay_ms)?),
        };
        if let Some(server) = &server {
            self.findings.postgres = Some(server.version()?);
        }
        for entry in subjects {
            let cells = cells(self.arguments, bed, entry);
            if cells.is_empty() || !self.can(entry) {
                continue;
            }
            self.probe(PROBE)?;
            for cell in cells {
                let measured = self.cell(cell, server.as_mut())?;
                say(round, cell, &measured);
                if let Some(why) = measured.failure.as_ref().filter(|it| it.starts_with(UNOPENED)) {
                    self.findings.missing.push(format!("{}: {why}", entry.name));
                    break;
                }
                self.note(cell, measured);
            }
        }
        Ok(())
    }

    fn can(&self, entry: &Entry) -> bool {
        let named = format!("{}: ", entry.name);
        let missing = self.findings.missing.iter().any(|it| it.starts_with(&named));
        !missing
            && (!entry.peer || self.peers.is_some())
            && (entry.name != "message-db" || !self.message_db.is_empty())
    }

    fn cell(&self, cell: Cell, server: Option<&mut Server>) -> Result<Measured, Failure> {
        let folder = Folder::make(self.folder.path(), "cell")?;
        let url = match server {
            None => None,
            Some(server) => {
                let url = server.fresh()?;
                if cell.entry.name == "message-db" {
                    server.install(&self.message_db)?;
                }
                Some(url)
            }
        };
        let place = Place { folder: folder.path().to_owned(), url, clients: cell.clients };
        let order = Order {
            subject: cell.entry.name.to_owned(),
            workload: cell.workload,
            place,
            warm_ms: WARM_MS,
            run_ms: self.arguments.run_ms,
            filled: self.arguments.filled,
            begin_ms: None,
        };
        let own = std::env::current_exe()?;
        let program = if cell.entry.peer { self.peers.as_ref().unwrap_or(&own) } else { &own };
        let mut child = Command::new(program);
        child.args(order.arguments()).stdin(Stdio::null()).stderr(Stdio::piped());
        // A server has its own shim under it; its clients don't write.
        if cell.bed.engine == Engine::Embedded {
            self.shim.under(&mut child, cell.bed.delay_ms);
        }
        let output = child.output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(read(&said).unwrap_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            let last = errors.lines().last().unwrap_or("it said nothing");
            let failure = Some(format!("{}: {last}", output.status));
            Measured { failed: 1, failure, ..Measured::default() }
        }))
    }

    fn note(&mut self, cell: Cell, measured: Measured) {
        let same = |row: &&mut Row| {
            let other = &row.cell;
            (other.bed, other.entry.name, other.workload, other.clients)
                == (cell.bed, cell.entry.name, cell.workload, cell.clients)
        };
        match self.findings.rows.iter_mut().find(same) {
            Some(row) => row.rounds.push(measured),
            None => self.findings.rows.push(Row { cell, rounds: vec![measured] }),
        }
    }

    fn probe(&mut self, run: Duration) -> Result<(), Failure> {
        let found = probe(self.folder.path(), run)?;
        let Probe { per_second, p50_us, p99_us, load } = found;
        eprintln!(
            "probe: 4 KiB + fdatasync {per_second:.0}/s, p50 {p50_us:.0} µs, p99 {p99_us:.0} µs; \
             load {load}"
        );
        self.findings.probes.push(found);
        Ok(())
    }
}

fn say(round: usize, cell: Cell, measured: &Measured) {
    let Cell { bed, entry, workload, clients } = cell;
    let Measured { per_second, p50_us, p99_us, failed, failure, .. } = measured;
    let failures = match failure {
        Some(why) => format!("; {failed} failed: {why}"),
        None => String::new(),
    };
    eprintln!(
        "{} {} +{} ms {} × {clients}: {per_second:.0}/s, p50 {:.2} ms, p99 {:.2} ms; load {}\
         {failures}",
        round + 1,
        entry.name,
        bed.delay_ms,
        workload.name(),
        p50_us / 1_000.0,
        p99_us / 1_000.0,
        load(),
    );
}
