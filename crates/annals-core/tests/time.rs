//! Times and dates as text.

use annals_core::{
    EventType, FIRST_DAY, LAST_DAY, RetryPolicy, Timestamp, format_date, parse_date,
};

#[test]
fn times_are_written_in_fixed_width_and_read_back() {
    for (us, text) in [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_769_848_200_000_001, "2026-01-31T08:30:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        (253_402_207_200_000_000, "9999-12-30T22:00:00.000000Z"),
        (Timestamp::FIRST.0, "0001-01-01T00:00:00.000000Z"),
        (Timestamp::LAST.0, "9999-12-31T23:59:59.999999Z"),
    ] {
        assert_eq!(Timestamp(us).to_string(), text);
        assert_eq!(Timestamp::parse(text), Some(Timestamp(us)));
    }
    assert_eq!(Timestamp(i64::MAX).to_string(), format!("{}us", i64::MAX));
    assert_eq!(Timestamp(i64::MIN).to_string(), format!("{}us", i64::MIN));
    assert_eq!(
        Timestamp::parse("2026-01-31T09:30:00+01:00"),
        Some(Timestamp(1_769_848_200_000_000))
    );
    let forever = Some(Timestamp(253_402_300_799_000_000));
    assert_eq!(Timestamp::parse("9999-12-31T23:59:59Z"), forever);
    for text in ["yesterday", "9999-12-31T23:59:59+01:00Z", "9999-12-31T24:00:00Z"] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn dates_are_written_and_read_back() {
    for (days, text) in [
        (0, "1970-01-01"),
        (20_484, "2026-01-31"),
        (-1, "1969-12-31"),
        (FIRST_DAY, "0001-01-01"),
        (LAST_DAY, "9999-12-31"),
    ] {
        assert_eq!(format_date(days), text);
        assert_eq!(parse_date(text), Some(days));
    }
    assert_eq!(parse_date("2026-1-31"), None);
    assert_eq!(parse_date("2026-02-30"), None);
    assert_eq!(format_date(i32::MAX), format!("{}d", i32::MAX));
}

#[test]
fn event_types_are_a_name_and_a_version() {
    assert_eq!(EventType::parse("OrderCreated.v2"), Some(EventType::new("OrderCreated", 2)));
    for text in ["OrderCreated", "OrderCreated.v", ".v1", "A.v01", "A.v+1", "A.v0", "A.vx"] {
        assert_eq!(EventType::parse(text), None, "{text}");
    }
}

#[test]
fn delays_double_up_to_the_cap_and_end() {
    let policy = RetryPolicy { max_retries: 4, base_us: 100, cap_us: 300, exponential: true };
    let longest: Vec<_> = (0..6).map(|retry| policy.delay_us(retry, u64::MAX)).collect();
    assert_eq!(longest, [None, Some(100), Some(200), Some(300), Some(300), None]);
    assert_eq!(policy.delay_us(2, 0), Some(0));
    assert_eq!(policy.delay_us(2, u64::MAX / 2), Some(100));
    let constant = RetryPolicy { exponential: false, ..policy };
    assert_eq!(constant.delay_us(3, u64::MAX), Some(100));
}
