//! Calendar arithmetic and the text forms, without a general date library on the hot path.

/// First and last representable day, counted from 1970-01-01: 0000-01-01 and 9999-12-31.
pub(super) const DAY_MIN: i32 = -719_528;
pub(super) const DAY_MAX: i32 = 2_932_896;
/// Furthest from UTC that a clock is, in minutes (HL7 FHIR R4, datatypes §2.24.0.1).
pub(super) const OFFSET_MIN_MAX: i16 = 14 * 60;
/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar. The year is counted from
/// March, so that the leap day is the last day of it.
pub(super) fn days_from_civil(year: i16, month: i8, day: i8) -> i32 {
    let (year, month, day) = (i32::from(year), i32::from(month), i32::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The day that lies `days` after 1970-01-01; beyond the representable days the first or last.
pub(super) fn civil_from_days(days: i32) -> (i16, i8, i8) {
    let days = days.clamp(DAY_MIN, DAY_MAX) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    // INVARIANT: the clamp above keeps the year within 0..=9999, and so all three in range.
    (year as i16, month as i8, day as i8)
}

/// `YYYY-MM-DDThh:mm:ss.mmm` of milliseconds since the epoch, 23 ASCII characters.
pub(super) fn write_date_time(ms: i64) -> [u8; 23] {
    let last = i64::from(DAY_MAX) * DAY_MS + DAY_MS - 1;
    let ms = ms.clamp(i64::from(DAY_MIN) * DAY_MS, last);
    // INVARIANT: clamped to the representable days, which fit an i32.
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS) as i32);
    let in_day = ms.rem_euclid(DAY_MS) as u32;
    let mut text = *b"0000-00-00T00:00:00.000";
    put(&mut text[0..4], year as u32);
    put(&mut text[5..7], month as u32);
    put(&mut text[8..10], day as u32);
    put(&mut text[11..13], in_day / 3_600_000);
    put(&mut text[14..16], in_day / 60_000 % 60);
    put(&mut text[17..19], in_day / 1000 % 60);
    put(&mut text[20..23], in_day % 1000);
    text
}

/// `±hh:mm` of minutes east of UTC, 6 ASCII characters.
pub(super) fn write_offset(text: &mut [u8], minutes: i16) {
    text.copy_from_slice(b"+00:00");
    if minutes < 0 {
        text[0] = b'-';
    }
    let minutes = u32::from(minutes.unsigned_abs());
    put(&mut text[1..3], minutes / 60);
    put(&mut text[4..6], minutes % 60);
}

/// Writes a number right-aligned, filled with zeros.
fn put(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The number that the digits of a range stand for.
pub(super) fn number(text: &[u8], range: std::ops::Range<usize>) -> Option<u32> {
    text.get(range)?.iter().try_fold(0_u32, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.checked_mul(10)?.checked_add(u32::from(byte - b'0')))?
    })
}

/// The clock time of an RFC 3339 instant from its `T` on: milliseconds within the day (a leap
/// second counts as the beginning of the next minute) and the minutes east of UTC.
pub(super) fn read_clock(text: &[u8]) -> Option<(i64, i16)> {
    let shape = text.first() == Some(&b'T') && text.get(3) == Some(&b':');
    if !shape || text.get(6) != Some(&b':') {
        return None;
    }
    let (hour, minute, second) = (number(text, 1..3)?, number(text, 4..6)?, number(text, 7..9)?);
    let mut rest = text.get(9..)?;
    let mut ms = 0;
    if let Some((b'.', tail)) = rest.split_first() {
        let places = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if places == 0 {
            return None;
        }
        let mut thousandths = *b"000";
        let kept = places.min(3);
        thousandths[..kept].copy_from_slice(&tail[..kept]);
        ms = number(&thousandths, 0..3)?;
        rest = &tail[places..];
    }
    let offset = read_offset(rest)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ms = i64::from(hour * 3_600_000 + minute * 60_000 + second * 1000 + ms);
    Some((ms, offset))
}

/// Minutes of `Z` or `±hh:mm`, at most 14 hours (HL7 FHIR R4, datatypes §2.24.0.1).
fn read_offset(text: &[u8]) -> Option<i16> {
    let (sign, digits) = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 5 || digits[2] != b':' {
        return None;
    }
    let (hours, minutes) = (number(digits, 0..2)?, number(digits, 3..5)?);
    let total = i16::try_from(hours * 60 + minutes).ok()?;
    (minutes < 60 && total <= OFFSET_MIN_MAX).then_some(sign * total)
}
