//! What a process did to its files, in order, as the shim wrote it down.

use crate::load::Command;

/// One thing that happened. Names are those of files in the watched folder; the folder itself has
/// the empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Opened for writing; made where it wasn't there.
    Open {
        /// Of the file.
        name: &'a str,
        /// Whether what was in it is gone.
        truncate: bool,
    },
    /// Bytes.
    Write {
        /// Of the file.
        name: &'a str,
        /// Where the bytes go.
        at: usize,
        /// The bytes.
        data: &'a [u8],
    },
    /// A new length.
    Length {
        /// Of the file.
        name: &'a str,
        /// In bytes.
        length: usize,
    },
    /// A sync that begins: what was written before it will be on disk once it is done.
    Begin {
        /// Of the file or folder.
        name: &'a str,
        /// Its number among those of the process.
        sync: usize,
    },
    /// A sync that is done.
    Done {
        /// Of the file or folder.
        name: &'a str,
        /// The number with which it began.
        sync: usize,
    },
    /// A sync that has failed.
    Failed {
        /// Of the file or folder.
        name: &'a str,
        /// The number with which it began.
        sync: usize,
    },
    /// A name that is gone.
    Remove {
        /// Of the file.
        name: &'a str,
    },
    /// What went to standard output.
    Said(&'a [u8]),
}

/// Reads a recording. A process that was killed may have left its last record unfinished.
///
/// # Errors
/// What can't be read, and calls that the model of the disk doesn't know.
pub fn parse(mut bytes: &[u8]) -> Result<Vec<Record<'_>>, String> {
    let mut records = Vec::new();
    while let Some((record, rest)) = first(bytes)? {
        records.push(record);
        bytes = rest;
    }
    Ok(records)
}

fn first(bytes: &[u8]) -> Result<Option<(Record<'_>, &[u8])>, String> {
    let Some((head, rest)) = bytes.split_first_chunk::<16>() else { return Ok(None) };
    let [kind, _, n0, n1, l0, l1, l2, l3, number @ ..] = *head;
    let name_length = usize::from(u16::from_ne_bytes([n0, n1]));
    let length = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
    let Some((name, rest)) = rest.split_at_checked(name_length) else { return Ok(None) };
    let Some((data, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    let name = std::str::from_utf8(name).map_err(|error| error.to_string())?;
    let number = usize::try_from(i64::from_ne_bytes(number)).map_err(|error| error.to_string())?;
    let record = match kind {
        b'O' => Record::Open { name, truncate: number == 1 },
        b'W' => Record::Write { name, at: number, data },
        b'L' => Record::Length { name, length: number },
        b'S' => Record::Begin { name, sync: number },
        b'E' => Record::Done { name, sync: number },
        b'X' => Record::Failed { name, sync: number },
        b'U' => Record::Remove { name },
        b'A' => Record::Said(data),
        b'?' => return Err(format!("the model of the disk doesn't know {name}")),
        _ => return Err(format!("a record of kind {kind}")),
    };
    Ok(Some((record, rest)))
}

/// The commands that these records acknowledge.
///
/// # Errors
/// A line that is none.
pub fn acknowledged(records: &[Record<'_>]) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    for record in records {
        let Record::Said(line) = record else { continue };
        let line = String::from_utf8_lossy(line);
        let command = line.strip_suffix('\n').and_then(Command::parse);
        commands.push(command.ok_or_else(|| format!("'{line}' is no acknowledgement"))?);
    }
    Ok(commands)
}
