//! The fact `records`: vaccinations, tests and recoveries as compact CBOR, an array of at most
//! [`CERTIFICATE_RECORDS_MAX`] maps. Fields that are not known are absent; keys that are not
//! known are passed over.
//!
//! | key | field | value | of |
//! |---|---|---|---|
//! | 0 | kind | unsigned: 0 vaccination, 1 test, 2 recovery | all |
//! | 1 | target | code | all |
//! | 2 | kind of vaccine | code | vaccination |
//! | 3 | product | code | vaccination |
//! | 4 | maker | code | vaccination |
//! | 5 | dose | unsigned | vaccination |
//! | 6 | doses | unsigned | vaccination |
//! | 7 | date; of a recovery, of the first positive result | time | vaccination, recovery |
//! | 8 | lot | text | vaccination |
//! | 9 | valid from | time | vaccination, recovery |
//! | 10 | valid until | time | vaccination, recovery |
//! | 11 | country or region where it happened | text | all |
//! | 12 | authority | text | all |
//! | 13 | id of the certificate or record | text | all |
//! | 14 | performer | text | all |
//! | 15 | test | code | test |
//! | 16 | kind of test | unsigned: 0 nucleic acid, 1 antigen, 2 antibody; or text | test |
//! | 17 | name of the test | text | test |
//! | 18 | device | code | test |
//! | 19 | sampled at | time | test |
//! | 20 | reported at | time | test |
//! | 21 | result | code | test |
//! | 22 | outcome | unsigned, as of the fact 7; or text | test |
//! | 23 | place in our catalogue | array [system, text] | vaccination |
//! | 24 | name admitted by China's authority | text | vaccination |
//!
//! - A *code* is a text, a code of this field's value set; or an array [system, text], a code of
//!   our catalogue; or an array [system, text, English or null, Chinese or null].
//! - A *system* is an unsigned number, its place in `parts::SYSTEMS`; or a text, its URI; or null.
//! - A *time* is an integer, a day (days since 1970-01-01); an array [seconds] or
//!   [seconds, minutes east of UTC], an instant; or a text, anything else.
//!
//! What follows from codes (names, maker, place in the catalogue, outcome) is not written.

mod parts;

use super::AssertionError;
use crate::cbor::{CborError, Key, KeyOrder, Reader};
use crate::foreign::value_sets::Set;
use crate::foreign::{CatalogueCode, Provenance, Record, Recovery, TestResult, Vaccination};
use hutong_model::limits::CERTIFICATE_RECORDS_MAX;
use minicbor::Encoder;
use parts::{Fields, KINDS, OUTCOMES};
use std::convert::Infallible;

pub(super) type Encoded = Result<(), minicbor::encode::Error<Infallible>>;

const KIND: i64 = 0;
const TARGET: i64 = 1;
const VACCINE: i64 = 2;
const PRODUCT: i64 = 3;
const MAKER: i64 = 4;
const DOSE: i64 = 5;
const DOSES: i64 = 6;
const DATE: i64 = 7;
const LOT: i64 = 8;
const VALID_FROM: i64 = 9;
const VALID_UNTIL: i64 = 10;
const COUNTRY: i64 = 11;
const AUTHORITY: i64 = 12;
const CERTIFICATE: i64 = 13;
const PERFORMER: i64 = 14;
const TEST: i64 = 15;
const TEST_KIND: i64 = 16;
const TEST_NAME: i64 = 17;
const DEVICE: i64 = 18;
const SAMPLED_AT: i64 = 19;
const REPORTED_AT: i64 = 20;
const RESULT: i64 = 21;
const OUTCOME: i64 = 22;
const CATALOGUE: i64 = 23;
const NMPA: i64 = 24;
const KIND_VACCINATION: u64 = 0;
const KIND_TEST: u64 = 1;
const KIND_RECOVERY: u64 = 2;
/// Fields of one record at most, those that are passed over included.
const FIELDS_MAX: usize = 32;

/// Checks that records can be stated: that what is written will be read as it is.
pub(super) fn check(records: &[Record]) -> Result<(), AssertionError> {
    if records.is_empty() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    // INVARIANT: writing to a vector cannot fail.
    let _ = write(records, &mut Encoder::new(&mut bytes));
    let read = read(&mut Reader::new(&bytes))?;
    let same = records.iter().zip(&read).all(|(stated, read)| stated.clone().completed() == *read);
    if same && read.len() == records.len() { Ok(()) } else { Err(AssertionError::Claim("records")) }
}

pub(super) fn write(records: &[Record], e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    e.array(records.len() as u64)?;
    for record in records {
        let fields = match record {
            Record::Vaccination(vaccination) => vaccination_fields(vaccination),
            Record::Test(test) => test_fields(test),
            Record::Recovery(recovery) => recovery_fields(recovery),
        };
        fields.write(e)?;
    }
    Ok(())
}

fn vaccination_fields(stated: &Vaccination) -> Fields {
    // What a reader finds by itself.
    let mut bare = stated.clone();
    (bare.maker, bare.catalogue, bare.nmpa) = (None, None, None);
    let found = bare.completed();
    let mut fields = Fields::default();
    fields.uint(KIND, Some(KIND_VACCINATION));
    fields.coded(TARGET, Set::Agents, stated.target.as_ref());
    fields.coded(VACCINE, Set::Prophylaxes, stated.vaccine.as_ref());
    fields.coded(PRODUCT, Set::Products, stated.product.as_ref());
    let maker = stated.maker.as_ref().filter(|_| stated.maker != found.maker);
    fields.coded(MAKER, Set::Makers, maker);
    fields.uint(DOSE, stated.dose.map(u64::from));
    fields.uint(DOSES, stated.doses.map(u64::from));
    fields.time(DATE, stated.date.as_deref());
    fields.text(LOT, stated.lot.as_deref());
    fields.time(VALID_FROM, stated.valid_from.as_deref());
    fields.time(VALID_UNTIL, stated.valid_until.as_deref());
    fields.provenance(&stated.provenance);
    if let Some(place) = &stated.catalogue
        && stated.catalogue != found.catalogue
    {
        fields.put(CATALOGUE, |e| {
            e.array(2)?;
            parts::write_system(Some(&place.system), e)?;
            e.str(&place.code).map(drop)
        });
    }
    let nmpa = stated.nmpa.as_deref().filter(|_| stated.nmpa != found.nmpa);
    fields.text(NMPA, nmpa);
    fields
}

fn test_fields(stated: &TestResult) -> Fields {
    let mut bare = stated.clone();
    (bare.kind, bare.outcome) = (None, None);
    let found = bare.completed();
    let mut fields = Fields::default();
    fields.uint(KIND, Some(KIND_TEST));
    fields.coded(TARGET, Set::Agents, stated.target.as_ref());
    fields.provenance(&stated.provenance);
    fields.coded(TEST, Set::Tests, stated.test.as_ref());
    let kind = stated.kind.as_deref().filter(|_| stated.kind != found.kind);
    fields.word(TEST_KIND, &KINDS, kind);
    fields.text(TEST_NAME, stated.name.as_deref());
    fields.coded(DEVICE, Set::Makers, stated.device.as_ref());
    fields.time(SAMPLED_AT, stated.sampled_at.as_deref());
    fields.time(REPORTED_AT, stated.reported_at.as_deref());
    fields.coded(RESULT, Set::Results, stated.result.as_ref());
    let outcome = stated.outcome.as_deref().filter(|_| stated.outcome != found.outcome);
    fields.word(OUTCOME, &OUTCOMES, outcome);
    fields
}

fn recovery_fields(stated: &Recovery) -> Fields {
    let mut fields = Fields::default();
    fields.uint(KIND, Some(KIND_RECOVERY));
    fields.coded(TARGET, Set::Agents, stated.target.as_ref());
    fields.time(DATE, stated.first_positive.as_deref());
    fields.time(VALID_FROM, stated.valid_from.as_deref());
    fields.time(VALID_UNTIL, stated.valid_until.as_deref());
    fields.provenance(&stated.provenance);
    fields
}

/// Reads the array. An empty one would be a second way to state nothing.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<Record>, AssertionError> {
    let count = reader.array(CERTIFICATE_RECORDS_MAX)?;
    if count == 0 {
        return Err(AssertionError::Claim("records"));
    }
    (0..count).map(|_| read_one(reader)).collect()
}

fn read_one(reader: &mut Reader<'_>) -> Result<Record, AssertionError> {
    let count = reader.map(FIELDS_MAX)?;
    let mut order = KeyOrder::default();
    // The kind has the lowest key, so that it comes first.
    if count == 0 || reader.next_key(&mut order)? != Key::Int(KIND) {
        return Err(AssertionError::Claim("records/kind"));
    }
    let mut record = match reader.uint()? {
        KIND_VACCINATION => Record::Vaccination(Box::default()),
        KIND_TEST => Record::Test(Box::default()),
        KIND_RECOVERY => Record::Recovery(Box::default()),
        _ => return Err(AssertionError::Claim("records/kind")),
    };
    for _ in 1..count {
        let Key::Int(key) = reader.next_key(&mut order)? else {
            reader.skip()?;
            continue;
        };
        let known = match &mut record {
            Record::Vaccination(vaccination) => read_vaccination(vaccination, key, reader)?,
            Record::Test(test) => read_test(test, key, reader)?,
            Record::Recovery(recovery) => read_recovery(recovery, key, reader)?,
        };
        if !known {
            reader.skip()?;
        }
    }
    Ok(record.completed())
}

/// Reads one field; false where it is none of a vaccination.
fn read_vaccination(
    vaccination: &mut Vaccination,
    key: i64,
    reader: &mut Reader<'_>,
) -> Result<bool, AssertionError> {
    match key {
        TARGET => vaccination.target = Some(parts::coded(reader, Set::Agents)?),
        VACCINE => vaccination.vaccine = Some(parts::coded(reader, Set::Prophylaxes)?),
        PRODUCT => vaccination.product = Some(parts::coded(reader, Set::Products)?),
        MAKER => vaccination.maker = Some(parts::coded(reader, Set::Makers)?),
        DOSE => vaccination.dose = Some(small(reader)?),
        DOSES => vaccination.doses = Some(small(reader)?),
        DATE => vaccination.date = Some(parts::time(reader)?),
        LOT => vaccination.lot = Some(parts::text(reader)?),
        VALID_FROM => vaccination.valid_from = Some(parts::time(reader)?),
        VALID_UNTIL => vaccination.valid_until = Some(parts::time(reader)?),
        CATALOGUE => {
            reader.array_of(2)?;
            let system =
                parts::system(reader)?.ok_or(AssertionError::Claim("records/catalogue"))?;
            let code = parts::code(reader)?.to_owned().into();
            vaccination.catalogue = Some(CatalogueCode { system, code });
        }
        NMPA => vaccination.nmpa = Some(parts::text(reader)?.into_string().into()),
        _ => return read_provenance(&mut vaccination.provenance, key, reader),
    }
    Ok(true)
}

fn read_test(
    test: &mut TestResult,
    key: i64,
    reader: &mut Reader<'_>,
) -> Result<bool, AssertionError> {
    match key {
        TARGET => test.target = Some(parts::coded(reader, Set::Agents)?),
        TEST => test.test = Some(parts::coded(reader, Set::Tests)?),
        TEST_KIND => test.kind = Some(parts::word(reader, &KINDS)?),
        TEST_NAME => test.name = Some(parts::text(reader)?),
        DEVICE => test.device = Some(parts::coded(reader, Set::Makers)?),
        SAMPLED_AT => test.sampled_at = Some(parts::time(reader)?),
        REPORTED_AT => test.reported_at = Some(parts::time(reader)?),
        RESULT => test.result = Some(parts::coded(reader, Set::Results)?),
        OUTCOME => test.outcome = Some(parts::word(reader, &OUTCOMES)?),
        _ => return read_provenance(&mut test.provenance, key, reader),
    }
    Ok(true)
}

fn read_recovery(
    recovery: &mut Recovery,
    key: i64,
    reader: &mut Reader<'_>,
) -> Result<bool, AssertionError> {
    match key {
        TARGET => recovery.target = Some(parts::coded(reader, Set::Agents)?),
        DATE => recovery.first_positive = Some(parts::time(reader)?),
        VALID_FROM => recovery.valid_from = Some(parts::time(reader)?),
        VALID_UNTIL => recovery.valid_until = Some(parts::time(reader)?),
        _ => return read_provenance(&mut recovery.provenance, key, reader),
    }
    Ok(true)
}

fn read_provenance(
    provenance: &mut Provenance,
    key: i64,
    reader: &mut Reader<'_>,
) -> Result<bool, AssertionError> {
    match key {
        COUNTRY => provenance.country = Some(parts::text(reader)?),
        AUTHORITY => provenance.authority = Some(parts::text(reader)?),
        CERTIFICATE => provenance.certificate = Some(parts::text(reader)?),
        PERFORMER => provenance.performer = Some(parts::text(reader)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn small(reader: &mut Reader<'_>) -> Result<u32, AssertionError> {
    Ok(u32::try_from(reader.uint()?).map_err(|_| CborError::Large)?)
}
