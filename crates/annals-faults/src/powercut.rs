//! Cutting the power: all that a load does to its disk is recorded, and the disk as a cut would
//! have left it is made at many moments, opened, and verified against what had been acknowledged
//! by then.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::disk::{Disk, Image, Tear};
use crate::load::{Command, Load, Manner, WRITERS};
use crate::plain;
use crate::random::Random;
use crate::recording::{self, Record};
use crate::shim::{Faults, Shim};
use crate::verify::verify_usable;

/// The store's file in its folder.
pub(crate) const FILE: &str = "annals.db";

/// How to cut.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The shim, with its load.
    pub shim: &'a Shim,
    /// An empty folder for all that is made; what failed is left there.
    pub folder: &'a Path,
    /// Moments at which the power is cut.
    pub cuts: usize,
    /// What becomes of unsynced writes, each at every moment; else one of them, in turn.
    pub every_tear: bool,
    /// Chooses the moments, and what is left. The recording itself is another one each time.
    pub seed: u64,
    /// What runs on the disk; the stores of all but the plain ones are held against all promises.
    pub manner: Manner,
    /// Files whose name ends so are on a disk that lies: a canary.
    pub lie: Option<&'a str>,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Things recorded.
    pub records: usize,
    /// Syncs among them.
    pub syncs: usize,
    /// Commands acknowledged in all.
    pub acknowledged: usize,
    /// Images verified.
    pub images: usize,
}

/// Records a load, and cuts.
///
/// # Errors
/// The first broken promise, with the moment and the seed; a recording that isn't whole.
pub fn campaign(plan: &Plan<'_>) -> Result<Report, String> {
    let logs = record(plan)?;
    let processes = logs.iter().map(|log| recording::parse(log)).collect::<Result<Vec<_>, _>>()?;
    let records: Vec<Record<'_>> = processes.iter().flatten().copied().collect();
    let mut report = Report { records: records.len(), ..Report::default() };
    report.acknowledged = recording::acknowledged(&records)?.len();
    report.syncs = records.iter().filter(|it| matches!(it, Record::Done { .. })).count();
    let mut random = Random::new(plan.seed);
    let moments = moments(&records, plan.cuts, &mut random);
    let mut disk = Disk::default();
    let mut acknowledged = Vec::new();
    let mut number = 0;
    for (process, records) in processes.iter().enumerate() {
        disk.next_process();
        for record in records {
            for turn in 0..moments.get(&number).copied().unwrap_or(0) {
                for tear in tears(plan, report.images + turn) {
                    let image = disk.cut(tear, &mut random);
                    check(plan, &image, &acknowledged).map_err(|why| {
                        let Plan { seed, folder, .. } = plan;
                        let folder = folder.display();
                        format!(
                            "seed {seed}, process {process}, before record {number} ({tear:?}): \
                             {why}; see {folder}"
                        )
                    })?;
                    report.images += 1;
                }
            }
            disk.apply(*record)?;
            acknowledged.extend(recording::acknowledged(std::slice::from_ref(record))?);
            number += 1;
        }
    }
    Ok(report)
}

fn tears(plan: &Plan<'_>, turn: usize) -> Vec<Tear> {
    let one = Tear::ALL[turn % Tear::ALL.len()];
    if plan.every_tear { Tear::ALL.to_vec() } else { vec![one] }
}

/// How often to cut before which record. Records of one kind are chosen by the root of their
/// number: nearly all are writes to the log, and what comes rarely (the database's own file,
/// lengths, names) is no less worth a cut.
fn moments(records: &[Record<'_>], cuts: usize, random: &mut Random) -> BTreeMap<usize, usize> {
    let mut kinds: BTreeMap<(u8, &str), Vec<usize>> = BTreeMap::new();
    for (number, record) in records.iter().enumerate() {
        let kind = match record {
            Record::Write { name, .. } => (0, *name),
            Record::Begin { name, .. } | Record::Done { name, .. } => (1, *name),
            Record::Failed { .. } => (2, ""),
            Record::Length { .. } | Record::Open { .. } | Record::Remove { .. } => (3, ""),
            Record::Said(_) => (4, ""),
        };
        kinds.entry(kind).or_default().push(number);
    }
    let by_weight: Vec<_> =
        kinds.values().flat_map(|kind| std::iter::repeat_n(kind, kind.len().isqrt())).collect();
    let mut moments = BTreeMap::new();
    for _ in 0..cuts {
        let kind = by_weight[random.below(by_weight.len())];
        *moments.entry(kind[random.below(kind.len())]).or_default() += 1;
    }
    moments
}

/// Three processes on one store: one that closes it, one that is killed, one behind that.
fn record(plan: &Plan<'_>) -> Result<Vec<Vec<u8>>, String> {
    let disk = plan.folder.join("disk");
    fs::create_dir_all(&disk).map_err(|error| error.to_string())?;
    let mut logs = Vec::new();
    for (run, commands) in [(1, Some(160)), (2, None), (3, Some(40))] {
        let log = plan.folder.join(format!("recording-{run}"));
        let load = Load { run, manner: plan.manner, commands };
        run_load(plan, &disk, &log, load)?;
        logs.push(fs::read(&log).map_err(|error| format!("{}: {error}", log.display()))?);
    }
    whole(&disk, &logs)?;
    Ok(logs)
}

/// Runs a load to its end, or kills it where it has none.
fn run_load(plan: &Plan<'_>, disk: &Path, log: &Path, load: Load) -> Result<(), String> {
    let faults = Faults { log: Some(log), lie: plan.lie, ..Faults::default() };
    let file = disk.join(FILE);
    let mut process = plan.shim.load(disk, &file.to_string_lossy(), load, &faults);
    let mut child = process.spawn().map_err(|error| error.to_string())?;
    let lines = BufReader::new(child.stdout.take().ok_or("no standard output")?).lines();
    let enough = load.commands.map_or(100, |commands| commands * WRITERS);
    let mut said = 0;
    for line in lines {
        line.map_err(|error| error.to_string())?;
        said += 1;
        if said == enough && load.commands.is_none() {
            child.kill().map_err(|error| error.to_string())?;
        }
    }
    let ended = child.wait_with_output().map_err(|error| error.to_string())?;
    let is_good = ended.status.success() || load.commands.is_none();
    let error = String::from_utf8_lossy(&ended.stderr);
    let why = || format!("the load ended with {said} commands ({}): {error}", ended.status);
    (is_good && said >= enough).then_some(()).ok_or_else(why)
}

/// What the records say is what is there: nothing went past the shim.
fn whole(disk: &Path, logs: &[Vec<u8>]) -> Result<(), String> {
    let mut model = Disk::default();
    for log in logs {
        model.next_process();
        for record in recording::parse(log)? {
            model.apply(record)?;
        }
    }
    let seen = model.seen();
    if !seen.contains_key(FILE) {
        return Err("the shim saw nothing of the store".to_owned());
    }
    for (name, bytes) in seen {
        let is = fs::read(disk.join(&name)).map_err(|error| format!("{name}: {error}"))?;
        if is != bytes {
            return Err(format!("{name} is not what was recorded: a write went past the shim"));
        }
    }
    Ok(())
}

fn check(plan: &Plan<'_>, image: &Image, acknowledged: &[Command]) -> Result<(), String> {
    let checked = verify_image(plan.manner, image, acknowledged);
    if checked.is_err() {
        lay_out(image, &plan.folder.join("image")).map_err(|error| error.to_string())?;
    }
    checked
}

/// Lays an image out and verifies it: in memory where the system has such a folder, which is quick.
/// It may be small, so what fails there is tried once more on disk.
///
/// # Errors
/// The first broken promise.
pub(crate) fn verify_image(
    manner: Manner,
    image: &Image,
    acknowledged: &[Command],
) -> Result<(), String> {
    let verify = |file: &Path| match manner {
        Manner::Plain | Manner::PlainNormal => plain::verify(file, acknowledged),
        _ => verify_usable(&file.to_string_lossy(), acknowledged),
    };
    let memory = Path::new("/dev/shm");
    if memory.is_dir() && verify_image_in(memory, image, verify).is_ok() {
        return Ok(());
    }
    verify_image_in(&std::env::temp_dir(), image, verify)
}

fn verify_image_in(
    root: &Path,
    image: &Image,
    verify: impl Fn(&Path) -> Result<(), String>,
) -> Result<(), String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = root.join(format!("annals-image-{}-{number}", std::process::id()));
    let laid_out = lay_out(image, &folder).map_err(|error| error.to_string());
    let verified = laid_out.and_then(|()| verify(&folder.join(FILE)));
    let removed = fs::remove_dir_all(&folder).map_err(|error| error.to_string());
    verified.and(removed)
}

fn lay_out(image: &Image, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    image.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}
