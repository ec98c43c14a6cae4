//! A private Postgres for one bed: a data folder, a port and a socket of its own, durable, with the
//! shim under it where the bed has a slower disk. Gone with the run.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use annals_bench_harness::Failure;

use crate::folder::Folder;
use crate::shim::Shim;

/// Beside Postgres' own defaults. Checkpoints would fall into some cells and not into others; so
/// would new segments of WAL, which a server that has run for a while takes from its used ones.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 320
shared_buffers = 256MB
max_wal_size = 8GB
min_wal_size = 1GB
checkpoint_timeout = 30min
fsync = on
full_page_writes = on
synchronous_commit = on
wal_sync_method = fdatasync
";

/// Uses as many segments as `min_wal_size` keeps, 64 of 16 MiB; a checkpoint leaves them for later.
const USE_SEGMENTS: &str = "
DO $$ BEGIN
  FOR i IN 1..64 LOOP
    PERFORM pg_logical_emit_message(false, 'bench', 'x');
    PERFORM pg_switch_wal();
  END LOOP;
END $$";

/// A server that runs.
pub(crate) struct Server {
    folder: Folder,
    programs: PathBuf,
    account: Option<(u32, u32)>,
    port: u16,
    databases: u32,
}

/// Where the server's programs are: on the path, or the newest where Debian puts them.
pub(crate) fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&path).filter_map(|folder| {
        let real = folder.join("initdb").canonicalize().ok()?;
        real.parent().map(Path::to_path_buf)
    });
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let is_whole = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).exists())
    };
    on_path.find(is_whole).or_else(|| debian.filter(is_whole).max())
}

impl Server {
    /// Starts one.
    pub(crate) fn start(parent: &Path, shim: &Shim, delay_ms: u64) -> Result<Self, Failure> {
        let programs = programs().ok_or("there is no Postgres; install postgresql-15")?;
        let folder = Folder::make(parent, &format!("postgres-{delay_ms}ms"))?;
        let account = account()?;
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = Self { folder, programs, account, port, databases: 0 };
        let data = server.data();
        let mut initdb = server.command("initdb");
        initdb.args(["-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C", "-D"]).arg(&data);
        done(&mut initdb)?;
        let conf = data.join("postgresql.conf");
        let socket = server.folder.path().display();
        let text = format!("{SETTINGS}port = {port}\nunix_socket_directories = '{socket}'\n");
        fs::write(&conf, fs::read_to_string(&conf)? + &text)?;
        let mut start = server.command("pg_ctl");
        shim.under(&mut start, delay_ms);
        start.args(["-w", "-s", "-D"]).arg(&data).arg("-l");
        done(start.arg(server.folder.path().join("log")).arg("start"))?;
        done(server.psql("postgres").args(["-c", USE_SEGMENTS, "-c", "CHECKPOINT"]))?;
        Ok(server)
    }

    /// A database of that moment's own; the one before it goes.
    pub(crate) fn fresh(&mut self) -> Result<String, Failure> {
        if self.databases > 0 {
            let last = format!("DROP DATABASE b{} WITH (FORCE)", self.databases);
            done(self.psql("postgres").args(["-c", &last]))?;
        }
        self.databases += 1;
        let name = format!("b{}", self.databases);
        let sql = format!("CREATE DATABASE {name}");
        done(self.psql("postgres").args(["-c", &sql, "-c", "CHECKPOINT"]))?;
        Ok(format!("postgres://bench@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs SQL files in the newest database.
    pub(crate) fn install(&self, files: &[PathBuf]) -> Result<(), Failure> {
        let mut psql = self.psql(&format!("b{}", self.databases));
        psql.env("PGOPTIONS", "-c client_min_messages=warning");
        for file in files {
            psql.arg("-f").arg(file);
        }
        done(&mut psql)
    }

    /// What the server says of itself.
    pub(crate) fn version(&self) -> Result<String, Failure> {
        let output = self.psql("postgres").args(["-Atc", "SHOW server_version"]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new("psql");
        let port = self.port.to_string();
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "bench", "-p"]);
        psql.args([&port, "-d", database]);
        psql
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        command.env("LC_ALL", "C").stdin(Stdio::null());
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let mut stop = self.command("pg_ctl");
        if let Err(error) =
            done(stop.args(["-w", "-s", "-m", "immediate", "-D"]).arg(data).arg("stop"))
        {
            eprintln!("Postgres isn't stopped: {error}");
        }
    }
}

fn done(command: &mut Command) -> Result<(), Failure> {
    let log = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = log.map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{:?}: {}: {said}", command.get_program(), output.status).into())
}

/// Servers refuse root: then another account takes its place.
fn account() -> Result<Option<(u32, u32)>, Failure> {
    let id = |arguments: &[&str]| -> Result<String, Failure> {
        let output = Command::new("id").args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if id(&["-u"])? != "0" {
        return Ok(None);
    }
    let number = |flag| -> Result<u32, Failure> {
        let text = id(&[flag, "postgres"])?;
        text.parse().map_err(|_| "Postgres refuses root: add a user named `postgres`".into())
    };
    Ok(Some((number("-u")?, number("-g")?)))
}
