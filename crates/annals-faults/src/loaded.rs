//! A load in a process of its own, whose acknowledgements are noted as they come.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::load::{Command, Manner};

/// A load that runs. It is killed with this value.
#[derive(Debug)]
pub struct Loaded {
    process: Child,
    acknowledged: Receiver<(Instant, Command)>,
}

impl Loaded {
    /// Starts `annals-faults-load` on a place.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(program: &Path, place: &str, run: u64, manner: Manner) -> Result<Self, String> {
        let mut process = Process::new(program)
            .args([place, &run.to_string(), manner.word()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let out = process.stdout.take().ok_or("no standard output")?;
        let (send, acknowledged) = channel();
        std::thread::spawn(move || {
            let (mut reader, mut line) = (BufReader::new(out), String::new());
            // A line that the kill cut short acknowledges nothing.
            while reader.read_line(&mut line).is_ok() && line.ends_with('\n') {
                let Some(command) = Command::parse(line.trim_end()) else { return };
                let _ = send.send((now(), command));
                line.clear();
            }
        });
        Ok(Self { process, acknowledged })
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next acknowledgement, and when it came.
    ///
    /// # Errors
    /// None comes in that time, or the load has ended.
    pub fn next(&mut self, patience: Duration) -> Result<(Instant, Command), String> {
        match self.acknowledged.recv_timeout(patience) {
            Ok(next) => Ok(next),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("nothing was acknowledged for {patience:?}"))
            }
            Err(RecvTimeoutError::Disconnected) => {
                let mut said = String::new();
                if let Some(stderr) = &mut self.process.stderr {
                    let _ = stderr.read_to_string(&mut said);
                }
                Err(format!("the load ended by itself: {said}"))
            }
        }
    }

    /// Kills it; what it had acknowledged beside what was asked for.
    pub fn end(mut self) -> Vec<Command> {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // The pipe has ended with the process, and so will the list.
        self.acknowledged.iter().map(|(_, command)| command).collect()
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "when clients are answered is what is measured")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
