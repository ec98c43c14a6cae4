//! Proofs of the saga machine: examples of every rule that the language page states, and a law over
//! random sagas in a random world. Only the machine is under test here, no store and no engine.

mod canaries;
mod examples;
mod plan;
mod replies;
mod script;
mod trouble;
mod universe;
mod world;
