//! Points in time as text: RFC 3339 in UTC with microseconds, of fixed width, so that text sorts as
//! time does. No clock.

use std::fmt;

use jiff::civil::Date;

use crate::Timestamp;

impl fmt::Display for Timestamp {
    /// `2026-01-31T08:30:00.000000Z`. A time that RFC 3339 can't write (before the year 0 or after
    /// 9999) is written as its microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) if (0..=MAX_US).contains(&(self.0 - MIN_US)) => write!(f, "{time:.6}"),
            _ => write!(f, "{}us", self.0),
        }
    }
}

/// Microseconds of `0000-01-01T00:00:00Z`.
const MIN_US: i64 = -62_167_219_200_000_000;

/// Microseconds from there to the end of the year 9999.
const MAX_US: i64 = 253_402_300_799_999_999 - MIN_US;

impl Timestamp {
    /// Reads an RFC 3339 time of any offset, cut to microseconds; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_microsecond()))
    }
}

/// `2026-01-31`, from days since 1970-01-01; a day that can't be written so is written as its
/// count.
pub fn format_date(days: i32) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let span = jiff::Span::new().try_days(days);
    match span.and_then(|span| epoch.checked_add(span)) {
        Ok(date) => date.to_string(),
        Err(_) => format!("{days}d"),
    }
}

/// Days since 1970-01-01 of a date such as `2026-01-31`; `None` where it is none.
pub fn parse_date(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    let days = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
    (date.to_string() == text).then_some(days)
}
