//! A sync that fails: what was written before it may never reach the disk, and the next sync won't
//! say so (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020). So nothing
//! that rests on it may be acknowledged, the process has to end, and the next one must find all
//! that was acknowledged: on the files as the kernel shows them, and on the disk as a power cut
//! leaves them, which lacks what the failed sync forgot.

use std::fs;
use std::path::Path;

use crate::disk::{Disk, Tear};
use crate::load::{Command, Load, Manner, WRITERS};
use crate::powercut::{FILE, verify_image};
use crate::random::Random;
use crate::recording::{self, Record};
use crate::shim::{Fail, Faults, Shim};
use crate::verify::verify_usable;

/// Commands of each writer, which end before any sync that should have failed did: enough for
/// SQLite to copy its log into the database more than once.
const COMMANDS: u64 = 400;

/// What one failure came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Failures made.
    pub failures: u64,
    /// Commands acknowledged before them.
    pub acknowledged: usize,
}

/// Has each of these syncs fail, in a store of its own. `folder` is empty; what failed the check is
/// left there.
///
/// # Errors
/// The first broken promise.
pub fn campaign(shim: &Shim, folder: &Path, fails: &[Fail<'_>]) -> Result<Report, String> {
    let mut report = Report::default();
    for fail in fails {
        let place = |why| {
            let Fail { suffix, number, .. } = fail;
            let folder = folder.display();
            format!("sync {number} of files '*{suffix}': {why}; see {folder}")
        };
        report.acknowledged += one(shim, folder, *fail).map_err(place)?;
        report.failures += 1;
        fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    }
    Ok(report)
}

fn one(shim: &Shim, folder: &Path, fail: Fail<'_>) -> Result<usize, String> {
    let (disk, log) = (folder.join("disk"), folder.join("recording"));
    fs::create_dir_all(&disk).map_err(|error| error.to_string())?;
    let file = disk.join(FILE);
    let faults = Faults { log: Some(&log), fail: Some(fail), ..Faults::default() };
    let load = Load { run: 1, manner: Manner::Honest, commands: Some(COMMANDS) };
    let mut process = shim.load(&disk, &file.to_string_lossy(), load, &faults);
    let ended = process.output().map_err(|error| error.to_string())?;
    let bytes = fs::read(&log).map_err(|error| error.to_string())?;
    let records = recording::parse(&bytes)?;
    let failed = records.iter().position(|it| matches!(it, Record::Failed { .. }));
    let failed = failed.ok_or("it never came")?;
    let acknowledged = recording::acknowledged(&records)?;
    // Of the folder SQLite doesn't ask how its sync went. The store has synced it by itself.
    let of_folder = matches!(records[failed], Record::Failed { name: "", .. });
    if !of_folder && !fail.silent {
        let after = recording::acknowledged(&records[failed..])?.len() as u64;
        if after > WRITERS {
            return Err(format!("{after} commands were acknowledged after it"));
        }
        // Nobody is left to be refused where all had been acknowledged: as the store is closed.
        let all = u64::try_from(acknowledged.len()).is_ok_and(|all| all == COMMANDS * WRITERS);
        if !all && ended.status.code().is_none_or(|code| code == 0) {
            return Err(format!("the process ended with {}", ended.status));
        }
    }
    let moment = if of_folder { records.len() } else { failed + 1 };
    cut(&records[..moment], &acknowledged).map_err(|why| format!("as it failed: {why}"))?;
    cut(&records, &acknowledged).map_err(|why| format!("at the end: {why}"))?;
    verify_usable(&file.to_string_lossy(), &acknowledged)
        .map_err(|why| format!("the next process: {why}"))?;
    Ok(acknowledged.len())
}

/// The power is cut behind these records, and nothing is there that was not synced; or some.
fn cut(records: &[Record<'_>], acknowledged: &[Command]) -> Result<(), String> {
    let mut disk = Disk::default();
    records.iter().try_for_each(|record| disk.apply(*record))?;
    let mut random = Random::new(records.len() as u64);
    let mut images = Tear::ALL.map(|tear| disk.cut(tear, &mut random)).into_iter();
    images.try_for_each(|image| verify_image(Manner::Honest, &image, acknowledged))
}
