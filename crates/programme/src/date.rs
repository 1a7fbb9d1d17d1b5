//! Calendar days and spans of age or interval, with the specification's date arithmetic
//! (Table 3-6, CALCDT-1 to CALCDT-6).

use std::fmt;

/// A calendar day, as days since 1970-01-01 (proleptic Gregorian calendar).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Year, month and day of a [`Day`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year of the calendar.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// First year that a [`Day`] is read from.
const FIRST_YEAR: i32 = 1800;
/// Last year that a [`Day`] is read from: what the specification assumes for "never".
const LAST_YEAR: i32 = 2999;

impl Day {
    /// What the specification assumes for an empty beginning: 1900-01-01.
    pub const BEGINNING: Day = Day(-25_567);
    /// What the specification assumes for an empty end: 2999-12-31.
    pub const END: Day = Day(376_199);

    /// The day of a year, month and day of the month, if it is in the calendar and between the
    /// years 1800 and 2999.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Day> {
        let real = (FIRST_YEAR..=LAST_YEAR).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_days(year, month)).contains(&day);
        real.then(|| Civil { year, month, day }.day())
    }

    /// Reads `YYYY-MM-DD`, `YYYYMMDD` or `MM/DD/YYYY`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Day> {
        let text = text.trim();
        let number = |part: &str| -> Option<i32> {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            if digits && part.len() <= 4 { part.parse().ok() } else { None }
        };
        let (year, month, day) = if text.len() == 8 && text.is_ascii() && !text.contains('/') {
            (&text[..4], &text[4..6], &text[6..])
        } else if let Some((month, rest)) = text.split_once('/') {
            let (day, year) = rest.split_once('/')?;
            (year, month, day)
        } else {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            (year, month, day.split('T').next()?)
        };
        let small = |part: &str| u8::try_from(number(part)?).ok();
        Day::new(number(year)?, small(month)?, small(day)?)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// The day with a number of days since 1970-01-01, kept within the years 1800 to 2999.
    #[must_use]
    pub fn from_number(number: i32) -> Day {
        Day(number.clamp(-62_091, Day::END.0))
    }

    /// The day before.
    #[must_use]
    pub fn before(self) -> Day {
        Day(self.0 - 1)
    }

    /// The day after.
    #[must_use]
    pub fn after(self) -> Day {
        Day(self.0 + 1)
    }

    /// Year, month and day.
    #[must_use]
    pub fn civil(self) -> Civil {
        // Days from 0000-03-01, so that the leap day is a year's last.
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        Civil { year, month: month as u8, day: day as u8 }
    }
}

impl std::ops::Add<Span> for Day {
    type Output = Day;

    fn add(self, span: Span) -> Day {
        if span.years == 0 && span.months == 0 {
            return Day(self.0 + span.days);
        }
        self.civil() + span
    }
}

impl std::ops::Add<Span> for Civil {
    type Output = Day;

    /// CALCDT-6: first the years, then the months, then the weeks and days.
    fn add(self, span: Span) -> Day {
        let mut at = Civil { year: self.year + i32::from(span.years), ..self }.real();
        if span.months != 0 {
            let months = at.year * 12 + i32::from(at.month) - 1 + i32::from(span.months);
            let months = months as u32;
            let month = (months % 12) as u8 + 1;
            at = Civil { year: (months / 12) as i32, month, day: at.day }.real();
        }
        Day(at.day().0 + span.days)
    }
}

impl Civil {
    /// CALCDT-5: what is not a real date moves to the first day of the next month.
    fn real(self) -> Civil {
        if self.day <= 28 || self.day <= month_days(self.year, self.month) {
            return self;
        }
        Civil { month: self.month + 1, day: 1, ..self }
    }

    /// The day of these.
    #[must_use]
    pub fn day(self) -> Day {
        // The year begins in March, so that the leap day is its last; years are positive here.
        let early = u32::from(self.month <= 2);
        let year = self.year as u32 - early;
        let month = u32::from(self.month) + 12 * early - 3;
        let leaps = year / 4 - year / 100 + year / 400;
        let days = 365 * year + leaps + (153 * month + 2) / 5 + u32::from(self.day);
        Day(days as i32 - 719_469)
    }
}

fn month_days(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day } = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// An age or an interval: "12 months - 4 days".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// Years.
    pub years: i16,
    /// Months.
    pub months: i16,
    /// Days; a week is seven.
    pub days: i32,
}

impl Span {
    /// A span of days.
    #[must_use]
    pub const fn days(days: i32) -> Span {
        Span { years: 0, months: 0, days }
    }

    /// Reads "6 weeks", "12 months - 4 days", "5 months + 4 weeks".
    ///
    /// Each number is at most 4 digits, so that sums of dates stay in bounds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Span> {
        let mut span = Span::default();
        let mut sign = 1;
        let mut words = text.split_whitespace();
        loop {
            let number = words.next()?;
            let count =
                i16::try_from(number.parse::<u16>().ok()?).ok().filter(|it| *it < 10_000)?;
            let unit = words.next()?;
            add_unit(&mut span, sign * count, unit)?;
            match words.next() {
                None => return Some(span).filter(|span| span.is_sane()),
                Some("+") => sign = 1,
                Some("-" | "–") => sign = -1,
                Some(_) => return None,
            }
        }
    }

    /// Whether it is small enough for dates to be computed with: within about 300 years.
    pub(crate) fn is_sane(self) -> bool {
        self.years.abs() <= 300 && self.months.abs() <= 3600 && self.days.abs() <= 110_000
    }

    /// About how many days, to compare spans with each other (SELECTB-12).
    #[must_use]
    pub fn about(self) -> i32 {
        (i32::from(self.years) * 1461) / 4 + (i32::from(self.months) * 487) / 16 + self.days
    }
}

impl fmt::Display for Span {
    /// As it is parsed: "12 months - 4 days".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (i32::from(self.years), "year"),
            (i32::from(self.months), "month"),
            (self.days, "day"),
        ];
        let mut first = true;
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
            match (first, count < 0) {
                (true, true) => out.write_str("0 days - ")?,
                (true, false) => {}
                (false, negative) => out.write_str(if negative { " - " } else { " + " })?,
            }
            first = false;
            let plural = if count.abs() == 1 { "" } else { "s" };
            write!(out, "{} {unit}{plural}", count.unsigned_abs())?;
        }
        if first { out.write_str("0 days") } else { Ok(()) }
    }
}

fn add_unit(span: &mut Span, count: i16, unit: &str) -> Option<()> {
    match unit.to_ascii_lowercase().trim_end_matches('s') {
        "year" => span.years = span.years.checked_add(count)?,
        "month" => span.months = span.months.checked_add(count)?,
        "week" => span.days += i32::from(count) * 7,
        "day" => span.days += i32::from(count),
        _ => return None,
    }
    Some(())
}
