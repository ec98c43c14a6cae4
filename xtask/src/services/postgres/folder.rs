//! What a server keeps, and who may write where: `port`, `lock` and the settings are the caller's;
//! `server/` (data, socket, log) is the account's, and nobody else may look into it. So root writes
//! nothing where a server, or one who got hold of it, could lay a link. No process lives here.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::Programs;
use super::settings;
use super::{Account, NAME, Place};
use crate::services::place::{self, at};

/// The folder of one server.
#[derive(Debug)]
pub(super) struct Folder<'a> {
    pub(super) path: PathBuf,
    account: &'a Account,
}

impl<'a> Folder<'a> {
    pub(super) fn in_place(place: &'a Place) -> Self {
        Self { path: place.folder.join(NAME), account: &place.account }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("server/data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("server/server.log")
    }

    /// Makes it where it isn't there yet, and holds it as long as the answer lives: of those who
    /// start or stop the server, one at a time.
    pub(super) fn take(&self) -> Result<File, String> {
        fs::create_dir_all(&self.path).map_err(|error| at(&self.path, &error))?;
        place::open(&self.path)?;
        place::lock(&self.path.join("lock"))
    }

    /// A program that runs as the account, and here.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.account.command(program, &self.path)
    }

    pub(super) fn port(&self) -> Option<u16> {
        settings::parse_port(&fs::read_to_string(self.path.join("port")).ok()?)
    }

    /// The port that was chosen before, while it is free; or else a new one.
    pub(super) fn choose_port(&self) -> Result<u16, String> {
        if let Some(port) = self.port().filter(|port| settings::is_free(*port)) {
            return Ok(port);
        }
        let seed = place::hash(self.path.as_os_str().as_encoded_bytes());
        let port = settings::free_port(seed).ok_or("postgres: no port is free on 127.0.0.1")?;
        self.write("port", &format!("{port}\n"))?;
        Ok(port)
    }

    pub(super) fn write_settings(&self, port: u16) -> Result<(), String> {
        self.write("postgresql.conf", &settings::postgresql_conf(port))?;
        self.write("pg_hba.conf", settings::PG_HBA_CONF)
    }

    /// By another name first: who reads it, reads it whole.
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let (path, new) = (self.path.join(name), self.path.join(format!("{name}.new")));
        fs::write(&new, text).map_err(|error| at(&new, &error))?;
        let readable = Permissions::from_mode(0o644);
        fs::set_permissions(&new, readable).map_err(|error| at(&new, &error))?;
        fs::rename(&new, &path).map_err(|error| at(&path, &error))
    }

    /// All that has to be there before a start, also behind a crash anywhere in here. Only for a
    /// server that doesn't run.
    pub(super) fn prepare(&self, programs: &Programs) -> Result<(), String> {
        let server = self.path.join("server");
        self.leave_other_versions(programs, &server)?;
        fs::create_dir_all(&server).map_err(|error| at(&server, &error))?;
        let private = Permissions::from_mode(0o700);
        fs::set_permissions(&server, private).map_err(|error| at(&server, &error))?;
        let Account { uid, gid, .. } = *self.account;
        if fs::metadata(&server).map_err(|error| at(&server, &error))?.uid() != uid {
            chown(&server, Some(uid), Some(gid)).map_err(|error| at(&server, &error))?;
        }
        if !self.data().join("PG_VERSION").exists() {
            self.make_data(programs)?;
        }
        // Postgres passes over a pid file whose number nobody has, but not over an empty one, nor
        // over one whose number another process got. What is left of a killed server's processes
        // still holds the memory block of this folder, so a second server can't begin beside them.
        let remains = "cd server && rm -f data/postmaster.pid socket/.s.PGSQL.* && \
             mkdir -m 0700 -p socket && if [ -e server.log ]; then mv server.log before.log; fi";
        self.must(self.command("/bin/sh").args(["-c", remains]), "making room")
    }

    /// Data is only what tests made, and another major version can't read it.
    fn leave_other_versions(&self, programs: &Programs, server: &Path) -> Result<(), String> {
        let Ok(version) = fs::read_to_string(self.data().join("PG_VERSION")) else { return Ok(()) };
        let Programs { major, .. } = programs;
        if version.trim() == major.to_string() {
            return Ok(());
        }
        println!("{NAME}: its data is of version {}, here is {major}: begins anew", version.trim());
        fs::remove_dir_all(server).map_err(|error| at(server, &error))
    }

    /// Under another name until it is whole: a crash in between is begun again.
    fn make_data(&self, programs: &Programs) -> Result<(), String> {
        let new = self.path.join("server/data.new");
        if new.exists() {
            fs::remove_dir_all(&new).map_err(|error| at(&new, &error))?;
        }
        let mut initdb = self.command(programs.path("initdb"));
        initdb.args(["--username", settings::USER, "--auth", "trust", "--encoding", "UTF8"]);
        initdb.args(["--locale", "C", "--no-instructions", "--pgdata", "server/data.new"]);
        self.must(&mut initdb, "initdb")?;
        fs::rename(&new, self.data()).map_err(|error| at(&new, &error))
    }

    fn must(&self, command: &mut Command, what: &str) -> Result<(), String> {
        let folder = self.path.display();
        let output = command.output();
        let output = output.map_err(|error| format!("{NAME}: {what} in {folder}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let status = output.status;
        Err(format!("{NAME}: {what} in {folder}: {status}\n{}", said.trim_end()))
    }
}
