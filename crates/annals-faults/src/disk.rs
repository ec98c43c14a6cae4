//! A model of a disk and the kernel before it: what of all that was written is there after a power
//! cut. What was synced is. Of what wasn't, each write and each new length may be there or not,
//! whatever its order, and a write may be there in part, by sectors. Names are made and removed in
//! order, and are certain once their folder was synced.

use std::collections::{BTreeMap, HashMap};

use crate::random::Random;
use crate::recording::Record;

/// What a disk writes whole, or not at all.
const SECTOR: usize = 512;

/// What becomes of a write that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// None of them is there.
    Nothing,
    /// Each is there or not.
    Some,
    /// Each is there, or not, or its sectors up to some one, or some of its sectors.
    Sectors,
}

impl Tear {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Some, Self::Sectors];
}

/// Files by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// The files of one folder, as the kernel and the disk have them.
#[derive(Clone, Debug, Default)]
pub struct Disk<'a> {
    files: Vec<File<'a>>,
    /// As the kernel has them.
    names: BTreeMap<&'a str, usize>,
    /// As the disk has them.
    durable_names: BTreeMap<&'a str, usize>,
    /// From the second to the first.
    entries: Vec<Entry<'a>>,
    /// Entries that are on the disk.
    settled: usize,
    /// For each sync that began: how many changes there had been.
    syncs: HashMap<usize, usize>,
}

#[derive(Clone, Debug, Default)]
struct File<'a> {
    durable: Vec<u8>,
    pending: Vec<Change<'a>>,
    /// Changes that are not pending any more.
    settled: usize,
}

#[derive(Clone, Copy, Debug)]
enum Change<'a> {
    Write { at: usize, data: &'a [u8] },
    Length(usize),
}

#[derive(Clone, Copy, Debug)]
enum Entry<'a> {
    Make(&'a str, usize),
    Remove(&'a str),
}

impl<'a> Disk<'a> {
    /// What another process does to it has syncs of its own numbers.
    pub fn next_process(&mut self) {
        self.syncs.clear();
    }

    /// Something happens.
    ///
    /// # Errors
    /// What can't happen on this disk.
    pub fn apply(&mut self, record: Record<'a>) -> Result<(), String> {
        match record {
            Record::Open { name, truncate } => {
                if !self.names.contains_key(name) {
                    self.entries.push(Entry::Make(name, self.files.len()));
                    self.names.insert(name, self.files.len());
                    self.files.push(File::default());
                }
                if truncate {
                    self.file(name)?.pending.push(Change::Length(0));
                }
            }
            Record::Write { name, at, data } => {
                self.file(name)?.pending.push(Change::Write { at, data });
            }
            Record::Length { name, length } => {
                self.file(name)?.pending.push(Change::Length(length));
            }
            Record::Remove { name } => {
                self.names.remove(name).ok_or_else(|| format!("'{name}' isn't there"))?;
                self.entries.push(Entry::Remove(name));
            }
            Record::Begin { name, sync } => {
                let so_far = match name {
                    "" => self.settled + self.entries.len(),
                    _ => self.file(name)?.so_far(),
                };
                self.syncs.insert(sync, so_far);
            }
            Record::Done { name, sync } => {
                let so_far = self.syncs.remove(&sync).ok_or("a sync that never began")?;
                match name {
                    "" => self.sync_names(so_far),
                    _ => self.file(name)?.sync(so_far),
                }
            }
            // The kernel says that pages are clean which never reached the disk. Names are another
            // matter: they are in the file system's journal, and the next sync takes them along.
            Record::Failed { name: "", .. } | Record::Said(_) => {}
            Record::Failed { name, sync } => {
                let so_far = self.syncs.remove(&sync).ok_or("a sync that never began")?;
                self.file(name)?.forget(so_far);
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str) -> Result<&mut File<'a>, String> {
        let file = self.names.get(name).and_then(|file| self.files.get_mut(*file));
        file.ok_or_else(|| format!("'{name}' isn't there"))
    }

    fn sync_names(&mut self, so_far: usize) {
        for entry in self.entries.drain(..so_far.saturating_sub(self.settled)) {
            entry.apply(&mut self.durable_names);
            self.settled += 1;
        }
    }

    /// What is there after a power cut now.
    pub fn cut(&self, tear: Tear, random: &mut Random) -> Image {
        // Some cuts lose nearly all, some nearly nothing.
        let kept = [1, 8, 15][random.below(3)];
        let mut names = self.durable_names.clone();
        let entries = match tear {
            Tear::Nothing => 0,
            _ => random.below(self.entries.len() + 1),
        };
        self.entries[..entries].iter().for_each(|entry| entry.apply(&mut names));
        let mut image = Image::new();
        for (name, file) in names {
            let file = &self.files[file];
            let mut bytes = file.durable.clone();
            for change in &file.pending {
                match (tear, change) {
                    (Tear::Nothing, _) => {}
                    (Tear::Sectors, Change::Write { at, data }) if random.sixteenths(8) => {
                        torn(*at, data, &mut bytes, random);
                    }
                    _ if random.sixteenths(kept) => change.apply(&mut bytes),
                    _ => {}
                }
            }
            image.insert(name.to_owned(), bytes);
        }
        image
    }

    /// What a process sees that opens the files now, without a power cut. Not where a sync failed.
    pub fn seen(&self) -> Image {
        let seen = |(name, file): (&&str, &usize)| {
            let file = &self.files[*file];
            let mut bytes = file.durable.clone();
            file.pending.iter().for_each(|change| change.apply(&mut bytes));
            ((*name).to_owned(), bytes)
        };
        self.names.iter().map(seen).collect()
    }
}

impl File<'_> {
    fn so_far(&self) -> usize {
        self.settled + self.pending.len()
    }

    fn sync(&mut self, so_far: usize) {
        for change in self.pending.drain(..so_far.saturating_sub(self.settled)) {
            change.apply(&mut self.durable);
            self.settled += 1;
        }
    }

    fn forget(&mut self, so_far: usize) {
        self.pending.drain(..so_far.saturating_sub(self.settled));
        self.settled = self.settled.max(so_far);
    }
}

impl Change<'_> {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Length(length) => bytes.resize(length, 0),
            Self::Write { at, data } => {
                let end = at + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[at..end].copy_from_slice(data);
            }
        }
    }
}

impl<'a> Entry<'a> {
    fn apply(self, names: &mut BTreeMap<&'a str, usize>) {
        match self {
            Self::Make(name, file) => {
                names.insert(name, file);
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// A part of a write: the sectors up to one, or each or not.
fn torn(at: usize, data: &[u8], bytes: &mut Vec<u8>, random: &mut Random) {
    let sectors = (at + data.len()).div_ceil(SECTOR) - at / SECTOR;
    let prefix = random.sixteenths(8).then(|| random.below(sectors));
    let mut from = 0;
    for sector in 0..sectors {
        let end = ((at / SECTOR + sector + 1) * SECTOR - at).min(data.len());
        let is_there = prefix.map_or_else(|| random.sixteenths(8), |prefix| sector < prefix);
        if is_there {
            Change::Write { at: at + from, data: &data[from..end] }.apply(bytes);
        }
        from = end;
    }
}

#[cfg(test)]
mod tests;
