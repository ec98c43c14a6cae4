//! When to try again.

/// Retries with full jitter, as "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015) has
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub max_retries: u32,
    /// Bound of the first delay, in microseconds.
    pub base_us: i64,
    /// Bound of every delay, in microseconds.
    pub cap_us: i64,
    /// Whether the bound doubles with each retry.
    pub exponential: bool,
}

impl RetryPolicy {
    /// The delay before retry `retry` (1 is the first), in microseconds, drawn evenly from
    /// `0..=bound` by `random`; `None` once the retries are used up.
    pub fn delay_us(&self, retry: u32, random: u64) -> Option<i64> {
        if retry == 0 || retry > self.max_retries {
            return None;
        }
        let doublings = if self.exponential { (retry - 1).min(40) } else { 0 };
        let grown = self.base_us.saturating_mul(1_i64 << doublings);
        let bound = grown.min(self.cap_us).max(0).unsigned_abs();
        let drawn = (u128::from(random) * (u128::from(bound) + 1)) >> 64;
        i64::try_from(drawn).ok()
    }
}
