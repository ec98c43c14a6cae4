//! SQLite's own way to the system, with another way to open a write-ahead log.

use std::ffi::{CStr, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use rusqlite::ffi::{
    self, SQLITE_CANTOPEN, SQLITE_ERROR, SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_WAL,
    sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
};

use crate::joined::Joined;

/// What connections that use it are opened with.
pub const NAME: &CStr = c"annals-wal";

/// Makes it known to SQLite, once a process.
///
/// # Errors
/// SQLite has no way to the system of its own here, or no memory.
pub fn register() -> rusqlite::Result<()> {
    static REGISTERED: OnceLock<c_int> = OnceLock::new();
    match *REGISTERED.get_or_init(registered) {
        SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

fn registered() -> c_int {
    // SAFETY: SQLite initializes itself, and what it answers is null or lives as long as the
    // process.
    let found = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    if found.is_null() {
        return SQLITE_ERROR;
    }
    SYSTEM.store(found, Ordering::Release);
    // A copy: the system's functions get it instead of their own, and find in it what they look
    // for. It is never let go, as SQLite demands.
    // SAFETY: it is there. Its `pNext`, which others may write just now, isn't read.
    let ours = unsafe {
        sqlite3_vfs {
            szOsFile: (*found).szOsFile + FRONT,
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            xOpen: Some(open),
            ..*found
        }
    };
    let ours = Box::leak(Box::new(ours));
    // SAFETY: it is filled in, and lives as long as the process.
    unsafe { ffi::sqlite3_vfs_register(ours, 0) }
}

/// The system's own, of which ours was made.
static SYSTEM: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// A write-ahead log as SQLite sees it. The system's file lies behind it, in the same memory.
#[repr(C)]
struct Journal {
    /// First, as of every file.
    base: sqlite3_file,
    kept: *mut Joined,
}

/// Bytes of a [`Journal`]; those of pointers keep what lies behind them aligned.
const FRONT: c_int = size_of::<Journal>() as c_int;

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Neither shared memory nor mapped pages: those are of the database's own file.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Opens a file: a write-ahead log as one of ours, and any other as the system does, which then
/// knows nothing of us.
///
/// # Safety
/// As SQLite calls it: `file` has room for `szOsFile` bytes.
unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let system = SYSTEM.load(Ordering::Acquire);
    // SAFETY: ours was made of it, and it lives as long as the process.
    let Some(open) = (unsafe { (*system).xOpen }) else { return SQLITE_CANTOPEN };
    if flags & SQLITE_OPEN_WAL == 0 {
        // SAFETY: what SQLite gave us for a file of its own is handed on, and is large enough.
        return unsafe { open(system, name, file, flags, out) };
    }
    // SAFETY: behind a `Journal` is as much room as the system's own file wants.
    let opened = unsafe { open(system, name, behind(file), flags, out) };
    // Without methods it isn't closed.
    let (methods, kept): (*const sqlite3_io_methods, _) = match opened {
        SQLITE_OK => (&METHODS, Box::into_raw(Box::<Joined>::default())),
        _ => (ptr::null(), ptr::null_mut()),
    };
    // SAFETY: `file` is ours, and larger than a `Journal`.
    unsafe {
        file.cast::<Journal>().write(Journal { base: sqlite3_file { pMethods: methods }, kept })
    };
    opened
}

/// The system's file behind one of ours.
///
/// # Safety
/// `file` is one of ours.
unsafe fn behind(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: what SQLite gave us for it is that much larger than the system's file.
    unsafe { file.cast::<Journal>().add(1).cast() }
}

/// A file of ours that is open.
struct Opened<'f> {
    kept: &'f mut Joined,
    behind: *mut sqlite3_file,
    methods: &'f sqlite3_io_methods,
}

impl Opened<'_> {
    /// # Safety
    /// `file` is one of ours and open, and nobody else has it: SQLite uses a connection's files on
    /// one thread at a time.
    unsafe fn of(file: *mut sqlite3_file) -> Self {
        // SAFETY: so it was made by `open`.
        unsafe {
            let behind = behind(file);
            let kept = &mut *(*file.cast::<Journal>()).kept;
            Self { kept, behind, methods: &*(*behind).pMethods }
        }
    }

    fn add(&mut self, bytes: &[u8], at: sqlite3_int64) -> Result<(), c_int> {
        let Self { kept, behind, methods } = self;
        kept.add((bytes, at), |bytes, at| write_to(methods, *behind, bytes, at))
    }

    fn flush(&mut self) -> Result<(), c_int> {
        let Self { kept, behind, methods } = self;
        kept.flush(|bytes, at| write_to(methods, *behind, bytes, at))
    }
}

fn write_to(
    methods: &sqlite3_io_methods,
    file: *mut sqlite3_file,
    bytes: &[u8],
    at: sqlite3_int64,
) -> Result<(), c_int> {
    let (Some(write), Ok(count)) = (methods.xWrite, c_int::try_from(bytes.len())) else {
        return Err(SQLITE_IOERR_WRITE);
    };
    // SAFETY: the file is open and the methods are its own.
    match unsafe { write(file, bytes.as_ptr().cast(), count, at) } {
        SQLITE_OK => Ok(()),
        code => Err(code),
    }
}

/// # Safety
/// As SQLite calls it.
unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    at: sqlite3_int64,
) -> c_int {
    let Ok(count) = usize::try_from(count) else { return SQLITE_IOERR_WRITE };
    // SAFETY: the file is open, and there are so many bytes.
    let (mut opened, bytes) =
        unsafe { (Opened::of(file), slice::from_raw_parts(bytes.cast(), count)) };
    opened.add(bytes, at).err().unwrap_or(SQLITE_OK)
}

/// What is kept then was of a commit that never came about: nobody will look for it.
///
/// # Safety
/// As SQLite calls it, once.
unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: `open` made it so, and `kept` is let go here alone.
    unsafe {
        drop(Box::from_raw((*file.cast::<Journal>()).kept));
        let behind = behind(file);
        (*(*behind).pMethods).xClose.map_or(SQLITE_OK, |close| close(behind))
    }
}

/// What the system's file does, once all that was kept is written.
macro_rules! behind_all {
    ($name:ident, $method:ident $(, $argument:ident: $type:ty)*) => {
        /// # Safety
        /// As SQLite calls it.
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: the file is open.
            let mut opened = unsafe { Opened::of(file) };
            if let Err(code) = opened.flush() {
                return code;
            }
            let Some(method) = opened.methods.$method else { return SQLITE_ERROR };
            // SAFETY: the file behind is open, and the arguments are SQLite's own.
            unsafe { method(opened.behind $(, $argument)*) }
        }
    };
}

behind_all!(read, xRead, to: *mut c_void, count: c_int, at: sqlite3_int64);
behind_all!(truncate, xTruncate, length: sqlite3_int64);
behind_all!(sync, xSync, flags: c_int);
behind_all!(file_size, xFileSize, to: *mut sqlite3_int64);

/// What the system's file does, whatever is kept.
macro_rules! at_once {
    ($name:ident, $method:ident $(, $argument:ident: $type:ty)*) => {
        /// # Safety
        /// As SQLite calls it.
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: the file is open.
            let opened = unsafe { Opened::of(file) };
            let Some(method) = opened.methods.$method else { return SQLITE_OK };
            // SAFETY: the file behind is open, and the arguments are SQLite's own.
            unsafe { method(opened.behind $(, $argument)*) }
        }
    };
}

at_once!(lock, xLock, level: c_int);
at_once!(unlock, xUnlock, level: c_int);
at_once!(check_reserved_lock, xCheckReservedLock, to: *mut c_int);
at_once!(file_control, xFileControl, operation: c_int, argument: *mut c_void);
at_once!(sector_size, xSectorSize);
at_once!(device_characteristics, xDeviceCharacteristics);

#[cfg(test)]
mod tests;
