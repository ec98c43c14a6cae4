//! Reads of the tree by the type that a place asks for. Each reports what doesn't fit and goes on;
//! a poisoned node is passed over in silence.

mod coming;
mod fields;
mod scalars;
mod suggest;
mod units;

pub use coming::not_yet;
pub use fields::{Fields, entries, list_or_one};
pub use scalars::{boolean, int, is_name, name, text};
pub use suggest::nearest;
pub use units::{duration, rate, size};
