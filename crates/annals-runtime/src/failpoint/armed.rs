//! What is armed, and how often each place was passed.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ports::StoreError;

/// How long a delay is: longer than commits take, so that others overtake.
const DELAY: Duration = Duration::from_millis(100);

/// What happens at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An error that may pass.
    Error,
    /// A panic.
    Panic,
    /// The thread stands still for a while.
    Delay,
    /// The process ends there and then.
    Abort,
    /// The process stands still until somebody has it go on (SIGCONT).
    Stop,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Error, Self::Panic, Self::Delay, Self::Abort, Self::Stop];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Delay => "delay",
            Self::Abort => "abort",
            Self::Stop => "stop",
        }
    }
}

/// A place that is armed: `sqlite.before-commit=abort@3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    /// The place.
    pub name: String,
    /// What happens there.
    pub action: Action,
    /// At which passing, from 1.
    pub at: u64,
}

impl FromStr for Armed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = || {
            let (name, rest) = text.split_once('=')?;
            let (word, at) = rest.split_once('@')?;
            let action = Action::ALL.into_iter().find(|action| action.word() == word)?;
            Some(Self { name: name.to_owned(), action, at: at.parse().ok()? })
        };
        parts().ok_or_else(|| format!("'{text}' is no `place=error|panic|delay|abort|stop@number`"))
    }
}

/// None: nothing is counted yet.
static STATE: Mutex<Option<State>> = Mutex::new(None);

#[derive(Default)]
struct State {
    armed: Option<Armed>,
    passes: BTreeMap<&'static str, u64>,
}

/// Arms one place, or none, and counts from now on.
pub fn arm(armed: Option<Armed>) {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    *state = Some(State { armed, passes: BTreeMap::new() });
}

/// How often each place was passed since [`arm`].
pub fn passes() -> BTreeMap<&'static str, u64> {
    let state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.as_ref().map(|state| state.passes.clone()).unwrap_or_default()
}

/// Passes a place, by [`failpoint!`](crate::failpoint!): the error that it fails with.
///
/// # Panics
/// Where that is what it is armed for.
#[expect(clippy::disallowed_methods, reason = "standing still is what a delay is")]
pub fn passed(name: &'static str) -> Option<StoreError> {
    let action = due(name)?;
    // Whoever supervises the process learns that it came here, whatever becomes of it.
    eprintln!("failpoint {name}: {}", action.word());
    match action {
        Action::Error => return Some(StoreError::Unavailable(format!("failpoint {name}"))),
        Action::Panic => panic!("failpoint {name}"),
        Action::Delay => std::thread::sleep(DELAY),
        Action::Abort => std::process::abort(),
        Action::Stop => stop(),
    }
    None
}

/// By the shell, whose parent this process is. Where there is none it goes on, and whoever waits
/// for it to stop says so.
fn stop() {
    let _ = std::process::Command::new("sh").args(["-c", "kill -STOP $PPID"]).status();
}

fn due(name: &'static str) -> Option<Action> {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    let State { armed, passes } = state.as_mut()?;
    let count = passes.entry(name).or_default();
    *count += 1;
    let armed = armed.as_ref().filter(|armed| armed.name == name && armed.at == *count)?;
    Some(armed.action)
}
