//! Laws of the model, and the double that a torn write must catch: a log without checksums.

use super::*;

const LOG: &str = "log";

/// Records of one letter each: its length, then the letters. Those before `synced` are.
fn naive(records: &[Vec<u8>], synced: usize) -> Disk<'_> {
    let mut disk = Disk::default();
    let mut at = 0;
    for record in [
        Record::Open { name: LOG, truncate: false },
        Record::Begin { name: "", sync: 0 },
        Record::Done { name: "", sync: 0 },
    ] {
        disk.apply(record).unwrap();
    }
    for (number, data) in records.iter().enumerate() {
        disk.apply(Record::Write { name: LOG, at, data }).unwrap();
        at += data.len();
        if number + 1 == synced {
            disk.apply(Record::Begin { name: LOG, sync: 1 }).unwrap();
            disk.apply(Record::Done { name: LOG, sync: 1 }).unwrap();
        }
    }
    disk
}

fn records() -> Vec<Vec<u8>> {
    let record = |letter| [&1500_u16.to_be_bytes(), [letter; 1500].as_slice()].concat();
    (b'a'..=b'j').map(record).collect()
}

/// As whoever trusts the disk would read it: what is whole in length is whole.
fn read(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*head));
        let Some((data, rest)) = rest.split_at_checked(length) else { break };
        if length == 0 {
            break;
        }
        records.push([head, data].concat());
        bytes = rest;
    }
    records
}

/// What is read of so many cuts, each from its own chance.
fn cuts(tear: Tear, synced: usize) -> Vec<Vec<Vec<u8>>> {
    let records = records();
    let disk = naive(&records, synced);
    (0..200).map(|seed| read(&disk.cut(tear, &mut Random::new(seed))[LOG])).collect()
}

#[test]
fn what_was_synced_is_there_and_what_was_not_may_be() {
    let all = records();
    for tear in Tear::ALL {
        for read in cuts(tear, 4) {
            assert_eq!(read[..4], all[..4], "{tear:?}");
        }
    }
    assert!(cuts(Tear::Nothing, 4).iter().all(|read| read.len() == 4));
    let lengths: std::collections::BTreeSet<usize> =
        cuts(Tear::Some, 4).iter().map(Vec::len).collect();
    assert!(lengths.len() > 3, "{lengths:?}");
}

#[test]
fn a_log_without_checksums_is_caught_by_torn_writes_alone() {
    let all = records();
    let spoilt = |tear| cuts(tear, 4).concat().iter().filter(|it| !all.contains(it)).count();
    assert_eq!((spoilt(Tear::Nothing), spoilt(Tear::Some)), (0, 0));
    assert!(spoilt(Tear::Sectors) > 20);
}

#[test]
fn what_a_failed_sync_forgot_is_never_there() {
    let records = records();
    let mut disk = naive(&records, 4);
    disk.apply(Record::Begin { name: LOG, sync: 2 }).unwrap();
    disk.apply(Record::Failed { name: LOG, sync: 2 }).unwrap();
    disk.apply(Record::Begin { name: LOG, sync: 3 }).unwrap();
    disk.apply(Record::Done { name: LOG, sync: 3 }).unwrap();
    for tear in Tear::ALL {
        assert_eq!(read(&disk.cut(tear, &mut Random::new(1))[LOG]), records[..4], "{tear:?}");
    }
}

#[test]
fn a_sync_takes_along_what_was_written_before_it_began() {
    let mut disk = Disk::default();
    let write = |at| Record::Write { name: LOG, at, data: b"x" };
    for record in [
        Record::Open { name: LOG, truncate: false },
        write(0),
        Record::Begin { name: LOG, sync: 1 },
        write(1),
        Record::Begin { name: "", sync: 2 },
        Record::Done { name: "", sync: 2 },
        Record::Done { name: LOG, sync: 1 },
        Record::Remove { name: LOG },
    ] {
        disk.apply(record).unwrap();
    }
    // Nor is the file gone before its folder was synced.
    let image = disk.cut(Tear::Nothing, &mut Random::new(0));
    assert_eq!(image, Image::from([(LOG.to_owned(), b"x".to_vec())]));
    assert!(disk.seen().is_empty());
    disk.apply(Record::Begin { name: "", sync: 3 }).unwrap();
    disk.apply(Record::Done { name: "", sync: 3 }).unwrap();
    assert!(disk.cut(Tear::Sectors, &mut Random::new(0)).is_empty());
}
