//! The 18-digit citizen number of GB 11643 and the numbers that share its form.

use super::{DocumentError, digits};
use crate::time::Date;

/// Weights of ISO 7064 MOD 11-2 for 17 digits (GB 11643, annex).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check character for each remainder.
const CHECK: [u8; 11] = *b"10X98765432";
/// First two digits of GB/T 2260: provinces, autonomous regions, municipalities, and Taiwan (71).
/// The
/// table has had no other since resident IDs are issued (1984): Hainan (46) and Chongqing (50) came
/// later, and numbers given before in Guangdong (44) and Sichuan (51) keep their digits for life.
const PROVINCES: [u8; 32] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71,
];
/// Birth years that a number can hold: from the standard's own example (1880) on.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2199;
const FORM: DocumentError = DocumentError::Form(
    "a resident ID has 17 digits and a check character (or 15 digits, old form)",
);

/// Normalises a resident ID: 18 characters; the 15-digit form issued until 1999 is brought to 18.
pub(super) fn parse(number: &str) -> Result<String, DocumentError> {
    let number = if number.len() == 15 { from_15(number)? } else { number.to_owned() };
    match number.as_bytes() {
        [b'8', b'1'..=b'3', ..] if number.len() == 18 => {
            return Err(DocumentError::Form(
                "a number that begins with 81, 82 or 83 is a residence permit, not a resident ID",
            ));
        }
        [b'9', ..] if number.len() == 18 => {
            return Err(DocumentError::Form(
                "a number that begins with 9 is a permanent residence ID, not a resident ID",
            ));
        }
        _ => {}
    }
    checked(&number, |head| is_province(&head[..2]))?;
    Ok(number)
}

/// A residence permit for Hong Kong (810000), Macao (820000) or Taiwan (830000) residents.
pub(super) fn parse_residence_permit(number: &str) -> Result<String, DocumentError> {
    checked(number, |head| matches!(head, b"810000" | b"820000" | b"830000"))?;
    Ok(number.to_owned())
}

/// The new permanent residence ID of foreigners: 9, the province (2 digits), the country (3 digits
/// of ISO 3166-1), then as a resident ID.
pub(super) fn parse_permanent_residence(number: &str) -> Result<String, DocumentError> {
    checked(number, |head| head[0] == b'9' && is_province(&head[1..3]))?;
    Ok(number.to_owned())
}

fn is_province(digits: &[u8]) -> bool {
    PROVINCES.contains(&((digits[0] - b'0') * 10 + (digits[1] - b'0')))
}

/// The birth date at digits 7 to 14.
pub(super) fn birth_date(number: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| number.get(range)?.parse::<i16>().ok();
    let small = |n: Option<i16>| i8::try_from(n?).ok();
    Date::new(part(6..10)?, small(part(10..12))?, small(part(12..14))?).ok()
}

/// Checks form, division (the first six digits), birth date and check character, in this order.
fn checked(number: &str, division: impl Fn(&[u8]) -> bool) -> Result<(), DocumentError> {
    let bytes = number.as_bytes();
    let Some((check @ (b'0'..=b'9' | b'X'), body)) = bytes.split_last() else { return Err(FORM) };
    if body.len() != 17 || !body.iter().all(u8::is_ascii_digit) {
        return Err(FORM);
    }
    if !division(&body[..6]) {
        return Err(DocumentError::Division);
    }
    let born = birth_date(number).ok_or(DocumentError::BirthDate)?;
    if !YEARS.contains(&born.civil().year()) {
        return Err(DocumentError::BirthDate);
    }
    if check_character(body) != *check {
        return Err(DocumentError::CheckDigit);
    }
    Ok(())
}

/// The check character of the first 17 digits.
fn check_character(bytes: &[u8]) -> u8 {
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    CHECK[(sum % 11) as usize]
}

/// Puts the century (19) and the check character into a 15-digit number.
fn from_15(number: &str) -> Result<String, DocumentError> {
    if !digits(number) {
        return Err(FORM);
    }
    let mut long = format!("{}19{}", &number[..6], &number[6..]);
    let check = check_character(long.as_bytes());
    long.push(char::from(check));
    Ok(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_examples_pass() {
        assert_eq!(parse("11010519491231002X").as_deref(), Ok("11010519491231002X"));
        assert_eq!(parse("440524188001010014").as_deref(), Ok("440524188001010014"));
    }

    #[test]
    fn a_wrong_check_digit_is_named() {
        assert_eq!(parse("110101197608056896"), Err(DocumentError::CheckDigit));
    }

    #[test]
    fn the_old_form_becomes_the_new() {
        assert_eq!(parse("110105491231002").as_deref(), Ok("11010519491231002X"));
    }
}
