//! Points in time as text: RFC 3339 in UTC with microseconds, of fixed width, so that text sorts as
//! time does. No clock.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use crate::Timestamp;

/// From where time is counted.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl fmt::Display for Timestamp {
    /// `2026-01-31T08:30:00.000000Z`. A time that RFC 3339 can't write (before the year 0 or after
    /// 9999) is written as its microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A civil time: that of an instant ends 26 hours before the year 9999 does, so that any
        // offset of it can be written.
        let epoch = EPOCH.at(0, 0, 0, 0);
        match epoch.checked_add(SignedDuration::from_micros(self.0)) {
            Ok(time) if (MIN_US..=Self::LAST.0).contains(&self.0) => write!(f, "{time:.6}Z"),
            _ => write!(f, "{}us", self.0),
        }
    }
}

/// Microseconds of `0000-01-01T00:00:00Z`.
const MIN_US: i64 = -62_167_219_200_000_000;

impl Timestamp {
    /// `0001-01-01T00:00:00.000000Z`: the first time that stores keep, and that expressions know.
    pub const FIRST: Self = Self(-62_135_596_800_000_000);

    /// `9999-12-31T23:59:59.999999Z`: the last one.
    pub const LAST: Self = Self(253_402_300_799_999_999);

    /// Whether stores keep it.
    pub fn is_storable(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }

    /// Reads an RFC 3339 time of any offset, cut to microseconds; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = text.parse::<jiff::Timestamp>().ok().map(|it| Self(it.as_microsecond()));
        instant.or_else(|| last_hours(text))
    }
}

/// Days since 1970-01-01 of the first day that stores keep, `0001-01-01`.
pub const FIRST_DAY: i32 = -719_162;

/// Days since 1970-01-01 of the last day that stores keep, `9999-12-31`.
pub const LAST_DAY: i32 = 2_932_896;

/// Reads a time in UTC that lies in the last hours of the year 9999, where instants have ended.
fn last_hours(text: &str) -> Option<Timestamp> {
    let civil = text.strip_suffix('Z')?;
    // Read as a civil time, an offset in front of the Z would be passed over.
    let (_, clock) = civil.split_once('T')?;
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
    let time: DateTime = civil.parse().ok().filter(|_| clock.bytes().all(plain))?;
    let us = time.duration_since(EPOCH.at(0, 0, 0, 0)).as_micros();
    i64::try_from(us).ok().map(Timestamp).filter(|time| time.is_storable())
}

/// `2026-01-31`, from days since 1970-01-01; a day that can't be written so is written as its
/// count.
pub fn format_date(days: i32) -> String {
    let span = jiff::Span::new().try_days(days);
    match span.and_then(|span| EPOCH.checked_add(span)) {
        Ok(date) => date.to_string(),
        Err(_) => format!("{days}d"),
    }
}

/// Days since 1970-01-01 of a date such as `2026-01-31`; `None` where it is none.
pub fn parse_date(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    let days = date.since(EPOCH).ok()?.get_days();
    (date.to_string() == text).then_some(days)
}
