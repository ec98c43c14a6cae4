//! Times and days as the text that people read with sqlite3: fixed width, so that text order is the
//! order of time. How they are written is the core's, and which can be stored is the ports'.

use std::cell::RefCell;

use annals_core::{Timestamp, format_date};
use rusqlite::Error;

use crate::error::damaged;

const MINUTE_US: i64 = 60_000_000;

thread_local! {
    /// The minute that was written last, and how: most times are of the same.
    static MINUTE: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

/// `2026-01-01T00:00:00.000000Z`; a time that is not storable becomes the nearest that is.
pub(crate) fn time_text(us: i64) -> String {
    let us = Timestamp(us).clamp(Timestamp::FIRST, Timestamp::LAST).0;
    let (minute, rest) = (us.div_euclid(MINUTE_US), us.rem_euclid(MINUTE_US));
    MINUTE.with_borrow_mut(|(written, text)| {
        if *written != minute {
            *text = Timestamp(minute * MINUTE_US).to_string();
            text.truncate("2026-01-01T00:00:".len());
            *written = minute;
        }
        let mut whole = String::with_capacity(27);
        whole.push_str(text);
        push_digits(&mut whole, rest / 1_000_000, 10);
        whole.push('.');
        push_digits(&mut whole, rest % 1_000_000, 100_000);
        whole.push('Z');
        whole
    })
}

/// The digits of a number from the one that counts for `place`.
fn push_digits(text: &mut String, number: i64, mut place: i64) {
    while place > 0 {
        text.push(char::from(b'0' + (number / place % 10) as u8));
        place /= 10;
    }
}

/// `2026-01-01`.
pub(crate) fn day_text(day: i32) -> String {
    format_date(day)
}

/// What [`time_text`] wrote.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, Error> {
    Timestamp::parse(text)
        .ok_or_else(|| damaged(format!("'{text}' is no time such as 2026-01-01T00:00:00.000000Z")))
}

/// What [`day_text`] wrote.
pub(crate) fn parse_day(text: &str) -> Result<i32, Error> {
    annals_core::parse_date(text)
        .ok_or_else(|| damaged(format!("'{text}' is no date such as 2026-01-01")))
}

#[cfg(test)]
mod tests {
    use annals_core::{FIRST_DAY, LAST_DAY};

    use super::*;

    #[test]
    fn the_edges_are_of_fixed_width_and_come_back() {
        for us in [Timestamp::FIRST.0, -1, 0, 1_772_323_200_123_456, Timestamp::LAST.0] {
            assert_eq!(time_text(us).len(), 27, "{}", time_text(us));
            assert_eq!(parse_time(&time_text(us)).unwrap(), Timestamp(us));
        }
        for day in [FIRST_DAY, -1, 0, LAST_DAY] {
            assert_eq!(day_text(day).len(), 10, "{}", day_text(day));
            assert_eq!(parse_day(&day_text(day)).unwrap(), day);
        }
        for us in [0, 59_999_999, 60_000_000, 61_000_001, 59_000_010, -1, 1_772_323_200_123_456] {
            assert_eq!(time_text(us), Timestamp(us).to_string());
        }
        assert_eq!(time_text(i64::MIN), "0001-01-01T00:00:00.000000Z");
        assert_eq!(time_text(i64::MAX), "9999-12-31T23:59:59.999999Z");
    }
}
