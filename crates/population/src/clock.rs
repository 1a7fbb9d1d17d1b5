//! Steps in time.

use hutong_model::{Date, Timestamp, When};

/// Minutes east of UTC in China.
const CHINA_MIN: i16 = 480;

/// The day so many months later, or the last of that month.
pub(crate) fn plus_months(date: Date, months: u32) -> Date {
    let span = jiff::Span::new().try_months(i64::from(months)).unwrap_or_default();
    Date::from_civil(date.civil().saturating_add(span))
}

/// Whole years from birth to a day.
pub(crate) fn age(born: Date, on: Date) -> i32 {
    let (born, on) = (born.civil(), on.civil());
    let before = (on.month(), on.day()) < (born.month(), born.day());
    i32::from(on.year()) - i32::from(born.year()) - i32::from(before)
}

/// A day that is known to exist.
pub(crate) fn day(year: i16, month: i8, day: i8) -> Date {
    Date::from_civil(jiff::civil::date(year, month, day))
}

/// A minute of a day in China.
pub(crate) fn instant(date: Date, minute: i32) -> When {
    let start_s = date.utc_start().unix_s() - i64::from(CHINA_MIN) * 60;
    When::instant(Timestamp::from_unix_s(start_s + i64::from(minute) * 60), CHINA_MIN)
}
