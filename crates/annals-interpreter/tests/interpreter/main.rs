//! What the interpreter promises, seen through the seams that the runtime uses: tables of the order
//! system and of a fixture with every other kind of value, and laws over random commands.

mod common;
mod decisions;
mod failures;
mod ids;
mod laws;
mod projections;
mod reactions;
mod sagas;
mod system;
mod upcasts;
mod values;
