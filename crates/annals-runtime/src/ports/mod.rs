//! The ports: what the engines ask of a store, a clock, a source of randomness and the world
//! outside. Small traits with the contract in prose; adapters implement them in crates of their
//! own.

mod batch;
mod call;
mod clock;
mod declaration;
mod limits;
mod records;
mod store;
mod unit;

pub use batch::*;
pub use call::*;
pub use clock::*;
pub use declaration::*;
pub use limits::*;
pub use records::*;
pub use store::*;
pub use unit::*;
