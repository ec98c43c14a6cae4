//! One private server, started, asked and stopped. What lies in its folder is [`super::folder`]'s.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::process::{self, Postmaster};
use super::programs::{self, Programs};
use super::session::Session;
use super::{NAME, Place, State, Status, settings};

/// Of a start, while a killed server's processes still end or ports are taken.
const ATTEMPTS: u32 = 100;
/// What a start or a stop may take: behind a crash, the log is replayed first.
const SECONDS: &str = "60";
/// What an answer of a server may take that somebody else started.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the log says of processes that a killed server left behind: they hold its memory.
pub(super) const IN_USE: &str = "is still in use";
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Server<'a> {
    folder: Folder<'a>,
}

impl<'a> Server<'a> {
    pub(super) fn in_place(place: &'a Place) -> Self {
        Self { folder: Folder::in_place(place) }
    }

    /// Answers once the server does, whatever there was of it before.
    ///
    /// # Errors
    /// What is in the way, and where the server's log is.
    pub(super) fn up(&self, programs: &Programs) -> Result<Status, String> {
        let _turn = self.folder.take()?;
        let mut session = match self.first_answer()? {
            Some(session) => session,
            None => {
                self.folder.prepare(programs)?;
                self.start(programs)?;
                self.first_answer()?.ok_or_else(|| self.problem("it came up, and then died"))?
            }
        };
        for setting in ["fsync", "full_page_writes"] {
            let value = session.ask(&format!("show {setting}"));
            if !matches!(value.as_ref().map(Option::as_deref), Ok(Some("on"))) {
                let cure = "`cargo xtask services down postgres`, remove the folder, up again";
                let problem = format!("{setting} isn't on, it says {value:?}\n    cure: {cure}");
                return Err(self.problem(&problem));
            }
        }
        self.status()
    }

    /// Stops the server that runs on this folder, and leaves every other process alone.
    ///
    /// # Errors
    /// It doesn't stop, and where its log is.
    pub(super) fn down(&self) -> Result<Status, String> {
        if self.folder.path.exists() {
            let _turn = self.folder.take()?;
            if let Postmaster::Runs(pid) = process::find(&self.folder.data())? {
                self.stop(pid)?;
            }
        }
        self.status()
    }

    /// # Errors
    /// The folder can't be read.
    pub(super) fn status(&self) -> Result<Status, String> {
        let data = self.folder.data();
        let answer = || {
            let port = self.folder.port()?;
            Some((settings::url(port), Session::open(port).ok()?.version))
        };
        let (state, answer) = match process::find(&data)? {
            Postmaster::Absent => (State::Down, None),
            Postmaster::Died => (State::Crashed, None),
            Postmaster::Runs(_) => match answer() {
                None => (State::Silent, None),
                answer => (State::Up, answer),
            },
        };
        let (url, version) = answer.unzip();
        let made_by = || Some(fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().to_owned());
        let version = version.or_else(made_by);
        Ok(Status { name: NAME, state, url, folder: self.folder.path.clone(), version })
    }

    fn start(&self, programs: &Programs) -> Result<(), String> {
        let mut problem = String::new();
        for _ in 0..ATTEMPTS {
            self.folder.write_settings(self.folder.choose_port()?)?;
            let heard = fs::metadata(self.folder.log()).map_or(0, |facts| facts.len());
            let mut start = self.pg_ctl(programs, "start");
            start.args(["-l", "server/server.log"]);
            start.args(["-o", "-c config_file=postgresql.conf", "-o", "-c hba_file=pg_hba.conf"]);
            let Some(said) = self.refusal(start)? else { return Ok(()) };
            let log = fs::read(self.folder.log()).unwrap_or_default();
            let new = log.get(heard as usize..).unwrap_or_default();
            let new = String::from_utf8_lossy(new);
            problem = format!("it doesn't start\n{said}\n{}", last_lines(&new));
            // Processes of a killed server are ending, or somebody was quicker with the port.
            let passes = [IN_USE, "could not create any TCP/IP sockets"];
            if !passes.iter().any(|words| new.contains(words)) {
                break;
            }
            pause();
        }
        Err(self.problem(&problem))
    }

    /// `pg_ctl` reads the same pid file as we did, and waits until the server has gone.
    fn stop(&self, pid: u32) -> Result<(), String> {
        let programs = programs::find().ok_or_else(|| {
            self.problem(&format!("its programs are gone; `kill -INT {pid}` stops it"))
        })?;
        let mut stop = self.pg_ctl(&programs, "stop");
        stop.args(["-m", "fast"]);
        match self.refusal(stop)? {
            Some(said) => Err(self.problem(&format!("process {pid} doesn't stop\n{said}"))),
            None => Ok(()),
        }
    }

    /// Begins its own session, and waits until what it was told is done.
    fn pg_ctl(&self, programs: &Programs, verb: &str) -> Command {
        let mut command = self.folder.command(programs.path("pg_ctl"));
        // By this path the process is known again: process::find.
        command.args([verb, "-w", "-t", SECONDS, "-D"]).arg(self.folder.data());
        command
    }

    /// What a program says that fails.
    fn refusal(&self, mut command: Command) -> Result<Option<String>, String> {
        let output = command.output().map_err(|error| self.problem(&error.to_string()))?;
        let said = || String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Ok((!output.status.success()).then(said))
    }

    /// Asks until the server answers; nothing where it doesn't run, or dies meanwhile.
    fn first_answer(&self) -> Result<Option<Session>, String> {
        let started = now();
        loop {
            let Postmaster::Runs(pid) = process::find(&self.folder.data())? else {
                return Ok(None);
            };
            let port = self.folder.port().ok_or_else(|| self.problem("its port's file is gone"))?;
            match Session::open(port) {
                Ok(session) => return Ok(Some(session)),
                Err(error) if started.elapsed() > PATIENCE => {
                    return Err(self.problem(&format!("process {pid} doesn't answer: {error}")));
                }
                Err(_) => pause(),
            }
        }
    }

    fn problem(&self, what: &str) -> String {
        format!("{NAME}: {what}\n    its log: {}", self.folder.log().display())
    }
}

/// Where a log says why it ends.
fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server tells nobody when it is ready: it is asked"
)]
pub(super) fn pause() {
    std::thread::sleep(PAUSE);
}

#[expect(clippy::disallowed_methods, reason = "patience with a process outside")]
fn now() -> Instant {
    Instant::now()
}
