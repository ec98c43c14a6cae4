//! Proofs of delivery: examples of every rule, and a law against a naive model, a list that says
//! which events are handled. Only the machine is under test; what a store would keep is kept here.

mod desk;
mod examples;
mod law;
