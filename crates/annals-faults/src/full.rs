//! A disk that is full, gets room, and is full again, under one process. What there was no room for
//! is refused and isn't there, reads go on, and appends go on soon after there is room, without a
//! restart.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

use crate::load::{Command, Load, Manner, WRITERS};
use crate::powercut::FILE;
use crate::random::Random;
use crate::shim::{Faults, Shim};
use crate::verify::verify_usable;

/// By when a command that waited for room has to be done.
const SOON: Duration = Duration::from_secs(5);

/// Room at the beginning, and the most that a round gives. It goes into the journal: for want of
/// room nothing is copied.
const ROOM: usize = 6 << 20;
/// Each so many rounds give several times of it, so that the journal is copied again; the copy and
/// the commits beside it take what there is.
const LARGE: u64 = 5;

/// How to fill it.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The shim, with its load.
    pub shim: &'a Shim,
    /// An empty folder; what failed is left there.
    pub folder: &'a Path,
    /// How often it gets full.
    pub rounds: u64,
    /// Decides how much room there is.
    pub seed: u64,
    /// What the load does; [`Manner::Hasty`] is the canary.
    pub manner: Manner,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How often it was full.
    pub rounds: u64,
    /// Commands acknowledged.
    pub acknowledged: usize,
    /// Commands that were refused for want of room, at least once.
    pub refused: u64,
    /// Rounds in which the journal was copied into the database.
    pub copied: u64,
    /// The longest time from room to the answer of a command that waited for it.
    pub longest: Duration,
}

/// Fills the disk and makes room, again and again.
///
/// # Errors
/// The first broken promise.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let mut campaign = Campaign::start(plan).map_err(|error| error.to_string())?;
    let seen = campaign.rounds(plan);
    campaign.child.kill().map_err(|error| error.to_string())?;
    campaign.rest()?;
    let ended = campaign.child.wait_with_output().map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    let file = plan.folder.join("disk").join(FILE);
    let kept = verify_usable(&file.to_string_lossy(), &campaign.acknowledged);
    let place = |why| format!("seed {}: {why}; see {}", plan.seed, plan.folder.display());
    kept.and_then(|()| intact(&file)).map_err(place)?;
    seen.map_err(|why| format!("{} {told}", place(why)))?;
    campaign.report.acknowledged = campaign.acknowledged.len();
    Ok(campaign.report)
}

struct Campaign {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    room: PathBuf,
    granted: usize,
    acknowledged: Vec<Command>,
    /// Commands for which there was no room yet.
    waiting: BTreeSet<Command>,
    report: Report,
}

impl Campaign {
    fn start(plan: &Plan<'_>) -> std::io::Result<Self> {
        let (disk, room) = (plan.folder.join("disk"), plan.folder.join("room"));
        fs::create_dir_all(&disk)?;
        fs::write(&room, ROOM.to_string())?;
        let faults = Faults { room: Some(&room), ..Faults::default() };
        let load = Load { run: 1, manner: plan.manner, commands: None };
        let file = disk.join(FILE);
        let mut child = plan.shim.load(&disk, &file.to_string_lossy(), load, &faults).spawn()?;
        let out = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let lines = BufReader::new(out).lines();
        let (acknowledged, waiting, report) = Default::default();
        Ok(Self { child, lines, room, granted: ROOM, acknowledged, waiting, report })
    }

    fn rounds(&mut self, plan: &Plan<'_>) -> Result<(), String> {
        let mut random = Random::new(plan.seed);
        let file = plan.folder.join("disk").join(FILE);
        let size = || fs::metadata(&file).map_or(0, |file| file.len());
        let mut before = size();
        while self.report.rounds < plan.rounds {
            // All of them: one that is told late would be taken for the next time.
            while self.waiting.len() as u64 != WRITERS {
                self.next()?.ok_or("it ended for want of room")?;
            }
            self.report.copied += u64::from(std::mem::replace(&mut before, size()) < before);
            self.report.rounds += 1;
            let least = if self.report.rounds % LARGE == 1 { 4 * ROOM } else { ROOM / 8 };
            let since = self.grant(least + random.below(ROOM))?;
            while self.waiting.len() as u64 == WRITERS {
                self.next()?.ok_or("it ended while commands waited for room")?;
            }
            let passed = since.elapsed();
            self.report.longest = self.report.longest.max(passed);
            if passed > SOON {
                return Err(format!("commands went on {passed:?} after there was room"));
            }
        }
        // A campaign that is cut short by a broken promise says that.
        if self.report.copied == 0 { Err("nothing was copied".to_owned()) } else { Ok(()) }
    }

    /// In one step: the process may ask at any time.
    fn grant(&mut self, more: usize) -> Result<Instant, String> {
        self.granted += more;
        let new = self.room.with_extension("new");
        fs::write(&new, self.granted.to_string()).map_err(|error| error.to_string())?;
        let since = now();
        fs::rename(&new, &self.room).map_err(|error| error.to_string())?;
        Ok(since)
    }

    /// Takes in a line; nothing at the end.
    fn next(&mut self) -> Result<Option<()>, String> {
        let Some(line) = self.lines.next() else { return Ok(None) };
        let line = line.map_err(|error| error.to_string())?;
        if let Some(command) = Command::parse(&line) {
            self.waiting.remove(&command);
            self.acknowledged.push(command);
            return Ok(Some(()));
        }
        let full = line.strip_prefix("full").map(|rest| format!("ack{rest}"));
        let command = full.and_then(|line| Command::parse(&line));
        self.waiting.insert(command.ok_or_else(|| format!("'{line}'"))?);
        self.report.refused += 1;
        Ok(Some(()))
    }

    /// What was said before it was killed. A pipe takes a line whole or not at all.
    fn rest(&mut self) -> Result<(), String> {
        while self.next()?.is_some() {}
        Ok(())
    }
}

/// What SQLite itself says of the file.
fn intact(file: &Path) -> Result<(), String> {
    let asked = rusqlite::Connection::open(file).and_then(|conn| {
        conn.pragma_query_value(None, "integrity_check", |row| row.get::<_, String>(0))
    });
    match asked.map_err(|error| error.to_string())?.as_str() {
        "ok" => Ok(()),
        other => Err(format!("integrity_check: {other}")),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is a promise of its own")]
fn now() -> Instant {
    Instant::now()
}
