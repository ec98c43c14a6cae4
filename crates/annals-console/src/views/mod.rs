//! What is shown of stored things, as JSON: the same shapes in the API and the command line.

mod envelope;
mod letter;
mod row;
mod saga;
mod trace;

pub use envelope::{envelope, raw_envelope};
pub use letter::letter;
pub use row::{cell, key_text, row};
pub use saga::{instance, saga_line, timeline};
pub(crate) use trace::Telling;
pub use trace::{SeenBy, TraceKind, TraceLine, trace, trace_text};
