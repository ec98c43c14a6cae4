//! Reads of the tree by the type that a place asks for. Each reports what doesn't fit and goes on; a
//! poisoned node is passed over in silence.

mod fields;
mod scalars;
mod suggest;

pub use fields::{Fields, entries, list_or_one};
pub use scalars::{boolean, duration, int, is_name, name, text};
pub use suggest::nearest;
