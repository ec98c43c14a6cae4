//! The store on a real server: the suite that every store passes, and what only this one promises.

mod broken;
mod common;
mod conformance;
mod encrypted;
mod guarded;
mod known;
mod open;
mod plans;
mod processes;
mod proxy;
mod restore;
mod trouble;
