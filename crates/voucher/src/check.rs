//! Whether a voucher keeps the limits.

use crate::{
    Code, Line, Outcome, Text, Voucher, VoucherError,
    limits::{
        CODE_BYTES_MAX, CODES_MAX, RECORDS_MAX, SENTENCE_CHARACTERS_MAX, SHORT_CHARACTERS_MAX,
        TEXT_CHARACTERS_MAX,
    },
};

/// Checks every count and length.
pub(crate) fn check(voucher: &Voucher) -> Result<(), VoucherError> {
    count("records", voucher.records.len(), RECORDS_MAX)?;
    count("codes", voucher.codes.len(), CODES_MAX)?;
    length("a name", &voucher.person.name, TEXT_CHARACTERS_MAX)?;
    length("a name", &voucher.person.latin_name, TEXT_CHARACTERS_MAX)?;
    short("a date of birth", &voucher.person.birth_date)?;
    short("a document number", &voucher.person.document)?;
    text("the issuer", &voucher.issuer, TEXT_CHARACTERS_MAX)?;
    short("a time", &voucher.issued_at)?;
    short("a time", &voucher.expires_at)?;
    short("the reference", &voucher.reference)?;
    text("how to verify", &voucher.how_to_verify, SENTENCE_CHARACTERS_MAX)?;
    voucher.records.iter().try_for_each(record)?;
    voucher.codes.iter().enumerate().try_for_each(|(index, held)| code(index + 1, held))
}

fn record(line: &Line) -> Result<(), VoucherError> {
    short("the date of a record", &line.date)?;
    text("a vaccine or test", &line.what, TEXT_CHARACTERS_MAX)?;
    text("a product", &line.product, TEXT_CHARACTERS_MAX)?;
    if let Outcome::Result(result) = &line.outcome {
        text("a result", result, TEXT_CHARACTERS_MAX)?;
    }
    short("a lot", &line.lot)?;
    text("an institution", &line.place, TEXT_CHARACTERS_MAX)
}

fn code(number: usize, code: &Code) -> Result<(), VoucherError> {
    text("a caption", &code.caption, TEXT_CHARACTERS_MAX)?;
    match code.text.len() {
        0 => Err(VoucherError::CodeEmpty { number }),
        bytes if bytes > CODE_BYTES_MAX => Err(VoucherError::CodeTooLong { number }),
        _ => Ok(()),
    }
}

fn count(what: &'static str, number: usize, max: usize) -> Result<(), VoucherError> {
    if number > max { Err(VoucherError::TooMany { what, max }) } else { Ok(()) }
}

fn text(what: &'static str, text: &Text, max: usize) -> Result<(), VoucherError> {
    length(what, &text.zh, max)?;
    length(what, &text.en, max)
}

fn short(what: &'static str, text: &str) -> Result<(), VoucherError> {
    length(what, text, SHORT_CHARACTERS_MAX)
}

fn length(what: &'static str, text: &str, max: usize) -> Result<(), VoucherError> {
    // Bytes first: counting the characters of a very long text takes as long as it is.
    let fits = text.len() <= 4 * max && text.chars().count() <= max;
    if fits { Ok(()) } else { Err(VoucherError::TooLong { what, max }) }
}
