//! What came of one cell.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Figures of one run of one cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Units of the workload (events, commands, streams) by the second.
    pub per_second: f64,
    /// Median time of a call, in microseconds.
    pub p50_us: f64,
    /// 99 of 100 calls took no longer.
    pub p99_us: f64,
    /// Calls that succeeded while it was measured.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// What the last of them said.
    pub failure: Option<String>,
}

impl Measured {
    /// From the times of calls, of so many units each.
    pub fn of(mut times_us: Vec<u32>, units: f64, seconds: f64) -> Self {
        times_us.sort_unstable();
        Self {
            per_second: times_us.len() as f64 * units / seconds,
            p50_us: share(&times_us, 0.5),
            p99_us: share(&times_us, 0.99),
            calls: times_us.len() as u64,
            ..Self::default()
        }
    }
}

/// The value that so large a share of the sorted values doesn't exceed.
pub fn share(sorted: &[u32], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(at.round() as usize).map_or(0.0, |value| f64::from(*value))
}

/// A time in whole microseconds.
pub(crate) fn us(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_taken_of_the_sorted() {
        let measured = Measured::of((1..=101).rev().collect(), 10.0, 2.0);
        assert_eq!((measured.p50_us, measured.p99_us), (51.0, 100.0));
        assert_eq!(measured.per_second, 505.0);
        assert_eq!(share(&[], 0.5), 0.0);
    }
}
