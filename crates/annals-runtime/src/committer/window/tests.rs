//! The window by example.

use super::after;

#[test]
fn a_tenth_of_a_commit_that_carried_company() {
    for (units, took_us, window_us) in [
        (1, 1_000_000, 0),
        (0, 1_000, 0),
        (2, 3_000, 300),
        (512, 9, 0),
        (64, 60_000_000, 20_000),
        // A clock that was set back.
        (64, -5_000, 0),
    ] {
        assert_eq!(after(units, took_us), window_us, "{units} units in {took_us} µs");
    }
}
