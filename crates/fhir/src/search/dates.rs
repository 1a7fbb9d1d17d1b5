//! Bounds on dates (HL7 FHIR R4 §3.1.1.4.7, date search).

use super::wrong;
use hutong_model::{Date, Issue, Precision, Timestamp, When};

/// How a date is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Within.
    Eq,
    /// Not within.
    Ne,
    /// Ends after.
    Gt,
    /// Within or ends after.
    Ge,
    /// Begins before.
    Lt,
    /// Within or begins before.
    Le,
}

/// One bound. A day is compared by the calendar of the place where the record was written, an
/// instant by the instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DateBound {
    /// How.
    pub prefix: Prefix,
    /// With what.
    pub when: When,
}

impl DateBound {
    /// Reads `ge2021-05-26` and the like.
    pub(super) fn parse(name: &str, value: &str) -> Result<Self, Issue> {
        let letters = value.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (prefix, rest) = value.split_at(letters);
        let prefix = match prefix {
            "" | "eq" => Prefix::Eq,
            "ne" => Prefix::Ne,
            "gt" => Prefix::Gt,
            "ge" => Prefix::Ge,
            "lt" => Prefix::Lt,
            "le" => Prefix::Le,
            _ => {
                let remedy = "use eq, ne, gt, ge, lt or le";
                return Err(wrong(name, "the prefix of the date is not supported", remedy));
            }
        };
        Self::plain(name, prefix, rest)
    }

    /// Reads a date without a prefix.
    pub(super) fn plain(name: &str, prefix: Prefix, value: &str) -> Result<Self, Issue> {
        // A plus sign that was not escaped in an address arrives as a space.
        let value = if value.len() > 10 { value.replace(' ', "+") } else { value.to_owned() };
        let when = When::parse(&value).map_err(|_| {
            let remedy = "write YYYY, YYYY-MM, YYYY-MM-DD or a time with its offset";
            wrong(name, "this is not a date", remedy)
        })?;
        Ok(Self { prefix, when })
    }

    /// Whether a record's time keeps it.
    pub fn holds(&self, when: When) -> bool {
        let by_day = self.when.precision() != Precision::Instant;
        let (from, to) = interval(when, by_day);
        let (low, high) = interval(self.when, by_day);
        let within = low <= from && to <= high;
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => to > high,
            Prefix::Ge => within || to > high,
            Prefix::Lt => from < low,
            Prefix::Le => within || from < low,
        }
    }
}

/// The time as an interval, end excluded, in milliseconds; by the calendar where it was written,
/// or in UTC.
fn interval(when: When, by_day: bool) -> (i64, i64) {
    let start =
        if by_day { when.start().plus_s(i64::from(when.offset_min()) * 60) } else { when.start() };
    let date = when.date().civil();
    let next = |year: i16, month: i8| {
        Date::new(year, month, 1).map_or(i64::MAX, |date| date.utc_start().unix_ms())
    };
    let end = match when.precision() {
        Precision::Year => next(date.year().saturating_add(1), 1),
        Precision::Month if date.month() == 12 => next(date.year().saturating_add(1), 1),
        Precision::Month => next(date.year(), date.month() + 1),
        Precision::Day => start.plus_s(86_400).unix_ms(),
        Precision::Instant => Timestamp::unix_ms(start).saturating_add(1),
    };
    (start.unix_ms(), end)
}
