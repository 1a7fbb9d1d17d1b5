//! Dates and times as they are sent, and the rules that hold for them.

use super::findings::Findings;
use hutong_model::{Date, IssueCode, Precision, Timestamp, When, time::TimeError};

/// How far in the future something may lie before it is refused: clocks and time zones differ by
/// at most about a day.
const FUTURE_S_MAX: i64 = 86_400;
/// Nothing that concerns living people happened before this year.
const YEAR_MIN: i16 = 1850;

/// A date, dateTime or instant; refused where it does not exist or lies in the future.
pub(super) fn when(
    f: &mut Findings,
    field: &'static str,
    text: Option<&str>,
    now: Timestamp,
) -> Option<When> {
    let text = text?.trim();
    let when = match parse(text) {
        Ok(when) => when,
        Err(error) => {
            f.error(IssueCode::Value, field, error.to_string(), remedy(error));
            return None;
        }
    };
    if when.start() > now.plus_s(FUTURE_S_MAX) {
        let remedy = "give the time when it happened; appointments are not records";
        f.error(IssueCode::BusinessRule, field, "the time lies in the future", remedy);
        return None;
    }
    if when.date().civil().year() < YEAR_MIN {
        let reason = format!("the time lies before the year {YEAR_MIN}");
        f.error(IssueCode::BusinessRule, field, reason, "correct the year");
        return None;
    }
    Some(when)
}

/// A whole day. A partial date is noted and left out.
pub(super) fn day(f: &mut Findings, field: &'static str, text: Option<&str>) -> Option<Date> {
    let text = text?.trim();
    match parse(text) {
        Ok(when) if matches!(when.precision(), Precision::Day | Precision::Instant) => {
            Some(when.date())
        }
        Ok(_) => {
            let remedy = "give the day too, if it is known";
            f.warning(IssueCode::Value, field, "only a whole date is kept here", remedy);
            None
        }
        Err(error) => {
            f.error(IssueCode::Value, field, error.to_string(), remedy(error));
            None
        }
    }
}

/// Reads a time; a day within it that does not exist is told apart from a malformed text.
pub(super) fn parse(text: &str) -> Result<When, TimeError> {
    match When::parse(text) {
        Err(TimeError::Malformed) if text.len() > 10 => match text.get(..10).map(Date::parse) {
            Some(Err(TimeError::Impossible)) => Err(TimeError::Impossible),
            _ => Err(TimeError::Malformed),
        },
        other => other,
    }
}

const fn remedy(error: TimeError) -> &'static str {
    match error {
        TimeError::Malformed => "write it as FHIR does, with the offset where there is a time",
        TimeError::Impossible => "correct the date",
    }
}

/// Refuses what happened before the person was born.
pub(super) fn not_before_birth(
    f: &mut Findings,
    field: &'static str,
    when: Option<When>,
    born: Option<Date>,
) {
    let (Some(when), Some(born)) = (when, born) else { return };
    let (at, birth) = (when.date().civil(), born.civil());
    let before = match when.precision() {
        Precision::Year => at.year() < birth.year(),
        Precision::Month => (at.year(), at.month()) < (birth.year(), birth.month()),
        Precision::Day => at < birth,
        // An instant written in another zone may show the day before.
        Precision::Instant => when.date().plus_days(1) < born,
    };
    if before {
        f.error(
            IssueCode::BusinessRule,
            field,
            "the date lies before the person's birth date",
            "correct this date or the person's birth date or document",
        );
    }
}
