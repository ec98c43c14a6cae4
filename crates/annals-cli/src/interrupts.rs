//! SIGINT, SIGTERM, and SIGHUP of a terminal that is closed. They are listened for before anything
//! is said or begun, so that none comes too early.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failed;

/// The signals that ask a process to end.
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Interrupts {
    /// Listens from now on. Within a tokio runtime.
    pub(crate) fn listen() -> Result<Self, Failed> {
        let listen = |kind| {
            signal(kind).map_err(|error| Failed::System(format!("signals can't be had: {error}")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Ends with the first one; another one quits at once.
    pub(crate) async fn first(&mut self) {
        self.next().await;
        if let Ok(mut again) = Self::listen() {
            tokio::spawn(async move {
                again.next().await;
                std::process::exit(130);
            });
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
