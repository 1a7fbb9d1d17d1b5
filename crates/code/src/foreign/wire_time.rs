//! Dates and times as certificates write them (ISO 8601, RFC 3339).

/// Whether a text is a date of the calendar: `2021-06-11`.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && hutong_model::Date::parse(text).is_ok()
}

/// Whether a text is a day, a month or a year of 1900 to 2099.
pub(crate) fn is_partial_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = text.split('-');
    let year = parts
        .next()
        .is_some_and(|year| digits(year, 4) && (year.starts_with("19") || year.starts_with("20")));
    year && parts.clone().count() <= 2 && parts.all(|part| digits(part, 2))
}

/// Whether a text is a date and time with its offset: the form of RFC 3339, and the shorter
/// offsets of ISO 8601 (`+02`, `+0200`), which the schema's own examples use.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return false };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let two = |part: Option<&str>, most: u8| {
        part.is_some_and(|part| {
            part.len() == 2
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u8>().is_ok_and(|number| number <= most)
        })
    };
    if !(two(text.get(..2), 23) && two(text.get(3..5), 59) && two(text.get(6..8), 60)) {
        return false;
    }
    let rest = text.get(8..).unwrap_or_default();
    let colons = text.as_bytes().get(2) == Some(&b':') && text.as_bytes().get(5) == Some(&b':');
    let fraction = match rest.strip_prefix(['.', ',']) {
        Some(after) => after.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    if rest.starts_with(['.', ',']) && fraction == 0 {
        return false;
    }
    let offset = rest.get(if fraction > 0 { fraction + 1 } else { 0 }..).unwrap_or_default();
    let shift = |offset: &str| {
        two(offset.get(..2), 23)
            && (offset.len() == 2
                || two(offset.get(2..).filter(|minutes| minutes.len() == 2), 59)
                || two(offset.strip_prefix(&offset[..2]).and_then(|m| m.strip_prefix(':')), 59))
    };
    colons
        && match offset.split_at_checked(1) {
            Some(("Z" | "z", "")) => true,
            Some(("+" | "-", rest)) => shift(rest),
            _ => false,
        }
}
