//! A Postgres of our own, to be killed: made anew in a folder of whoever asks, on a port of its
//! own, as a child whose number we know. It is never the one of `cargo xtask services`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use crate::place::alone;

const DEBIAN: &str = "/usr/lib/postgresql";
/// The first version that the store is written for.
const LEAST: u32 = 15;
/// Accounts that may take root's place, since servers refuse root.
const ACCOUNTS: [&str; 2] = ["postgres", "annals-services"];
/// Below where systems take the ports of outgoing connections from: a client that knocks on a port
/// that nobody has could else be given that port, and speak to itself.
const PORTS: std::ops::Range<u16> = 30_000..32_000;
/// What a start may take, its recovery included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs, or has been killed. It ends with this value.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    account: Option<(u32, u32)>,
    port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// What keeps it from working on this system; nothing where it does.
    pub fn missing() -> Option<&'static str> {
        if !cfg!(target_os = "linux") {
            return Some("a server's processes are found in /proc, which needs Linux");
        }
        programs().is_none().then_some("no Postgres 15 or later is installed")
    }

    /// Makes a server in `folder`, with settings beside the usual ones (`fsync=off`), and starts
    /// it.
    ///
    /// # Errors
    /// What its programs say.
    pub fn make(folder: &Path, settings: &[&str]) -> Result<Self, String> {
        let programs = programs().ok_or("no Postgres 15 or later is installed")?;
        let account = account()?;
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
        if let Some((user, group)) = account {
            chown(folder, Some(user), Some(group)).map_err(|error| at(folder, &error))?;
        }
        let port = free_port().ok_or("no port is free")?;
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let folder = folder.to_owned();
        let mut server = Self { programs, folder, account, port, settings, process: None };
        let mut initdb = server.command("initdb");
        initdb.args(["--username", "annals", "--auth", "trust", "--encoding", "UTF8"]);
        initdb.args(["--locale", "C", "--no-sync", "--no-instructions", "--pgdata", "data"]);
        let made = initdb.output().map_err(|error| format!("initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        server.start()?;
        Ok(server)
    }

    /// Starts it, and waits until it takes connections; since when it does.
    ///
    /// # Errors
    /// It ends by itself, or doesn't get ready.
    pub fn start(&mut self) -> Result<Instant, String> {
        let log = self.folder.join("server.log");
        let file = fs::File::options().create(true).append(true).open(&log);
        let file = file.map_err(|error| at(&log, &error))?;
        let mut postgres = self.command("postgres");
        postgres.args(["-D", "data", "-p", &self.port.to_string(), "-h", "127.0.0.1"]);
        let usual = ["unix_socket_directories=", "fsync=on", "full_page_writes=on"];
        let usual = usual.into_iter().chain(["max_connections=100", "shared_buffers=64MB"]);
        for setting in usual.chain(self.settings.iter().map(String::as_str)) {
            postgres.args(["-c", setting]);
        }
        let child = postgres.stdout(Stdio::null()).stderr(file).spawn();
        let child = self.process.insert(child.map_err(|error| format!("postgres: {error}"))?);
        let (begun, data) = (now(), self.folder.join("data"));
        loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                return Err(format!("postgres: {status}; see {}", log.display()));
            }
            if alone(serves(&server_url(self.port), &data)).is_ok() {
                return Ok(now());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("postgres isn't ready; see {}", log.display()));
            }
            // Its recovery needs the processor too.
            alone(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(())
            })?;
        }
    }

    /// Kills it and all its processes at one moment, and waits until they are gone.
    ///
    /// # Errors
    /// What the system says.
    pub fn kill(&mut self) -> Result<(), String> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // Once the first one stands still no further ones are born.
        signal("STOP", &[process.id()])?;
        let children = children_of(process.id())?;
        let all: Vec<u32> = std::iter::once(process.id()).chain(children.clone()).collect();
        // Those that have ended by themselves can't be killed.
        let _ = signal("KILL", &all);
        process.wait().map_err(|error| error.to_string())?;
        while children.iter().any(|child| is_alive(*child)) {
            std::thread::yield_now();
        }
        Ok(())
    }

    /// The place of a store, in a schema of that name.
    pub fn place(&self, schema: &str) -> String {
        format!("{}?schema={schema}", server_url(self.port))
    }

    /// One of its programs, as the account that it runs as.
    pub fn command(&self, program: &str) -> Process {
        let mut command = Process::new(self.programs.join(program));
        command.current_dir(&self.folder).stdin(Stdio::null()).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A session of nobody in particular, in the schema of a place.
///
/// # Errors
/// What the server says.
pub async fn session(place: &str) -> Result<Client, String> {
    let (server, schema) = place.split_once("?schema=").ok_or("a place without schema")?;
    let client = connected(server).await?;
    let path = format!("SET search_path = {schema}");
    client.batch_execute(&path).await.map_err(|error| error.to_string())?;
    Ok(client)
}

/// Sends a signal by name.
///
/// # Errors
/// One of them isn't there.
pub fn signal(name: &str, processes: &[u32]) -> Result<(), String> {
    let mut kill = Process::new("sh");
    kill.args(["-c", "name=$1; shift; kill -\"$name\" \"$@\"", "kill", name]);
    let sent = kill.args(processes.iter().map(u32::to_string)).stderr(Stdio::null()).status();
    match sent {
        Ok(status) if status.success() => Ok(()),
        sent => Err(format!("kill -{name} {processes:?}: {sent:?}")),
    }
}

fn server_url(port: u16) -> String {
    format!("postgres://annals@127.0.0.1:{port}/postgres")
}

/// Whether it is the server of that folder that answers: a port may be anybody's.
async fn serves(url: &str, data: &Path) -> Result<(), String> {
    let said = connected(url).await?.query_one("SHOW data_directory", &[]).await;
    let folder: String = said.map_err(|error| error.to_string())?.get(0);
    let same = Path::new(&folder).canonicalize().ok() == data.canonicalize().ok();
    same.then_some(()).ok_or_else(|| format!("the port is that of {folder}"))
}

async fn connected(url: &str) -> Result<Client, String> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}

/// The programs' folder: the first on the path, or else Debian's newest.
#[expect(clippy::disallowed_methods, reason = "programs are looked for where a shell would")]
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real = |folder: PathBuf| folder.join("initdb").canonicalize().ok();
    let on_path = std::env::split_paths(&path).filter_map(real);
    let on_path = on_path.filter_map(|program| Some(program.parent()?.to_owned()));
    let debian = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort_unstable_by(|one, other| other.cmp(one));
    on_path.chain(debian).find(|folder| {
        let output = Process::new(folder.join("postgres")).arg("--version").output();
        let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let said = said.unwrap_or_default();
        let version = said.split_whitespace().nth(2).and_then(|version| version.split('.').next());
        version.and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= LEAST)
    })
}

/// As whom it runs where root calls: servers refuse root.
fn account() -> Result<Option<(u32, u32)>, String> {
    let root = fs::metadata("/proc/self").map_err(|error| error.to_string())?.uid() == 0;
    if !root {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let account = ACCOUNTS.iter().find_map(|name| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    });
    account.map(Some).ok_or_else(|| format!("none of the accounts {ACCOUNTS:?} is there"))
}

fn free_port() -> Option<u16> {
    // Servers that start side by side in one process never get the same one.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let start = (std::process::id() as usize * 16 + next) % PORTS.len();
    let mut all = PORTS.cycle().skip(start).take(PORTS.len());
    all.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
}

/// By the parents that the system names.
fn children_of(parent: u32) -> Result<Vec<u32>, String> {
    let all = fs::read_dir("/proc").map_err(|error| format!("/proc: {error}"))?;
    let numbers = all.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(numbers.filter(|process| stat(*process).is_some_and(|it| it.1 == parent)).collect())
}

/// Whether it stands still (SIGSTOP).
pub(crate) fn is_stopped(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state == "T")
}

/// Not where it is dead and only waits for a parent to notice.
fn is_alive(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

/// State and parent, which follow the name in parentheses.
fn stat(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[expect(clippy::disallowed_methods, reason = "how long a start takes is a promise of its own")]
fn now() -> Instant {
    Instant::now()
}
