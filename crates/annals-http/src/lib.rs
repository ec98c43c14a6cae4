//! The client that reactions call outside with: one POST, no redirects, no proxy, 10 s at most.
//! Which hosts are called is decided by the file and its environment, never by an event's data.

mod client;

pub use client::HttpCaller;
