//! The store from the outside: as engines, other processes and people with sqlite3 see it.

mod books;
mod common;
mod file;
mod golden;
mod journal;
mod log;
mod requests;
mod restore;
mod turns;
