//! Dates and date-times as `CertLogic` reads, moves and writes them: always in UTC, to the
//! millisecond, untouched by daylight saving and leap seconds (specification 1.3.3, "Offset
//! date-time"). The arithmetic is that of ECMAScript's `setUTC…` methods, over the same range.

use hutong_model::Timestamp;

/// The furthest from 1970 that a date-time lies, in milliseconds (ECMA-262, "Time Values").
const RANGE_MS: i64 = 8_640_000_000_000_000;
const DAY_MS: i64 = 86_400_000;

/// A unit of `plusTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Hour,
}

impl Unit {
    /// The unit of that name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            _ => return None,
        })
    }
}

/// Moves by an amount of a unit. A day that the month lacks runs over into the next one. None
/// beyond the range.
pub(super) fn plus(at: Timestamp, amount: i64, unit: Unit) -> Option<Timestamp> {
    let ms = at.unix_ms();
    let moved = match unit {
        Unit::Hour => amount.checked_mul(3_600_000)?.checked_add(ms)?,
        Unit::Day => amount.checked_mul(DAY_MS)?.checked_add(ms)?,
        Unit::Month => plus_months(ms, amount)?,
        Unit::Year => plus_months(ms, amount.checked_mul(12)?)?,
    };
    in_range(moved)
}

fn plus_months(ms: i64, amount: i64) -> Option<i64> {
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let months = (year * 12 + month - 1).checked_add(amount)?;
    // Keeps the arithmetic below within its type; the range is checked after it.
    if months.abs() > 300_000 * 12 {
        return None;
    }
    let first = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
    Some((first + day - 1) * DAY_MS + ms.rem_euclid(DAY_MS))
}

fn in_range(ms: i64) -> Option<Timestamp> {
    (-RANGE_MS..=RANGE_MS).contains(&ms).then(|| Timestamp::from_unix_ms(ms))
}

/// Reads a date, the last day that fits a partial date, or a date-time; without an offset it is
/// one of UTC. None for anything else, and for days that do not exist.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() <= 10 {
        return read_date(bytes);
    }
    let (date, rest) = bytes.split_at(10);
    let day_ms = read_date(date)?.unix_ms();
    let clock = rest.get(..9)?;
    if clock[0] != b'T' || clock[3] != b':' || clock[6] != b':' {
        return None;
    }
    let (hour, minute) = (number(&clock[1..3])?, number(&clock[4..6])?);
    let second = number(&clock[7..9])?;
    let (fraction_ms, offset) = read_fraction(&rest[9..])?;
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction_ms == 0;
    // A leap second counts as the second after it.
    if !(midnight || hour < 24) || minute > 59 || second > 60 {
        return None;
    }
    let in_day_ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms;
    Some(Timestamp::from_unix_ms(day_ms + in_day_ms - read_offset(offset)? * 60_000))
}

/// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: the first moment of the last day that fits.
pub(super) fn read_date(text: &[u8]) -> Option<Timestamp> {
    let year = number(text.get(..4)?)?;
    let (month, day) = match text.len() {
        4 => (12, 31),
        7 if text[4] == b'-' => {
            let month = number(&text[5..7])?;
            (month, month_days(year, month)?)
        }
        10 if text[4] == b'-' && text[7] == b'-' => (number(&text[5..7])?, number(&text[8..10])?),
        _ => return None,
    };
    let exists = (1..=month_days(year, month)?).contains(&day);
    exists.then(|| Timestamp::from_unix_ms(days_from_civil(year, month, day) * DAY_MS))
}

/// The milliseconds of a fraction, cut off after the third digit, and what follows it.
fn read_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let (digits, rest) = text.split_at(digits);
    let digit = |at: usize| digits.get(at).map_or(0, |byte| i64::from(byte - b'0'));
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), rest))
}

/// Minutes east of UTC: nothing, `Z`, or a sign with `h`, `hh`, `hmm`, `hhmm`, `h:mm` or `hh:mm`.
fn read_offset(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [] | b"Z" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(digits)?, 0),
        3 | 4 if !digits.contains(&b':') => {
            let (hours, minutes) = digits.split_at(digits.len() - 2);
            (number(hours)?, number(minutes)?)
        }
        4 | 5 => {
            let (hours, minutes) = digits.split_at(digits.len() - 3);
            (number(hours)?, number(minutes.strip_prefix(b":")?)?)
        }
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// The number that up to four digits stand for.
fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

const fn month_days(year: i64, month: i64) -> Option<i64> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    })
}

/// Days from 1970-01-01; the year is counted from March, so that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    year.div_euclid(400) * 146_097 + days - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * march_month + 2) / 5 + 1)
}

/// The text of a date-time, `YYYY-MM-DDThh:mm:ss.sssZ`; years beyond four digits with a sign and
/// six digits (ECMA-262, `toISOString`).
pub(super) fn write(at: Timestamp) -> String {
    let ms = at.unix_ms();
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let in_day = ms.rem_euclid(DAY_MS);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
    let year =
        if (0..10_000).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}
