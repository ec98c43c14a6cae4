//! Against a file in memory.

use super::{CAPACITY, Joined};

/// What was written, call by call.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    calls: Vec<(i64, usize)>,
    full: bool,
}

impl File {
    fn write(&mut self, bytes: &[u8], at: i64) -> Result<(), &'static str> {
        if self.full {
            return Err("full");
        }
        let from = usize::try_from(at).unwrap();
        self.bytes.resize(self.bytes.len().max(from + bytes.len()), 0);
        self.bytes[from..from + bytes.len()].copy_from_slice(bytes);
        self.calls.push((at, bytes.len()));
        Ok(())
    }
}

#[test]
fn what_follows_is_written_together() {
    let (mut joined, mut file) = (Joined::default(), File::default());
    let mut at = 32;
    for page in 0..62_u8 {
        for bytes in [&[page; 24][..], &[page; 4096]] {
            joined.add((bytes, at), |bytes, at| file.write(bytes, at)).unwrap();
            at += bytes.len() as i64;
        }
    }
    joined.flush(|bytes, at| file.write(bytes, at)).unwrap();
    joined.flush(|_, _| Err("nothing is kept")).unwrap();
    assert_eq!(file.calls, [(32, CAPACITY), (32 + CAPACITY as i64, CAPACITY)]);
    for (page, frame) in (0..62).zip(file.bytes[32..].chunks(4120)) {
        assert_eq!(frame, [page; 4120]);
    }
}

#[test]
fn what_lies_elsewhere_comes_behind_what_was_kept() {
    let (mut joined, mut file) = (Joined::default(), File::default());
    let writes: [(&[u8], i64); 5] =
        [(b"aaaa", 0), (b"bbbb", 4), (b"cc", 2), (b"d", 100), (b"e", 101)];
    for write in writes {
        joined.add(write, |bytes, at| file.write(bytes, at)).unwrap();
    }
    let huge = vec![b'x'; CAPACITY + 1];
    joined.add((&huge, 102), |bytes, at| file.write(bytes, at)).unwrap();
    assert_eq!(file.calls, [(0, 8), (2, 2), (100, 2), (102, CAPACITY + 1)]);
    assert_eq!(&file.bytes[..8], b"aaccbbbb");
}

#[test]
fn what_could_not_be_written_is_dropped() {
    let (mut joined, mut file) = (Joined::default(), File::default());
    joined.add((b"lost", 0), |bytes, at| file.write(bytes, at)).unwrap();
    file.full = true;
    assert_eq!(joined.flush(|bytes, at| file.write(bytes, at)), Err("full"));
    joined.add((b"lost", 0), |bytes, at| file.write(bytes, at)).unwrap();
    assert_eq!(joined.add((b"other", 50), |bytes, at| file.write(bytes, at)), Err("full"));
    file.full = false;
    joined.add((b"next", 4), |bytes, at| file.write(bytes, at)).unwrap();
    joined.flush(|bytes, at| file.write(bytes, at)).unwrap();
    assert_eq!(file.calls, [(4, 4)]);
}
