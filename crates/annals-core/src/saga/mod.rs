//! The saga machine: a pure function from a state and an input to history events, and from a state
//! and a history event to the next state. The state is the fold of the history; what is to be done
//! (which commands are unanswered, when the next deadline is) is read off the state. A crash loses
//! nothing: whoever reloads the state sends what is unanswered again, under the same command ids.

mod advance;
mod describe;
mod event;
mod evolve;
mod input;
mod kept;
mod state;

pub use describe::describe;
pub use event::{Answered, SagaEvent, Target};
pub use evolve::{evolve, started};
pub use input::{CommandResult, SagaInput, decide, start};
pub use kept::KeptEvent;
pub use state::{Branch, BranchStatus, SagaState, SagaStatus, Sent, StepState};
