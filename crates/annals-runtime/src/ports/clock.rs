//! Time and randomness, injected, so that tests and simulators own them.

use annals_core::Timestamp;

use super::BoxFuture;

/// The clock. Engines never ask the operating system.
pub trait Clock: Send + Sync {
    /// The time now. May jump; nothing may rest on it never going back.
    fn now(&self) -> Timestamp;

    /// Ends once `now()` has reached `time`, at once where it has already. Safe to drop and repeat.
    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()>;

    /// Ends once so many microseconds have passed since the call, wherever `now()` jumps meanwhile.
    fn sleep(&self, us: i64) -> BoxFuture<'_, ()>;
}

/// Randomness for ids and jitter.
pub trait Entropy: Send + Sync {
    /// 64 random bits.
    fn next_u64(&self) -> u64;
}
