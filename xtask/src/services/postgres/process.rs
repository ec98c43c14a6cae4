//! Whether the server of a data folder runs, by its pid file and by what the system says of that
//! process. A number alone proves nothing: behind a crash it may be anybody's. It ends nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::services::place::at;

/// What there is of a data folder's first process.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Postmaster {
    /// No pid file: never started, or stopped in order.
    Absent,
    /// The process of this number serves this folder.
    Runs(u32),
    /// A pid file, and no process that is the folder's server.
    Died,
}

/// # Errors
/// The pid file can't be read.
pub(super) fn find(data: &Path) -> Result<Postmaster, String> {
    let path = data.join("postmaster.pid");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Postmaster::Absent),
        Err(error) => return Err(at(&path, &error)),
    };
    let pid = pid(&text).filter(|pid| serves(&command_line(*pid).unwrap_or_default(), data));
    Ok(pid.map_or(Postmaster::Died, Postmaster::Runs))
}

/// The first line. A file without one was torn by a power cut.
fn pid(text: &str) -> Option<u32> {
    text.lines().next()?.trim().parse().ok()
}

/// `pg_ctl` starts a server as `postgres -D FOLDER …`.
fn serves(command_line: &str, data: &Path) -> bool {
    let option = format!(" -D {} ", data.display());
    format!("{command_line} ").contains(&option)
}

/// Words with blanks between them; nothing where no such process is, or where it is dead and only
/// waits for its parent to notice.
fn command_line(pid: u32) -> Option<String> {
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        return Some(String::from_utf8_lossy(&bytes).replace('\0', " "));
    }
    if Path::new("/proc/self").exists() {
        return None;
    }
    let mut ps = Command::new("ps");
    let output = ps.args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_folder_and_not_by_its_number() {
        let data = Path::new("/a b/data");
        assert!(serves("/usr/bin/postgres -D /a b/data -c x=y", data));
        assert!(serves("postgres -D /a b/data", data));
        assert!(!serves("postgres -D /a b/data2", data));
        assert!(!serves("vi /a b/data", data));
        assert!(!serves("", data));
        let own = command_line(std::process::id()).unwrap();
        assert!(own.contains("xtask"), "{own}");
    }

    #[test]
    fn pid_files_are_read() {
        assert_eq!(pid("4711\n/a/data\n1700000000\n20123\n"), Some(4711));
        assert_eq!(pid(""), None);
        assert_eq!(find(Path::new("/nowhere")), Ok(Postmaster::Absent));
    }
}
