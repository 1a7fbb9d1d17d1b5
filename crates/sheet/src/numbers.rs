//! Numbers as spreadsheet programs write them.

/// Digits that a spreadsheet program keeps of a number.
const DIGITS_KEPT: usize = 15;

/// A number of a workbook as a person would write it: `1.38E10` is 13800000000, and
/// 0.10000000000000001 is 0.1. Numbers so long that digits were lost become `1.1E+17`, so that they
/// are noticed (see [`lost_digits`]). None for what is no number.
pub(crate) fn plain_number(text: &str) -> Option<String> {
    let whole = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if whole && text.len() <= DIGITS_KEPT {
        return Some(text.to_owned());
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number.abs() < 1e15 {
        return Some(number.to_string());
    }
    Some(format!("{number:.14E}").replace('E', "E+"))
}

/// Whether a text is a long number that a spreadsheet program has shortened (`1.10105E+17`), or
/// that came as a number of more digits than it keeps.
pub(crate) fn lost_digits(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['E', 'e']) else { return false };
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (head, tail) = digits.split_once('.').unwrap_or((digits, "0"));
    let shortened = head.len() == 1 && plain(head) && plain(tail);
    // Without a sign it may be a code such as a passport number (5E12345).
    shortened && (digits.contains('.') || power.starts_with('+')) && plain(power.trim_matches('+'))
}
