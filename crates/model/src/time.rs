//! Instants, dates, and dates that are only partly known. Time itself is always an argument.

mod civil;

use self::civil::{DAY_MAX, DAY_MIN, DAY_MS, OFFSET_MIN_MAX};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the time comes from. Only the binary and tests make one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A text is not a date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or an RFC 3339 instant with its offset.
    #[error(
        "expected YYYY, YYYY-MM, YYYY-MM-DD or an instant with offset (2021-05-26T09:30:00+08:00)"
    )]
    Malformed,
    /// The right form, but no such day or time exists.
    #[error("no such date or time exists")]
    Impossible,
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Encode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }
    /// From seconds since the epoch.
    pub const fn from_unix_s(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }
    /// Milliseconds since the epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch.
    pub const fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// This instant and `seconds` more (fewer where negative).
    pub const fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
    /// Seconds from `earlier` to this instant.
    pub const fn since_s(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1000)
    }
    /// The day in UTC; beyond the years 0000 to 9999 the first or last day of them.
    pub fn utc_date(self) -> Date {
        let day = self.0.div_euclid(DAY_MS).clamp(i64::from(DAY_MIN), i64::from(DAY_MAX));
        // INVARIANT: clamped to days that fit an i32.
        Date::from_epoch_day(day as i32)
    }
    /// Whether it lies in the years 0000 to 9999, and so can be written.
    fn is_of_the_calendar(self) -> bool {
        (i64::from(DAY_MIN)..=i64::from(DAY_MAX)).contains(&self.0.div_euclid(DAY_MS))
    }
    /// Reads an RFC 3339 instant: `YYYY-MM-DDThh:mm:ss`, a fraction if any (kept to milliseconds),
    /// then `Z` or an offset.
    ///
    /// # Errors
    /// [`TimeError::Malformed`] for anything else, [`TimeError::Impossible`] where there is no such
    /// day.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        parse_instant(text).map(|(at, _)| at)
    }
    /// The RFC 3339 form in UTC, to the millisecond: 24 ASCII characters.
    pub fn to_rfc3339(self) -> [u8; 24] {
        let mut text = [b'Z'; 24];
        text[..23].copy_from_slice(&civil::write_date_time(self.0));
        text
    }
}
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: only ASCII is written.
        f.write_str(std::str::from_utf8(&self.to_rfc3339()).unwrap_or_default())
    }
}
impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Reads what was written, and checks it again: the bytes may come from another node.
impl<'b, C> Decode<'b, C> for Timestamp {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = Self(d.i64()?);
        let outside = || minicbor::decode::Error::message("an instant beyond the year 9999");
        if at.is_of_the_calendar() { Ok(at) } else { Err(outside()) }
    }
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// The day `year`-`month`-`day`.
    ///
    /// # Errors
    /// [`TimeError::Impossible`] where there is no such day in the years 0000 to 9999.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, TimeError> {
        if !(0..=9999).contains(&year) {
            return Err(TimeError::Impossible);
        }
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| TimeError::Impossible)
    }
    /// Year, month (1 to 12), day of the month (1 to 31).
    pub fn year_month_day(self) -> (i32, u8, u8) {
        // INVARIANT: a month and a day are positive.
        (self.0.year().into(), self.0.month().unsigned_abs(), self.0.day().unsigned_abs())
    }
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`TimeError`] for any other form, or where there is no such day.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let (year, month, day) = split_date(text).ok_or(TimeError::Malformed)?;
        match (month, day) {
            (Some(month), Some(day)) => Self::new(year, month, day),
            _ => Err(TimeError::Malformed),
        }
    }
    /// The calendar date as the `jiff` type, for arithmetic.
    pub const fn civil(self) -> jiff::civil::Date {
        self.0
    }
    /// Wraps a calendar date.
    pub const fn from_civil(date: jiff::civil::Date) -> Self {
        Self(date)
    }
    /// Days since 1970-01-01 (negative before).
    pub fn epoch_day(self) -> i32 {
        civil::days_from_civil(self.0.year(), self.0.month(), self.0.day())
    }
    /// The day that lies `days` after 1970-01-01; beyond the years 0000 to 9999 the first or last
    /// day of them.
    pub fn from_epoch_day(days: i32) -> Self {
        let (year, month, day) = civil::civil_from_days(days);
        Self(jiff::civil::Date::constant(year, month, day))
    }
    /// Days from `earlier` to this day.
    pub fn days_since(self, earlier: Date) -> i32 {
        self.epoch_day() - earlier.epoch_day()
    }
    /// The day `days` later.
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_epoch_day(self.epoch_day().saturating_add(days))
    }
    /// Midnight UTC at its beginning.
    pub fn utc_start(self) -> Timestamp {
        Timestamp(i64::from(self.epoch_day()) * DAY_MS)
    }
}
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
impl<C> Encode<C> for Date {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i32(self.epoch_day())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for Date {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.i32().map(Self::from_epoch_day)
    }
}

/// How much of a [`When`] is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Precision {
    /// The year only.
    #[n(0)]
    Year,
    /// Year and month.
    #[n(1)]
    Month,
    /// The day.
    #[n(2)]
    Day,
    /// An instant, with the offset it was written in.
    #[n(3)]
    Instant,
}

/// A time as far as it is known: FHIR `date`, `dateTime` and `instant`
/// (HL7 FHIR R4, datatypes §2.24.0.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode)]
#[cbor(array)]
pub struct When {
    /// First instant of the interval; for a partial date, taken as if in UTC.
    #[n(0)]
    start: Timestamp,
    #[n(1)]
    precision: Precision,
    /// Minutes east of UTC in which an instant was written.
    #[n(2)]
    offset_min: i16,
}

impl When {
    /// Reads a FHIR date, dateTime or instant.
    ///
    /// # Errors
    /// [`TimeError`] for any other form, or where there is no such day or time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if text.len() > 10 {
            let (at, offset_min) = parse_instant(text)?;
            return Ok(Self::instant(at, offset_min));
        }
        let (year, month, day) = split_date(text).ok_or(TimeError::Malformed)?;
        let precision = match (month, day) {
            (None, _) => Precision::Year,
            (_, None) => Precision::Month,
            _ => Precision::Day,
        };
        let date = Date::new(year, month.unwrap_or(1), day.unwrap_or(1))?;
        Ok(Self { start: date.utc_start(), precision, offset_min: 0 })
    }

    /// A whole day.
    pub fn day(date: Date) -> Self {
        Self { start: date.utc_start(), precision: Precision::Day, offset_min: 0 }
    }
    /// An instant as seen `offset_min` minutes east of UTC.
    pub const fn instant(at: Timestamp, offset_min: i16) -> Self {
        Self { start: at, precision: Precision::Instant, offset_min }
    }
    /// First instant of the interval it stands for; for partial dates, in UTC.
    pub const fn start(self) -> Timestamp {
        self.start
    }
    /// How much is known.
    pub const fn precision(self) -> Precision {
        self.precision
    }
    /// Minutes east of UTC in which it was written; 0 for dates.
    pub const fn offset_min(self) -> i16 {
        self.offset_min
    }
    /// The calendar day where it was written (the first day, where only month or year is known).
    pub fn date(self) -> Date {
        self.local().utc_date()
    }
    /// That day, in days since 1970-01-01.
    pub fn epoch_day(self) -> i32 {
        // INVARIANT: of the years 0000 to 9999, whose days fit an i32.
        self.local().0.div_euclid(DAY_MS) as i32
    }
    /// What a clock showed where it was written, as if that were UTC.
    fn local(self) -> Timestamp {
        self.start.plus_s(i64::from(self.offset_min) * 60)
    }
    /// The FHIR form. An instant's whole second is written without its fraction.
    pub fn write(self, text: &mut [u8; Self::TEXT_BYTES]) -> &str {
        let local = self.local();
        text[..23].copy_from_slice(&civil::write_date_time(local.0));
        let kept = match self.precision {
            Precision::Year => 4,
            Precision::Month => 7,
            Precision::Day => 10,
            Precision::Instant => {
                let end = if local.0.rem_euclid(1000) == 0 { 19 } else { 23 };
                civil::write_offset(&mut text[end..end + 6], self.offset_min);
                end + 6
            }
        };
        // INVARIANT: only ASCII is written.
        std::str::from_utf8(&text[..kept]).unwrap_or_default()
    }
    /// Bytes of the longest FHIR form: `YYYY-MM-DDThh:mm:ss.mmm+hh:mm`.
    pub const TEXT_BYTES: usize = 29;
}
impl When {
    /// Whether it is one that [`When::parse`] gives.
    fn is_sound(self) -> bool {
        if self.precision == Precision::Instant {
            let offsets = -OFFSET_MIN_MAX..=OFFSET_MIN_MAX;
            return offsets.contains(&self.offset_min) && self.local().is_of_the_calendar();
        }
        let midnight = self.start.0 % DAY_MS == 0 && self.start.is_of_the_calendar();
        midnight
            && self.offset_min == 0
            && match self.precision {
                Precision::Year => {
                    let date = self.date();
                    date.0.month() == 1 && date.0.day() == 1
                }
                Precision::Month => self.date().0.day() == 1,
                Precision::Day | Precision::Instant => true,
            }
    }
}

/// Reads what was written, and checks it again: the bytes may come from another node.
impl<'b, C> Decode<'b, C> for When {
    fn decode(
        d: &mut minicbor::Decoder<'b>,
        context: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        #[derive(Decode)]
        #[cbor(array)]
        struct Parts {
            #[n(0)]
            start: Timestamp,
            #[n(1)]
            precision: Precision,
            #[n(2)]
            offset_min: i16,
        }
        let Parts { start, precision, offset_min } = Parts::decode(d, context)?;
        let when = Self { start, precision, offset_min };
        let unsound = || minicbor::decode::Error::message("a time that cannot be written");
        if when.is_sound() { Ok(when) } else { Err(unsound()) }
    }
}
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut [0; Self::TEXT_BYTES]))
    }
}
impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Splits `YYYY[-MM[-DD]]` into numbers.
fn split_date(text: &str) -> Option<(i16, Option<i8>, Option<i8>)> {
    let bytes = text.as_bytes();
    let dash = |at: usize| bytes.get(at) == Some(&b'-');
    let year = || civil::number(bytes, 0..4).and_then(|n| i16::try_from(n).ok());
    let two = |at: usize| civil::number(bytes, at..at + 2).and_then(|n| i8::try_from(n).ok());
    match bytes.len() {
        4 => Some((year()?, None, None)),
        7 if dash(4) => Some((year()?, Some(two(5)?), None)),
        10 if dash(4) && dash(7) => Some((year()?, Some(two(5)?), Some(two(8)?))),
        _ => None,
    }
}

/// Reads an RFC 3339 instant and the minutes east of UTC in which it was written.
fn parse_instant(text: &str) -> Result<(Timestamp, i16), TimeError> {
    let (date, clock) = text.split_at_checked(10).ok_or(TimeError::Malformed)?;
    let (in_day, offset_min) = civil::read_clock(clock.as_bytes()).ok_or(TimeError::Malformed)?;
    let day = Date::parse(date)?;
    let at = i64::from(day.epoch_day()) * DAY_MS + in_day - i64::from(offset_min) * 60_000;
    // At the edges of the calendar the offset may lead beyond it.
    if !Timestamp(at).is_of_the_calendar() {
        return Err(TimeError::Impossible);
    }
    Ok((Timestamp(at), offset_min))
}
