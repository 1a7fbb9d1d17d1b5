//! The parts of a record: codes, times, words, texts.

use super::super::AssertionError;
use super::{AUTHORITY, CERTIFICATE, COUNTRY, Encoded, PERFORMER};
use crate::cbor::{CborError, Reader};
use crate::foreign::value_sets::Set;
use crate::foreign::{Coded, Provenance};
use hutong_model::catalogue::{CN_VACCINE, CVX, LOINC, SNOMED, TEST};
use hutong_model::limits::{CODE_BYTES_MAX, TEXT_BYTES_MAX, URI_BYTES_MAX};
use hutong_model::{Catalogue, Date, Timestamp, When};
use minicbor::Encoder;
use std::borrow::Cow;

/// Code systems that have a number. The place of one is never another's.
pub(super) const SYSTEMS: [&str; 7] = [
    CN_VACCINE,
    CVX,
    SNOMED,
    LOINC,
    TEST,
    "http://id.who.int/icd/release/11/mms",
    "http://www.whocc.no/atc",
];
/// Kinds of tests that have a number.
pub(super) const KINDS: [&str; 3] = ["nucleic-acid", "antigen", "antibody"];
/// Outcomes that have a number, as [`hutong_model::TestOutcome`] in the fact 7.
pub(super) const OUTCOMES: [&str; 5] =
    ["negative", "positive", "inconclusive", "pending", "invalid"];
/// Longest time as text, in bytes.
const TIME_BYTES_MAX: usize = 40;
/// Days since 1970 of the first and last day that can be written: the years 0000 to 9999.
const DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;
/// Seconds since 1970 of the last instant that can be written.
const SECONDS_MAX: u64 = 253_402_300_799;
/// Most minutes that a clock may be off UTC.
const OFFSET_MIN_MAX: i64 = 14 * 60;

/// The fields of one record, written one after the other in the order of their keys.
#[derive(Default)]
pub(super) struct Fields {
    count: u64,
    body: Vec<u8>,
}

impl Fields {
    pub(super) fn put(
        &mut self,
        key: i64,
        value: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Encoded,
    ) {
        let mut e = Encoder::new(&mut self.body);
        // INVARIANT: writing to a vector cannot fail.
        let _ = e.i64(key).map(drop).and_then(|()| value(&mut e));
        self.count += 1;
    }
    pub(super) fn uint(&mut self, key: i64, value: Option<u64>) {
        if let Some(value) = value {
            self.put(key, |e| e.u64(value).map(drop));
        }
    }
    pub(super) fn text(&mut self, key: i64, value: Option<&str>) {
        if let Some(value) = value {
            self.put(key, |e| e.str(value).map(drop));
        }
    }
    /// A word of a list by its place, any other as text.
    pub(super) fn word(&mut self, key: i64, list: &[&str], value: Option<&str>) {
        let place = value.and_then(|value| list.iter().position(|word| *word == value));
        match place {
            Some(place) => self.uint(key, Some(place as u64)),
            None => self.text(key, value),
        }
    }
    pub(super) fn coded(&mut self, key: i64, set: Set, value: Option<&Coded>) {
        if let Some(value) = value {
            self.put(key, |e| write_coded(value, set, e));
        }
    }
    pub(super) fn time(&mut self, key: i64, value: Option<&str>) {
        if let Some(value) = value {
            self.put(key, |e| write_time(value, e));
        }
    }
    pub(super) fn provenance(&mut self, provenance: &Provenance) {
        self.text(COUNTRY, provenance.country.as_deref());
        self.text(AUTHORITY, provenance.authority.as_deref());
        self.text(CERTIFICATE, provenance.certificate.as_deref());
        self.text(PERFORMER, provenance.performer.as_deref());
    }
    pub(super) fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
        e.map(self.count)?;
        e.writer_mut().extend_from_slice(&self.body);
        Ok(())
    }
}

/// The shortest form from which a reader gets the same.
fn write_coded(coded: &Coded, set: Set, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    if *coded == Coded::of(set, &coded.code) {
        return e.str(&coded.code).map(drop);
    }
    let named = *coded == of_catalogue(coded.system.clone(), &coded.code);
    e.array(if named { 2 } else { 4 })?;
    write_system(coded.system.as_deref(), e)?;
    e.str(&coded.code)?;
    if !named {
        for name in [&coded.en, &coded.zh] {
            match name {
                Some(name) => e.str(name)?,
                None => e.null()?,
            };
        }
    }
    Ok(())
}

pub(super) fn write_system(system: Option<&str>, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    let Some(system) = system else { return e.null().map(drop) };
    match SYSTEMS.iter().position(|known| *known == system) {
        Some(place) => e.u64(place as u64).map(drop),
        None => e.str(system).map(drop),
    }
}

/// A code with the names that our catalogue has for it.
fn of_catalogue(system: Option<Cow<'static, str>>, code: &str) -> Coded {
    let catalogue = Catalogue::builtin();
    let names = system.as_deref().and_then(|system| {
        let vaccine = catalogue.vaccine(system, code).map(|found| (&found.name_en, &found.name_zh));
        vaccine.or_else(|| catalogue.test(system, code).map(|t| (&t.name_en, &t.name_zh)))
    });
    Coded {
        system,
        code: code.into(),
        en: names.map(|(en, _)| Cow::Borrowed(&**en)),
        zh: names.map(|(_, zh)| Cow::Borrowed(&**zh)),
    }
}

pub(super) fn coded(reader: &mut Reader<'_>, set: Set) -> Result<Coded, AssertionError> {
    if reader.is_text() {
        return Ok(Coded::of(set, code(reader)?));
    }
    let items = reader.array(4)?;
    let system = system(reader)?;
    let code = code(reader)?;
    match items {
        2 => Ok(of_catalogue(system, code)),
        4 => Ok(Coded { system, code: code.into(), en: name(reader)?, zh: name(reader)? }),
        _ => Err(CborError::Kind.into()),
    }
}

pub(super) fn code<'b>(reader: &mut Reader<'b>) -> Result<&'b str, AssertionError> {
    reader.text(CODE_BYTES_MAX).map_err(|error| oversized(error, "records/code"))
}

fn name(reader: &mut Reader<'_>) -> Result<Option<Cow<'static, str>>, AssertionError> {
    if reader.null_if() {
        return Ok(None);
    }
    Ok(Some(Cow::Owned(text(reader)?.into_string())))
}

pub(super) fn system(reader: &mut Reader<'_>) -> Result<Option<Cow<'static, str>>, AssertionError> {
    if reader.null_if() {
        return Ok(None);
    }
    if reader.is_text() {
        let text = reader.text(URI_BYTES_MAX);
        let text = text.map_err(|error| oversized(error, "records/system"))?;
        return Ok(Some(Cow::Owned(text.to_owned())));
    }
    let place = usize::try_from(reader.uint()?).ok();
    let known = place.and_then(|place| SYSTEMS.get(place));
    // A newer issuer may number more: the code remains, its system is not known here.
    Ok(known.map(|known| Cow::Borrowed(*known)))
}

pub(super) fn word(
    reader: &mut Reader<'_>,
    list: &[&'static str],
) -> Result<Cow<'static, str>, AssertionError> {
    if reader.is_text() {
        return Ok(Cow::Owned(code(reader)?.to_owned()));
    }
    let place = usize::try_from(reader.uint()?).ok();
    let known = place.and_then(|place| list.get(place));
    known.map(|word| Cow::Borrowed(*word)).ok_or(AssertionError::Claim("records/outcome"))
}

pub(super) fn text(reader: &mut Reader<'_>) -> Result<Box<str>, AssertionError> {
    let text = reader.text(TEXT_BYTES_MAX).map_err(|error| oversized(error, "records/text"))?;
    Ok(text.into())
}

/// The shortest form from which a reader gets the same.
fn write_time(text: &str, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    if let Some(day) = day_of(text) {
        return e.i64(day).map(drop);
    }
    match instant_of(text) {
        Some((seconds, None)) => e.array(1)?.i64(seconds).map(drop),
        Some((seconds, Some(offset))) => e.array(2)?.i64(seconds)?.i64(offset).map(drop),
        None => e.str(text).map(drop),
    }
}

pub(super) fn time(reader: &mut Reader<'_>) -> Result<Box<str>, AssertionError> {
    let wrong = AssertionError::Claim("records/time");
    if reader.is_text() {
        let text = reader.text(TIME_BYTES_MAX).map_err(|error| oversized(error, "records/time"))?;
        // It would be a second way to write the same.
        let short = day_of(text).is_some() || instant_of(text).is_some();
        return if short { Err(wrong) } else { Ok(text.into()) };
    }
    if !reader.is_array() {
        let day = reader.int()?;
        return if DAYS.contains(&day) { Ok(write_day(day)) } else { Err(wrong) };
    }
    let items = reader.array(2)?;
    let seconds = reader.uint()?;
    let offset = match items {
        1 => None,
        2 => Some(reader.int()?),
        _ => return Err(wrong),
    };
    if seconds > SECONDS_MAX || offset.is_some_and(|offset| offset.abs() > OFFSET_MIN_MAX) {
        return Err(wrong);
    }
    let text = write_instant(seconds.cast_signed(), offset);
    // Not so where clocks already show the year 10000.
    if instant_of(&text) == Some((seconds.cast_signed(), offset)) { Ok(text) } else { Err(wrong) }
}

fn day_of(text: &str) -> Option<i64> {
    let day = i64::from(Date::parse(text).ok()?.epoch_day());
    (*write_day(day) == *text).then_some(day)
}

fn write_day(day: i64) -> Box<str> {
    // INVARIANT: the caller's day lies in the calendar.
    Date::from_epoch_day(i32::try_from(day).unwrap_or_default()).to_string().into()
}

/// Seconds and offset of an instant that is written in the one form that these give again.
fn instant_of(text: &str) -> Option<(i64, Option<i64>)> {
    let when = When::parse(text).ok().filter(|_| text.len() > 10)?;
    let offset = (!text.ends_with('Z')).then(|| i64::from(when.offset_min()));
    let seconds = u64::try_from(when.start().unix_s()).ok().filter(|s| *s <= SECONDS_MAX)?;
    let seconds = seconds.cast_signed();
    (*write_instant(seconds, offset) == *text).then_some((seconds, offset))
}

/// An instant to the second, in UTC or as clocks show it so many minutes east of it.
fn write_instant(seconds: i64, offset: Option<i64>) -> Box<str> {
    let minutes = offset.unwrap_or_default();
    let local = Timestamp::from_unix_s(seconds).plus_s(minutes * 60).to_string();
    let to_the_second = local.get(..19).unwrap_or_default();
    match offset {
        None => format!("{to_the_second}Z").into(),
        Some(offset) => {
            let sign = if offset < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
            format!("{to_the_second}{sign}{hours:02}:{minutes:02}").into()
        }
    }
}

/// A text that is too long is a matter of its field; anything else of the form.
fn oversized(error: CborError, field: &'static str) -> AssertionError {
    match error {
        CborError::Large => AssertionError::Claim(field),
        other => other.into(),
    }
}
