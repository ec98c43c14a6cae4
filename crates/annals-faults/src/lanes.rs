//! The table of lanes: what is tried, how often, and the broken double that each must catch. A lane
//! that is added here is in `cargo xtask score`; a test of its own is a line in `tests/lanes.rs`
//! or, where it needs a Postgres, in `tests/postgres.rs`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::laws::Stores;
use crate::load::Manner;
use crate::server::Server;
use crate::shim::{Fail, Shim};
use crate::{full, kill, powercut, sweep, syncfail};

mod laws;
mod postgres;
mod sweeps;

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// With every change.
    Pr,
    /// By night.
    Nightly,
}

impl Size {
    fn of<T>(self, pr: T, nightly: T) -> T {
        match self {
            Self::Pr => pr,
            Self::Nightly => nightly,
        }
    }
}

/// Where and how a lane runs.
#[derive(Clone, Debug)]
pub struct Run {
    /// The program `annals-faults-load`.
    pub load: PathBuf,
    /// A folder of its own. What failed is left there.
    pub folder: PathBuf,
    /// How much of it.
    pub size: Size,
    /// What chance follows from.
    pub seed: u64,
}

/// Something that is tried.
pub struct Lane {
    /// Its number on the scorecard.
    pub id: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What it needs and this system lacks.
    missing: fn() -> Option<&'static str>,
    /// Tries it, and says in numbers what was done.
    tries: fn(&Run) -> Result<String, String>,
    /// Tries broken doubles; says which were caught, or which one wasn't.
    canaries: fn(&Run) -> Result<String, String>,
}

/// The scorecard, as far as it is about one store.
pub const LANES: &[Lane] = &[
    lane("R01", "sqlite-kill", nothing, kills, hasty),
    lane("R02", "sqlite-powercut", Shim::missing, cuts, lying_disks),
    lane("R03", "pg-app-kill", Server::missing, postgres::kills, postgres::hasty),
    lane("R04", "pg-server-kill", Server::missing, postgres::server_kills, postgres::lying_servers),
    lane("R05", "ambiguous-commit", nothing, laws::lost_answers, laws::forgetful),
    lane("R06", "failpoint-sweep", sweeps::missing, sweeps::sqlite, sweeps::sqlite_broken),
    lane("R05-pg", "pg-ambiguous", Server::missing, laws::pg_lost_answers, laws::pg_forgetful),
    lane("R06-pg", "pg-failpoint-sweep", sweeps::pg_missing, sweeps::pg, sweeps::pg_broken),
    lane("R07", "disk-full", Shim::missing, full_disks, hasty_without_room),
    lane("R08", "fsync-eio", Shim::missing, failed_syncs, overlooked),
    lane("R09", "occ-history", nothing, laws::orders, laws::orders_broken),
    lane("R09-pg", "pg-occ-history", Server::missing, laws::pg_orders, laws::pg_orders_broken),
    lane("R10", "no-skip", Server::missing, postgres::follows, postgres::naive_reader),
    lane("R13", "model-test", nothing, laws::models, laws::models_broken),
    lane("R13-pg", "pg-model-test", Server::missing, laws::pg_models, laws::pg_models_broken),
    lane("R26", "stopped-process", Server::missing, postgres::stops, postgres::endless_holder),
    lane("R27", "open-snapshot", Server::missing, postgres::snapshots, postgres::updated_head),
];

/// What became of a lane.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was done, or how it failed.
    pub tried: Result<String, String>,
    /// Which doubles were caught, or which wasn't.
    pub canaries: Result<String, String>,
}

impl Lane {
    /// The lane of an id.
    pub fn find(id: &str) -> Option<&'static Self> {
        LANES.iter().find(|lane| lane.id == id)
    }

    /// Why it can't be run here; nothing where it can.
    pub fn missing(&self) -> Option<&'static str> {
        (self.missing)()
    }

    /// Runs it.
    pub fn run(&self, run: &Run) -> Outcome {
        let canaries = Run { folder: run.folder.join("canaries"), ..run.clone() };
        let tried = Run { folder: run.folder.join("tried"), ..run.clone() };
        let made = [&tried, &canaries].into_iter().try_for_each(|run| make(&run.folder));
        if let Err(why) = made {
            return Outcome { tried: Err(why.clone()), canaries: Err(why) };
        }
        let outcome = Outcome { tried: (self.tries)(&tried), canaries: (self.canaries)(&canaries) };
        // What failed is left to be looked at; canaries always fail.
        let _ = std::fs::remove_dir_all(&canaries.folder);
        if outcome.tried.is_ok() {
            let _ = std::fs::remove_dir_all(&tried.folder);
        }
        outcome
    }
}

impl Outcome {
    /// Whether all was kept, and every double caught.
    pub fn passed(&self) -> bool {
        self.tried.is_ok() && self.canaries.is_ok()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |result: &Result<String, String>| match result {
            Ok(text) => format!("ok\t{text}"),
            Err(text) => format!("FAILED\t{}", text.replace(['\n', '\t'], " ")),
        };
        writeln!(f, "tried\t{}", said(&self.tried))?;
        writeln!(f, "canaries\t{}", said(&self.canaries))
    }
}

type Tried = fn(&Run) -> Result<String, String>;

const fn lane(
    id: &'static str,
    name: &'static str,
    missing: fn() -> Option<&'static str>,
    tries: Tried,
    canaries: Tried,
) -> Lane {
    Lane { id, name, missing, tries, canaries }
}

fn nothing() -> Option<&'static str> {
    None
}

fn make(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn shim(run: &Run) -> Result<Shim, String> {
    Shim::build(&run.folder, &run.load)
}

/// A double that must fail in this way.
fn caught<T>(name: &str, result: Result<T, String>, how: &str) -> Result<String, String> {
    match result {
        Err(why) if why.contains(how) => Ok(name.to_owned()),
        Err(why) => Err(format!("{name} failed in another way: {why}")),
        Ok(_) => Err(format!("{name} was NOT caught")),
    }
}

fn kills(run: &Run) -> Result<String, String> {
    let store = kill_with(run, Manner::Honest, run.size.of(100, 1000))?;
    let stores = Stores::Sqlite(run.folder.clone());
    let system = system_kills(run, &stores, sweep::load::Manner::First, run.size.of(50, 1000))?;
    Ok(format!("{store}; {system}"))
}

/// Kills of a whole system.
fn system_kills(
    run: &Run,
    stores: &Stores,
    manner: sweep::load::Manner,
    kills: u64,
) -> Result<String, String> {
    let (program, seed) = (run.load.as_path(), run.seed);
    let plan = sweep::kills::Plan { program, stores, kills, seed, manner };
    let sweep::kills::Report { kills, stores, acknowledged } = sweep::kills::campaign(&plan)?;
    Ok(format!(
        "{kills} kills of a whole system on {stores} stores, {acknowledged} commands acknowledged"
    ))
}

fn hasty_system(run: &Run, stores: &Stores) -> Result<String, String> {
    let result = system_kills(run, stores, sweep::load::Manner::Hasty, 100);
    caught("acknowledging before the commit, of a system", result, "was acknowledged, and is lost")
}

fn kill_with(run: &Run, manner: Manner, cycles: u64) -> Result<kill::Report, String> {
    let file = run.folder.join("annals.db");
    let (program, place) = (run.load.as_path(), &*file.to_string_lossy());
    kill::campaign(&kill::Plan { program, place, cycles, seed: run.seed, manner })
}

fn hasty(run: &Run) -> Result<String, String> {
    let result = kill_with(run, Manner::Hasty, 100);
    let store = caught("acknowledging before the commit", result, "was acknowledged, and is lost")?;
    Ok(format!("{store}, {}", hasty_system(run, &Stores::Sqlite(run.folder.clone()))?))
}

fn cut_with(
    run: &Run,
    shim: &Shim,
    manner: Manner,
    lie: Option<&str>,
) -> Result<powercut::Report, String> {
    let folder = run.folder.join(lie.unwrap_or(manner.word()));
    powercut::campaign(&powercut::Plan {
        shim,
        folder: &folder,
        cuts: run.size.of(200, 2000),
        every_tear: run.size == Size::Nightly,
        seed: run.seed,
        manner,
        lie,
    })
}

fn cuts(run: &Run) -> Result<String, String> {
    let powercut::Report { records, syncs, acknowledged, images } =
        cut_with(run, &shim(run)?, Manner::Honest, None)?;
    Ok(format!("{images} images of {records} writes and {syncs} syncs, {acknowledged} commands"))
}

fn lying_disks(run: &Run) -> Result<String, String> {
    let shim = shim(run)?;
    let honest = Manner::Honest;
    // Lost commands, or a file that can't be read.
    let broken = "before record";
    let wal = caught("unsynced WAL", cut_with(run, &shim, honest, Some("-wal")), broken)?;
    let database = caught("unsynced database", cut_with(run, &shim, honest, Some(".db")), broken)?;
    // It is the setting that loses, and nothing else of SQLite by itself.
    cut_with(run, &shim, Manner::Plain, None)?;
    let (result, lost) = (cut_with(run, &shim, Manner::PlainNormal, None), "is lost");
    let normal = caught("synchronous=NORMAL", result, lost)?;
    Ok(format!("{wal}, {database}, {normal}"))
}

fn full_with(run: &Run, manner: Manner, rounds: u64) -> Result<full::Report, String> {
    let (shim, folder) = (shim(run)?, run.folder.join("full"));
    full::campaign(&full::Plan { shim: &shim, folder: &folder, rounds, seed: run.seed, manner })
}

fn full_disks(run: &Run) -> Result<String, String> {
    let report = full_with(run, Manner::Patient, run.size.of(5, 100))?;
    let full::Report { rounds, acknowledged, refused, copied, longest } = report;
    let ms = longest.as_millis();
    Ok(format!(
        "{rounds} times full, {acknowledged} commands, {refused} refused first, {copied} copies of \
         the journal, resumed within {ms} ms"
    ))
}

fn hasty_without_room(run: &Run) -> Result<String, String> {
    let result = full_with(run, Manner::Hasty, 5);
    caught("acknowledging before the commit", result, "was acknowledged, and is lost")
}

/// The syncs one by one, and those of the database's own file, which come late.
fn failed_syncs(run: &Run) -> Result<String, String> {
    let one = |suffix, number| Fail { suffix, number, silent: false };
    let all = (1..=run.size.of(20, 200)).map(|number| one("", number));
    // How much of the journal was copied before such a sync is another matter each time.
    let of_database = (2..=4).map(|number| one(".db", number));
    let again = std::iter::repeat_n(of_database, run.size.of(2, 10)).flatten();
    let fails: Vec<_> = all.chain(again).collect();
    let report = syncfail::campaign(&shim(run)?, &run.folder.join("sync"), &fails)?;
    let syncfail::Report { failures, acknowledged } = report;
    Ok(format!("{failures} failed syncs, {acknowledged} commands acknowledged"))
}

fn overlooked(run: &Run) -> Result<String, String> {
    let shim = shim(run)?;
    for (suffix, number) in [("", 12), (".db", 2)] {
        let fail = Fail { suffix, number, silent: true };
        let result = syncfail::campaign(&shim, &run.folder.join("sync"), &[fail]);
        caught("a failure that is overlooked", result, "was acknowledged, and is lost")?;
        std::fs::remove_dir_all(run.folder.join("sync")).map_err(|error| error.to_string())?;
    }
    Ok("a failure that is overlooked".to_owned())
}
