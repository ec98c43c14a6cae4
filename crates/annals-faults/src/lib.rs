//! Faults, made on purpose: what a store promised must hold after them. For tests only.
//!
//! - [`kill`] kills a process under load again and again, and [`verify`](kill::verify)s what it
//!   left against what it had acknowledged.
//! - [`load`] is what that process does; the program around it is `annals-faults-load`.

pub mod kill;
pub mod load;
