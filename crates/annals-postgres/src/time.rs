//! Times as Postgres keeps them: microseconds from 2000-01-01, in a `timestamptz`.

use std::error::Error;

use annals_core::Timestamp;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// 2000-01-01T00:00:00Z from 1970, in microseconds and in days.
const EPOCH_US: i64 = 946_684_800_000_000;
const EPOCH_DAYS: i32 = 10_957;

/// A `timestamptz`; a time that is not storable becomes the nearest that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

/// A `date`, in days from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) i32);

impl ToSql for Time {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Timestamp(us) = self.0.clamp(Timestamp::FIRST, Timestamp::LAST);
        out.extend_from_slice(&(us - EPOCH_US).to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Time {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let us = i64::from_be_bytes(raw.try_into()?);
        let us = us.checked_add(EPOCH_US).ok_or("a time beyond the end of the calendar")?;
        Ok(Self(Timestamp(us)))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::TIMESTAMPTZ
    }
}

impl ToSql for Day {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&(self.0 - EPOCH_DAYS).to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::DATE
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Day {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let days = i32::from_be_bytes(raw.try_into()?);
        Ok(Self(days.checked_add(EPOCH_DAYS).ok_or("a day beyond the end of the calendar")?))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::DATE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_come_back_to_the_edges() {
        for time in [Timestamp::FIRST, Timestamp(-1), Timestamp(0), Timestamp::LAST] {
            let mut out = BytesMut::new();
            Time(time).to_sql(&Type::TIMESTAMPTZ, &mut out).unwrap();
            assert_eq!(Time::from_sql(&Type::TIMESTAMPTZ, &out).unwrap(), Time(time));
        }
        for day in [annals_core::FIRST_DAY, -1, 0, annals_core::LAST_DAY] {
            let mut out = BytesMut::new();
            Day(day).to_sql(&Type::DATE, &mut out).unwrap();
            assert_eq!(Day::from_sql(&Type::DATE, &out).unwrap(), Day(day));
        }
    }
}
