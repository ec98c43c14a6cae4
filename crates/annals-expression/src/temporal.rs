//! Times, dates and durations as text. A time is RFC 3339, a duration a number with a unit.

use jiff::civil::{Date, Time};

const EPOCH: Date = Date::constant(1970, 1, 1);
const MIN_DATE: Date = Date::constant(1, 1, 1);
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;
const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z, CEL's first timestamp.
const MIN_TIME: i64 = -62_135_596_800 * MICROS_PER_SECOND;
/// 9999-12-31T23:59:59.999999Z, CEL's last timestamp.
const MAX_TIME: i64 = 253_402_300_800 * MICROS_PER_SECOND - 1;
/// CEL's durations are 64 bits of nanoseconds.
const MAX_DURATION: i64 = i64::MAX / 1_000;
/// Units of a duration in microseconds, the largest first.
const UNITS: [(&str, i64); 6] = [
    ("d", SECONDS_PER_DAY * MICROS_PER_SECOND),
    ("h", 3_600 * MICROS_PER_SECOND),
    ("m", 60 * MICROS_PER_SECOND),
    ("s", MICROS_PER_SECOND),
    ("ms", 1_000),
    ("us", 1),
];

/// Whether `micros` is a time in the years 1 to 9999.
pub(crate) fn in_time_range(micros: i64) -> bool {
    (MIN_TIME..=MAX_TIME).contains(&micros)
}

/// Whether `days` is a date in the years 1 to 9999.
pub(crate) fn in_date_range(days: i32) -> bool {
    let second = i64::from(days) * SECONDS_PER_DAY;
    (MIN_TIME / MICROS_PER_SECOND..=MAX_TIME / MICROS_PER_SECOND).contains(&second)
}

/// Whether `micros` is a duration that CEL has, about 292 years either way.
pub(crate) fn in_duration_range(micros: i64) -> bool {
    (-MAX_DURATION..=MAX_DURATION).contains(&micros)
}

/// The UTC date of a time.
pub(crate) fn date_of(micros: i64) -> i32 {
    let days = micros.div_euclid(MICROS_PER_DAY);
    // 64 bits of microseconds are 107 million days.
    i32::try_from(days).expect("a day number fits 32 bits")
}

/// Microseconds since 1970 of a time in RFC 3339 (`2026-01-31T12:00:00.5+01:00`). None where it
/// isn't one, is finer than microseconds, or is outside the years 1 to 9999.
pub fn parse_time(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let date = civil_date(date)?;
    let clock = rest.get(..8)?.as_bytes();
    if clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let [hour, minute, second] = [0, 3, 6].map(|at| digits(&rest[at..at + 2]));
    let (micros, zone) = fraction(&rest[8..])?;
    let offset = offset_seconds(zone)?;
    let narrow = |number: Option<i64>| i8::try_from(number?).ok();
    let clock = Time::new(narrow(hour)?, narrow(minute)?, narrow(second)?, 0).ok()?;
    let clock = clock.duration_since(Time::midnight()).as_secs();
    let seconds = i64::from(days_of(date)?) * SECONDS_PER_DAY + clock - offset;
    Some(seconds * MICROS_PER_SECOND + micros).filter(|micros| in_time_range(*micros))
}

/// Fixed-width RFC 3339 in UTC: `2026-01-31T12:00:00.500000Z`.
pub fn format_time(micros: i64) -> String {
    let micros = micros.clamp(MIN_TIME, MAX_TIME);
    let of_day = micros.rem_euclid(MICROS_PER_DAY);
    let (seconds, fraction) = (of_day / MICROS_PER_SECOND, of_day % MICROS_PER_SECOND);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let date = format_date(date_of(micros));
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// Days since 1970 of a date (`2026-01-31`) in the years 1 to 9999.
pub fn parse_date(text: &str) -> Option<i32> {
    days_of(civil_date(text)?)
}

/// The date as `2026-01-31`; one that no calendar reaches is cut to the calendar's first or last.
pub fn format_date(days: i32) -> String {
    let end = if days < 0 { MIN_DATE } else { Date::MAX };
    let date = EPOCH
        .checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
        .unwrap_or(end)
        .max(MIN_DATE);
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Microseconds of a duration: whole numbers with units `d h m s ms us`, as in `7d`, `1h30m`,
/// `-500ms`. None where it isn't one, or is longer than about 292 years.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut total: i64 = 0;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..end].parse().ok()?;
        let unit_end =
            rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &rest[end..unit_end])?;
        total = total.checked_add(number.checked_mul(*unit)?)?;
        rest = &rest[unit_end..];
        if rest.is_empty() {
            return Some(sign * total).filter(|micros| in_duration_range(*micros));
        }
    }
}

/// The duration in the largest unit that divides it: `15m`, `90s`, `-500ms`, `0s`.
pub fn format_duration(micros: i64) -> String {
    if micros == 0 {
        return "0s".into();
    }
    let divides = |(_, unit): &&(&str, i64)| micros % unit == 0;
    let (name, unit) = UNITS.iter().find(divides).copied().unwrap_or(("us", 1));
    format!("{}{name}", micros / unit)
}

fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

fn civil_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = i16::try_from(digits(&text[..4])?).ok().filter(|year| *year >= 1)?;
    let month = i8::try_from(digits(&text[5..7])?).ok()?;
    let day = i8::try_from(digits(&text[8..])?).ok()?;
    Date::new(year, month, day).ok()
}

/// Microseconds of `.123…`, where there are any, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (number, zone) = rest.split_at(end);
    let (kept, beyond) = number.split_at(end.min(6));
    if kept.is_empty() || beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    digits(&format!("{kept:0<6}")).map(|micros| (micros, zone))
}

/// Seconds east of UTC of `Z` or `+01:00`.
fn offset_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let hours = digits(hours).filter(|hours| *hours < 24)?;
    let minutes = digits(minutes).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 3_600 + minutes * 60))
}

fn days_of(date: Date) -> Option<i32> {
    i32::try_from(date.duration_since(EPOCH).as_hours() / 24).ok()
}
