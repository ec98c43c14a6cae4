//! The process that is swept: a whole runtime with commands, projections and reactions, stopped
//! once and started again with the system's second version. From then on one place may be armed.
//! Each acknowledgement and each call outside goes to standard output as one line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use annals_conformance::{Broken, Fault};
use annals_runtime::ports::{BoxFuture, CallResult, Caller, OutsideCall, Store};
use annals_runtime::{
    Answer, CommandError, CommandRequest, Commands, Options, Runtime, SystemClock, SystemEntropy,
};
use tokio::sync::oneshot;

use super::system::system;
use crate::load::{Command, WRITERS, say};
use crate::place;

/// Commands of each writer before the stop.
pub(super) const BEFORE: u64 = 3;
/// Commands of each writer in all.
pub(super) const COMMANDS: u64 = 10;
/// Who sends a last command behind a panic.
const LAST: u64 = WRITERS;
/// How long a client waits before it asks again, and between two looks at the consumers.
const PAUSE: Duration = Duration::from_millis(5);
/// So many pauses are more than a panic takes to unwind.
const UNWINDING: u32 = 400;

/// How the process goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// From an empty store.
    First,
    /// On what another process left: clients ask again for all that they ever asked.
    Again,
    /// As the first, but it acknowledges before the commit: the broken double.
    Hasty,
    /// As the first, but its store forgets what it answered.
    Forgetful,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::First, Self::Again, Self::Hasty, Self::Forgetful];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "sweep",
            Self::Again => "sweep-again",
            Self::Hasty => "sweep-hasty",
            Self::Forgetful => "sweep-forgetful",
        }
    }
}

/// Makes the load on the store of a place; `armed` is what fails (`sqlite.before-commit=abort@3`).
///
/// # Errors
/// Whatever ends the runtime: whoever supervises it starts it again.
pub fn run(place: &str, manner: Manner, armed: Option<&str>) -> Result<(), String> {
    note_panics();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        if manner != Manner::Again {
            serve(place, manner, false, BEFORE).await?;
        }
        arm(armed)?;
        serve(place, manner, true, COMMANDS).await?;
        say_passes()
    })
}

#[cfg(feature = "failpoints")]
fn arm(armed: Option<&str>) -> Result<(), String> {
    annals_runtime::failpoint::arm(armed.map(str::parse).transpose()?);
    Ok(())
}

#[cfg(feature = "failpoints")]
fn say_passes() -> Result<(), String> {
    let passes = annals_runtime::failpoint::passes();
    passes.into_iter().try_for_each(|(name, count)| say(&format!("passed {name} {count}\n")))
}

#[cfg(not(feature = "failpoints"))]
fn arm(armed: Option<&str>) -> Result<(), String> {
    armed.map_or(Ok(()), |armed| Err(format!("{armed}: built without the feature `failpoints`")))
}

#[cfg(not(feature = "failpoints"))]
fn say_passes() -> Result<(), String> {
    Ok(())
}

/// Whether something has panicked.
static PANICKED: AtomicBool = AtomicBool::new(false);

fn note_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED.store(true, Ordering::Release);
        usual(panic);
    }));
}

/// Sends each writer's commands up to a number, and ends once the consumers are done with them.
async fn serve(place: &str, manner: Manner, second: bool, to: u64) -> Result<(), String> {
    let mut store: Arc<dyn Store> = place::open(place).await?;
    if manner == Manner::Forgetful {
        store = Arc::new(Broken::new(store, Fault::ForgetsOutcomes));
    }
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let opened =
        Runtime::open(system(second), store, Arc::new(Outside), clock, entropy, Options::default());
    let runtime = opened.await.map_err(|error| error.to_string())?;
    let (done, heard) = oneshot::channel();
    let clients = async {
        let sent = clients(&runtime, manner, to).await;
        let _ = done.send(sent.is_ok());
        sent
    };
    let done = async {
        // A client that ended early has told why.
        if heard.await == Ok(true) {
            at_rest(&runtime).await;
        }
    };
    let (ran, sent) = tokio::join!(runtime.run(done), clients);
    ran.map_err(|error| error.to_string())?;
    sent?;
    runtime.close().await.map_err(|error| error.to_string())
}

async fn clients(runtime: &Runtime, manner: Manner, to: u64) -> Result<(), String> {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(client(runtime.commands(), manner, writer, to));
    }
    while let Some(ended) = writers.join_next().await {
        ended.map_err(|error| error.to_string())??;
    }
    Ok(())
}

async fn client(
    commands: Arc<Commands>,
    manner: Manner,
    writer: u64,
    to: u64,
) -> Result<(), String> {
    for number in 1..=to {
        let command = Command { run: 1, writer, number };
        let line = format!("ack 1 {writer} {number}");
        if manner == Manner::Hasty {
            say(&format!("{line}\n"))?;
        }
        let Answer { version, .. } = insist(&commands, command).await?;
        say(&format!("{line} {}\n", version.0))?;
    }
    Ok(())
}

/// Asks under the same id for as long as the trouble may pass.
async fn insist(commands: &Commands, command: Command) -> Result<Answer, String> {
    loop {
        match commands.handle(request(command)).await {
            Err(CommandError::Store(error)) if error.is_passing() => {}
            Err(CommandError::Busy | CommandError::Conflict) => {}
            answer => return answer.map_err(|error| format!("{command:?}: {error}")),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Every other command goes to a stream of its writer's own, the others to one that all share.
/// One in ten is refused.
pub(super) fn request(command: Command) -> CommandRequest {
    let Command { writer, number, .. } = command;
    let stream = if number.is_multiple_of(2) { writer.to_string() } else { "all".to_owned() };
    let name = if refused(command) { "Refuse" } else { "Add" };
    let input = format!("{{\"writer\":{writer},\"number\":{number}}}").into_bytes();
    let command_id = Some(command.id());
    CommandRequest { command_id, ..CommandRequest::new("Tally", stream, name, input) }
}

pub(super) fn refused(command: Command) -> bool {
    command.number.is_multiple_of(10)
}

/// Waits until no consumer has anything left to do. A panic before that must have been heard of:
/// then no further command is taken.
async fn at_rest(runtime: &Runtime) {
    let behind = || {
        let head = runtime.heads().current();
        let mut all = runtime.statuses().all().into_iter();
        all.any(|status| !status.idle || status.checkpoint != head)
    };
    while behind() {
        tokio::time::sleep(PAUSE).await;
    }
    if PANICKED.load(Ordering::Acquire) {
        let last = Command { run: 1, writer: LAST, number: 1 };
        // The panic is known before what it unwinds is let go of: some may be taken in between.
        for _ in 0..UNWINDING {
            if runtime.commands().handle(request(last)).await.is_err() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let _ = say("unheard\n");
    }
}

/// The world: a line for each call.
struct Outside;

impl Caller for Outside {
    fn call(&self, call: OutsideCall) -> BoxFuture<'_, CallResult> {
        let id = call.headers.iter().find(|(name, _)| *name == "ce-id");
        let said = id.map(|(_, id)| say(&format!("call {id}\n")));
        let result = match said {
            Some(Ok(())) => CallResult::Done,
            _ => CallResult::Permanent { reason: "nobody reads what is said".to_owned() },
        };
        Box::pin(std::future::ready(result))
    }
}
