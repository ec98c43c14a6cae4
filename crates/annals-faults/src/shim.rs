//! The library that stands between a process and its disk (`shim/disk.c`): building it, and
//! starting a load with it.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use crate::load::Load;

const SOURCE: &str = include_str!("../shim/disk.c");

/// The built library, in a folder of whoever built it.
#[derive(Clone, Debug)]
pub struct Shim {
    library: PathBuf,
    program: PathBuf,
}

/// What the disk does.
#[derive(Clone, Debug, Default)]
pub struct Faults<'a> {
    /// Where all that happens is recorded.
    pub log: Option<&'a Path>,
    /// Files whose name ends so are never synced, and fsync says that they were: a disk that lies.
    pub lie: Option<&'a str>,
    /// Which sync fails.
    pub fail: Option<Fail<'a>>,
    /// A file that holds by how many bytes all files may grow.
    pub room: Option<&'a Path>,
}

/// A sync that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fail<'a> {
    /// Of files whose name ends so;
    pub suffix: &'a str,
    /// and the number among those, from 1.
    pub number: u64,
    /// It says that all is well: what a store sees that doesn't look at the answer.
    pub silent: bool,
}

impl Shim {
    /// What keeps it from working on this system; nothing where it does.
    pub fn missing() -> Option<&'static str> {
        let works = cfg!(all(target_os = "linux", target_env = "gnu"));
        (!works).then_some("the disk is watched by LD_PRELOAD, which needs Linux and glibc")
    }

    /// Builds it into `folder`, for the load `program`.
    ///
    /// # Errors
    /// What the C compiler says.
    pub fn build(folder: &Path, program: &Path) -> Result<Self, String> {
        let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
        std::fs::write(&source, SOURCE).map_err(|error| error.to_string())?;
        let built = Process::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .output()
            .map_err(|error| format!("no C compiler: cc: {error}"))?;
        if !built.status.success() {
            return Err(format!("cc: {}", String::from_utf8_lossy(&built.stderr)));
        }
        Ok(Self { library, program: program.to_owned() })
    }

    /// A load on `place`, not started yet, on a disk with these faults; `place` is in `folder`.
    pub fn load(&self, folder: &Path, place: &str, load: Load, faults: &Faults<'_>) -> Process {
        let mut process = Process::new(&self.program);
        process
            .args([place, &load.run.to_string(), load.manner.word()])
            .args(load.commands.map(|commands| commands.to_string()))
            .env("LD_PRELOAD", &self.library)
            .env("ANNALS_DISK_FOLDER", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(log) = faults.log {
            process.env("ANNALS_DISK_LOG", log);
        }
        if let Some(lie) = faults.lie {
            process.env("ANNALS_DISK_LIE", lie);
        }
        if let Some(Fail { suffix, number, silent }) = faults.fail {
            process.env("ANNALS_DISK_FAIL", format!("{suffix}:{number}"));
            process.envs(silent.then_some(("ANNALS_DISK_SILENT", "1")));
        }
        if let Some(room) = faults.room {
            process.env("ANNALS_DISK_ROOM", room);
        }
        process
    }
}
