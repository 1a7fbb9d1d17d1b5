//! The one entry of a certificate: `v`, `t` or `r` of the JSON schema.

use super::super::uvci::Uvci;
use super::super::{IssueError, vaccine_codes};
use super::{Encoded, TEXT_CHARACTERS_MAX};
use crate::foreign::value_sets::{Set, country};
use crate::foreign::wire_time::{is_date, is_date_time, is_partial_date};
use crate::foreign::{Coded, Provenance, Record, Recovery, TestResult, Vaccination};
use hutong_model::catalogue::SNOMED;
use hutong_model::{Catalogue, When};
use minicbor::Encoder;
use unicode_normalization::UnicodeNormalization;

/// The one disease of the value set (section 2.1).
const COVID_19: &str = "840539006";
/// The two kinds of tests (section 2.7).
const NAAT: &str = "LP6464-4";
const RAT: &str = "LP217198-3";
/// The two results (section 2.9).
const NOT_DETECTED: &str = "260415000";
const DETECTED: &str = "260373001";

/// A member of the entry.
pub(super) enum Member {
    Text(Box<str>),
    Number(u32),
}

/// Members by name.
pub(super) type Entry = Vec<(&'static str, Member)>;

/// The entry of a record, and the name of its group.
pub(super) fn entry(record: &Record, uvci: &Uvci) -> Result<(&'static str, Entry), IssueError> {
    let (group, mut entry, provenance) = match record {
        Record::Vaccination(dose) => ("v", vaccination(dose)?, &dose.provenance),
        Record::Test(result) => ("t", test(result)?, &result.provenance),
        Record::Recovery(past) => ("r", recovery(past)?, &past.provenance),
    };
    entry.push(("co", Member::Text(country_of(provenance)?)));
    entry.push(("is", short(provenance.authority.as_deref(), "is")?));
    entry.push(("ci", Member::Text(uvci.as_str().into())));
    // All names have two letters: the order of their bytes is that of their letters.
    entry.sort_by_key(|(name, _)| *name);
    Ok((group, entry))
}

pub(super) fn write(entry: &Entry, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    e.map(entry.len() as u64)?;
    for (name, member) in entry {
        e.str(name)?;
        match member {
            Member::Text(text) => e.str(text)?,
            Member::Number(number) => e.u32(*number)?,
        };
    }
    Ok(())
}

fn vaccination(dose: &Vaccination) -> Result<Entry, IssueError> {
    let dose = dose.clone().completed();
    let place = dose.catalogue.as_ref();
    let maker = dose.maker.as_ref().map(|maker| match &*maker.code {
        "" => maker.zh.as_deref().or(maker.en.as_deref()).unwrap_or_default(),
        code => code,
    });
    let known = place.and_then(|place| vaccine_codes(&place.system, &place.code, maker));
    let mut known = known.unwrap_or_default();
    // A product that nobody knows is not another one of its kind.
    if dose.product.as_ref().is_some_and(|product| !is_of_catalogue(product)) {
        known.product = None;
    }
    let listed = |set: Set, own: &Option<Coded>, known: &Option<Coded>, name: &'static str| {
        let coded = own.as_ref().filter(|own| is_listed(set, own)).or(known.as_ref());
        match coded {
            Some(coded) if is_listed(set, coded) => Ok(Member::Text(coded.code.clone())),
            None if own.is_none() => Err(IssueError::Missing(name)),
            _ => Err(IssueError::NotStatable(name)),
        }
    };
    Ok(vec![
        ("tg", target(dose.target.as_ref().or(known.target.as_ref()))?),
        ("vp", listed(Set::Prophylaxes, &dose.vaccine, &known.vaccine, "vp")?),
        ("mp", listed(Set::Products, &dose.product, &known.product, "mp")?),
        ("ma", listed(Set::Makers, &dose.maker, &known.maker, "ma")?),
        ("dn", positive(dose.dose, "dn")?),
        ("sd", positive(dose.doses, "sd")?),
        ("dt", full_date(dose.date.as_deref(), "dt")?),
    ])
}

fn test(result: &TestResult) -> Result<Entry, IssueError> {
    let kind = kind_of(result)?;
    let mut entry = vec![
        ("tg", target(result.target.as_ref())?),
        ("tt", Member::Text(kind.into())),
        ("sc", sampled(result.sampled_at.as_deref())?),
        ("tr", outcome(result)?),
    ];
    if let Some(name) = &result.name {
        entry.push(("nm", short(Some(name), "nm")?));
    }
    if let Some(device) = &result.device {
        // The list of devices is one of antigen tests (value set, section 2.8).
        if kind != RAT || device.code.is_empty() {
            return Err(IssueError::NotStatable("ma"));
        }
        entry.push(("ma", short(Some(&device.code), "ma")?));
    }
    if let Some(centre) = &result.provenance.performer {
        entry.push(("tc", short(Some(centre), "tc")?));
    }
    Ok(entry)
}

fn recovery(past: &Recovery) -> Result<Entry, IssueError> {
    let dates = [
        ("fr", past.first_positive.as_deref()),
        ("df", past.valid_from.as_deref()),
        ("du", past.valid_until.as_deref()),
    ];
    let mut entry = vec![("tg", target(past.target.as_ref())?)];
    let mut before = "";
    for (name, date) in dates {
        entry.push((name, full_date(date, name)?));
        // Dates of this form are in the order of their letters.
        let date = date.unwrap_or_default();
        if date < before {
            return Err(IssueError::Malformed(name));
        }
        before = date;
    }
    Ok(entry)
}

/// Whether a code stands in the EU's value set and may be used for new certificates.
fn is_listed(set: Set, coded: &Coded) -> bool {
    let Some(row) = set.row(&coded.code).filter(|row| row.eu) else { return false };
    let same_system = coded.system.as_deref().is_none_or(|system| system == &*row.system);
    // Our set of kinds has those of the WHO as well.
    same_system && (set != Set::Prophylaxes || &*row.system == SNOMED)
}

fn is_of_catalogue(product: &Coded) -> bool {
    let system = product.system.as_deref().unwrap_or_default();
    Catalogue::builtin().vaccine(system, &product.code).is_some()
}

fn target(target: Option<&Coded>) -> Result<Member, IssueError> {
    let target = target.ok_or(IssueError::Missing("tg"))?;
    let same_system = target.system.as_deref().is_none_or(|system| system == SNOMED);
    if &*target.code == COVID_19 && same_system {
        Ok(Member::Text(COVID_19.into()))
    } else {
        Err(IssueError::NotStatable("tg"))
    }
}

/// The kind of a test, by its code, else by its word. Antibodies have no place in these
/// certificates.
fn kind_of(result: &TestResult) -> Result<&'static str, IssueError> {
    let code = result.test.as_ref().map(|test| &*test.code).filter(|code| !code.is_empty());
    let row = code.and_then(|code| Set::Tests.row(code));
    let word = row.and_then(|row| row.kind.as_deref()).or(result.kind.as_deref());
    match (word, code) {
        (Some("nucleic-acid"), _) => Ok(NAAT),
        (Some("antigen"), _) => Ok(RAT),
        (None, None) => Err(IssueError::Missing("tt")),
        _ => Err(IssueError::NotStatable("tt")),
    }
}

/// The result, by its code, else by the word for it: one that is pending, doubtful or invalid is
/// none that can be certified.
fn outcome(result: &TestResult) -> Result<Member, IssueError> {
    let code = result.result.as_ref().map(|result| &*result.code).filter(|code| !code.is_empty());
    let row = code.and_then(|code| Set::Results.row(code));
    let word = row.and_then(|row| row.outcome.as_deref()).or(result.outcome.as_deref());
    match (word, code) {
        (Some("negative"), _) => Ok(Member::Text(NOT_DETECTED.into())),
        (Some("positive"), _) => Ok(Member::Text(DETECTED.into())),
        (None, None) => Err(IssueError::Missing("tr")),
        _ => Err(IssueError::NotStatable("tr")),
    }
}

/// The instant of the sample: "date and time with time zone, without fractions of seconds"
/// (eHealth Network, JSON schema specification, `sc`).
fn sampled(text: Option<&str>) -> Result<Member, IssueError> {
    let text = text.ok_or(IssueError::Missing("sc"))?;
    let wrong = IssueError::Malformed("sc");
    if !is_date_time(text) || text.as_bytes().get(10) != Some(&b'T') || When::parse(text).is_err() {
        return Err(wrong);
    }
    let (to_the_second, rest) = text.split_at_checked(19).ok_or(wrong)?;
    let zone = rest.find(['Z', '+', '-']).and_then(|at| rest.get(at..)).ok_or(wrong)?;
    Ok(Member::Text(format!("{to_the_second}{zone}").into()))
}

fn country_of(provenance: &Provenance) -> Result<Box<str>, IssueError> {
    let code = provenance.country.as_deref().ok_or(IssueError::Missing("co"))?;
    country(code).map(|known| known.alpha2.into()).ok_or(IssueError::Malformed("co"))
}

fn short(text: Option<&str>, name: &'static str) -> Result<Member, IssueError> {
    let text: String = text.ok_or(IssueError::Missing(name))?.nfc().collect();
    match text.chars().count() {
        1..=TEXT_CHARACTERS_MAX => Ok(Member::Text(text.into())),
        _ => Err(IssueError::Malformed(name)),
    }
}

fn positive(number: Option<u32>, name: &'static str) -> Result<Member, IssueError> {
    match number {
        Some(0) => Err(IssueError::Malformed(name)),
        Some(number) => Ok(Member::Number(number)),
        None => Err(IssueError::Missing(name)),
    }
}

fn full_date(text: Option<&str>, name: &'static str) -> Result<Member, IssueError> {
    let text = text.ok_or(IssueError::Missing(name))?;
    if is_date(text) { Ok(Member::Text(text.into())) } else { Err(IssueError::Malformed(name)) }
}

/// Whether a text is a year, month or day of 1900 to 2099 that exists.
pub(super) fn is_birth_date(text: &str) -> bool {
    is_partial_date(text) && When::parse(text).is_ok()
}
