//! Times and days as the text that people read with sqlite3: fixed width, so that text order is the
//! order of time. How they are written is the core's, and which can be stored is the ports'.

use annals_core::{Timestamp, format_date};
use rusqlite::Error;

use crate::error::damaged;

/// `2026-01-01T00:00:00.000000Z`; a time that is not storable becomes the nearest that is.
pub(crate) fn time_text(us: i64) -> String {
    Timestamp(us).clamp(Timestamp::FIRST, Timestamp::LAST).to_string()
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
        assert_eq!(time_text(i64::MIN), "0001-01-01T00:00:00.000000Z");
        assert_eq!(time_text(i64::MAX), "9999-12-31T23:59:59.999999Z");
    }
}
