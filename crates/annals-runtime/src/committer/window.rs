//! How long a batch is gathered. In a closed loop of N clients a greedy writer would get batches of
//! N/2, since half of them are being answered; a lone client must not wait at all.

/// The longest window, however slow the store.
const LONGEST_US: i64 = 20_000;

/// The next window in microseconds, after a commit of so many units that took so long: a tenth of
/// it where it carried company.
pub(super) fn after(units: usize, took_us: i64) -> i64 {
    if units > 1 { (took_us / 10).clamp(0, LONGEST_US) } else { 0 }
}

#[cfg(test)]
mod tests;
