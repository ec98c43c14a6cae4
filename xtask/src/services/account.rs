//! As whom services run. Servers refuse root, so where root calls, another account of the machine
//! takes its place; everyone else runs them as himself.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use std::os::unix::process::CommandExt;

/// Taken in this order; the last one is ours, and made where there is none of them.
const OTHERS: [&str; 2] = ["postgres", "annals-services"];

/// An account of this machine that isn't root.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Whether it is another one than the caller's.
    pub(super) is_other: bool,
}

impl Account {
    /// The caller's, or for root the first of `OTHERS`; none where root has no other yet.
    ///
    /// # Errors
    /// `id` can't be asked.
    pub(super) fn find() -> Result<Option<Self>, String> {
        if !is_root()? {
            let own = |flag| Ok::<_, String>(id(&[flag])?.unwrap_or_default());
            let (uid, gid) = (number(&own("-u")?)?, number(&own("-g")?)?);
            return Ok(Some(Self { name: own("-un")?, uid, gid, is_other: false }));
        }
        for name in OTHERS {
            if let (Some(uid), Some(gid)) = (id(&["-u", name])?, id(&["-g", name])?) {
                let (uid, gid) = (number(&uid)?, number(&gid)?);
                return Ok(Some(Self { name: name.to_owned(), uid, gid, is_other: true }));
            }
        }
        Ok(None)
    }

    /// As [`Account::find`]; makes the last of `OTHERS` where root has none.
    ///
    /// # Errors
    /// It can't be made, and what to do.
    pub(super) fn find_or_create() -> Result<Self, String> {
        if let Some(account) = Self::find()? {
            return Ok(account);
        }
        let [_, name] = OTHERS;
        let made = Command::new("useradd")
            .args(["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name])
            .status();
        let cure = format!("add a user named `{name}`: servers refuse to run as root");
        match made {
            Ok(status) if status.success() => Self::find()?.ok_or(cure),
            Ok(status) => Err(format!("useradd {name}: {status}; {cure}")),
            Err(error) => Err(format!("useradd {name}: {error}; {cure}")),
        }
    }

    /// A program that will run as this account in `folder`, with an environment of its own: what
    /// the caller's says of databases must not reach a private server.
    pub(super) fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        command.env_clear().env("PATH", "/usr/bin:/bin:/usr/local/bin").env("LC_ALL", "C");
        if self.is_other {
            // std drops root's further groups with it.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether it may go through every folder down to this one.
    pub(super) fn can_enter(&self, folder: &Path) -> bool {
        let mut shell = self.command("/bin/sh", Path::new("/"));
        let asked = shell.args(["-c", "test -x \"$0\""]).arg(folder).status();
        asked.is_ok_and(|status| status.success())
    }
}

/// Whether the caller is root.
///
/// # Errors
/// `id` can't be asked.
pub(super) fn is_root() -> Result<bool, String> {
    Ok(id(&["-u"])?.as_deref() == Some("0"))
}

/// What `id` says; nothing where it knows no such account.
fn id(arguments: &[&str]) -> Result<Option<String>, String> {
    let output = Command::new("id").args(arguments).output();
    let output = output.map_err(|error| format!("`id` can't be asked: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success().then_some(text))
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|error| format!("`id` says `{text}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_runs_as_the_account_and_knows_nothing_of_the_caller() {
        let account = Account::find_or_create().unwrap();
        assert_ne!(account.uid, 0);
        let output = account.command("id", Path::new("/")).arg("-u").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), account.uid.to_string());
        let output = account.command("env", Path::new("/")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    }
}
