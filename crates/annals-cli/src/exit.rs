//! Errors at the edge: what is printed, and the exit code.

use std::process::ExitCode;

use annals_runtime::ports::StoreError;

use crate::output;

/// How a command ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Exit code 0.
    Clean,
    /// A check, plan or test found something: exit code 1.
    Found,
}

/// How a command failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Bad usage or input: exit code 2.
    Input(String),
    /// A system failed: exit code 3.
    System(String),
    /// Diagnostics were printed already: exit code 2.
    Diagnosed,
}

/// What a command gives.
pub(crate) type Ended = Result<Done, Failed>;

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::System(error.to_string())
    }
}

/// Prints a failure and gives the exit code.
pub(crate) fn report(ended: Ended) -> ExitCode {
    let code = match ended {
        Ok(Done::Clean) => 0,
        Ok(Done::Found) => 1,
        Err(Failed::Diagnosed) => 2,
        Err(Failed::Input(message)) => {
            output::say(&format!("error: {message}"));
            2
        }
        Err(Failed::System(message)) => {
            output::say(&format!("error: {message}"));
            3
        }
    };
    let Some(why) = output::incomplete() else { return ExitCode::from(code) };
    output::say(&format!("error: {why}"));
    ExitCode::from(3)
}
