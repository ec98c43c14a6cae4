//! The runtime: ports as small traits, and the engines on them. What is decided is decided by the
//! pure machines of `annals-core`; what lives here brings time, batching and delivery.

pub mod ports;
