//! The claims as CBOR; the table is in the documentation of the parent module.

use super::{
    AssertionClaims, AssertionError, Badges, Holder, LABEL_BYTES_MAX, Label, LastTest, LeafRef,
    MASKED_BYTES_MAX, Masked, PackRef, Standing, records,
};
use crate::cbor::{Key, KeyOrder, Reader};
use crate::cose_key::CoseKey;
use crate::foreign::Record;
use crate::reason::ReasonCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::limits::ASSERTION_REASONS_MAX;
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};
use minicbor::Encoder;
use std::convert::Infallible;

const ISS: i64 = 1;
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const CTI: i64 = 7;
const CNF: i64 = 8;
const CNF_COSE_KEY: i64 = 1;
const PRIVATE: i64 = -65537;
const LEVEL: i64 = 1;
const REASONS: i64 = 2;
const EVENT: i64 = 3;
const PACK: i64 = 4;
const RESIDENCE: i64 = 5;
const VACCINATION: i64 = 6;
const TEST: i64 = 7;
const MASKED_NAME: i64 = 8;
const MASKED_DOCUMENT: i64 = 9;
const RECORDS: i64 = 10;
const LEAF: i64 = 11;
/// Claims, or facts, at most, those that are passed over included.
const KEYS_MAX: usize = 24;
/// Characters of a person's id in base64url.
const SUB_CHARACTERS: usize = 22;
/// Bytes of claims that fit a QR of version 15 at M: 600 characters are `HT1:` and 397 bytes, of
/// which the presentation takes 92 (with a nonce) and the `COSE_Sign1` 86.
const PAYLOAD_BYTES_ROOM: usize = 219;
/// Latest instant that is read, in seconds: the end of the year 9999.
const TIME_S_MAX: u64 = 253_402_300_799;

type Encoded = Result<(), minicbor::encode::Error<Infallible>>;

/// The device's key is written whole where the presentation still fits the QR.
pub(super) fn write(claims: &AssertionClaims) -> Vec<u8> {
    let has_y = matches!(&claims.holder, Holder::Device(key) if key.has_y());
    let whole = write_form(claims, has_y);
    if has_y && whole.len() > PAYLOAD_BYTES_ROOM { write_form(claims, false) } else { whole }
}

fn write_form(claims: &AssertionClaims, whole_y: bool) -> Vec<u8> {
    let mut payload = Vec::with_capacity(256);
    // INVARIANT: writing to a vector cannot fail.
    let _ = write_claims(claims, whole_y, &mut Encoder::new(&mut payload));
    payload
}

fn write_claims(claims: &AssertionClaims, whole_y: bool, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    let facts = count_facts(claims);
    let device = u64::from(!claims.is_paper());
    e.map(5 + device + u64::from(facts > 0))?;
    e.i64(ISS)?.str(claims.issuer.as_str())?.i64(SUB)?;
    let mut subject = [0; SUB_CHARACTERS];
    // INVARIANT: 16 bytes are 22 characters, and the alphabet is ASCII.
    let _ = URL_SAFE_NO_PAD.encode_slice(claims.subject.as_bytes(), &mut subject);
    e.str(std::str::from_utf8(&subject).unwrap_or_default())?;
    e.i64(EXP)?.i64(claims.expires_at.unix_s())?.i64(IAT)?.i64(claims.issued_at.unix_s())?;
    e.i64(CTI)?.bytes(&claims.cti)?;
    if let Holder::Device(key) = &claims.holder {
        e.i64(CNF)?.map(1)?.i64(CNF_COSE_KEY)?;
        key.write(e, whole_y)?;
    }
    if facts > 0 {
        e.i64(PRIVATE)?.map(facts)?;
        write_facts(claims, e)?;
    }
    Ok(())
}

fn count_facts(claims: &AssertionClaims) -> u64 {
    let standing = claims.standing.as_ref().map_or(0, |standing| {
        3 + u64::from(!standing.reasons.is_empty()) + u64::from(standing.leaf.is_some())
    });
    standing
        + u64::from(claims.residence.is_some())
        + u64::from(claims.badges.vaccination_complete.is_some())
        + u64::from(claims.badges.last_test.is_some())
        + if claims.is_paper() { 2 } else { 0 }
        + u64::from(!claims.records.is_empty())
}

fn write_facts(claims: &AssertionClaims, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
    if let Some(standing) = &claims.standing {
        e.i64(LEVEL)?.u8(level_number(standing.level))?;
        if !standing.reasons.is_empty() {
            e.i64(REASONS)?.array(standing.reasons.len() as u64)?;
            for reason in &standing.reasons {
                e.u16(reason.number())?;
            }
        }
        e.i64(EVENT)?.str(standing.event.as_str())?;
        e.i64(PACK)?.array(2)?.str(standing.pack.id.as_str())?;
        e.str(standing.pack.version.as_str())?;
    }
    if let Some(residence) = &claims.residence {
        e.i64(RESIDENCE)?.str(residence.as_str())?;
    }
    if let Some(complete) = claims.badges.vaccination_complete {
        e.i64(VACCINATION)?.bool(complete)?;
    }
    if let Some(test) = claims.badges.last_test {
        e.i64(TEST)?.array(2)?.i64(test.at.unix_s())?.u8(outcome_number(test.outcome))?;
    }
    if let Holder::Paper(masked) = &claims.holder {
        e.i64(MASKED_NAME)?.str(masked.name())?;
        e.i64(MASKED_DOCUMENT)?.str(masked.document())?;
    }
    if !claims.records.is_empty() {
        e.i64(RECORDS)?;
        records::write(&claims.records, e)?;
    }
    if let Some(leaf) = claims.standing.as_ref().and_then(|standing| standing.leaf) {
        e.i64(LEAF)?.bytes(leaf.as_bytes())?;
    }
    Ok(())
}

const fn level_number(level: Level) -> u8 {
    match level {
        Level::Green => 0,
        Level::Yellow => 1,
        Level::Red => 2,
    }
}

const fn outcome_number(outcome: TestOutcome) -> u8 {
    match outcome {
        TestOutcome::Negative => 0,
        TestOutcome::Positive => 1,
        TestOutcome::Inconclusive => 2,
        TestOutcome::Pending => 3,
        TestOutcome::Invalid => 4,
        TestOutcome::Measured => 5,
    }
}

fn level_of(number: u64) -> Option<Level> {
    [Level::Green, Level::Yellow, Level::Red]
        .into_iter()
        .find(|level| u64::from(level_number(*level)) == number)
}

fn outcome_of(number: u64) -> Option<TestOutcome> {
    [
        TestOutcome::Negative,
        TestOutcome::Positive,
        TestOutcome::Inconclusive,
        TestOutcome::Pending,
        TestOutcome::Invalid,
    ]
    .into_iter()
    .find(|outcome| u64::from(outcome_number(*outcome)) == number)
}

#[derive(Default)]
struct Claims<'b> {
    issuer: Option<RegionCode>,
    subject: Option<PersonId>,
    expires_at: Option<Timestamp>,
    issued_at: Option<Timestamp>,
    cti: Option<[u8; 16]>,
    device: Option<CoseKey>,
    facts: Facts<'b>,
}

#[derive(Default)]
struct Facts<'b> {
    level: Option<Level>,
    reasons: Vec<ReasonCode>,
    event: Option<Label>,
    pack: Option<PackRef>,
    residence: Option<RegionCode>,
    badges: Badges,
    masked_name: Option<&'b str>,
    masked_document: Option<&'b str>,
    records: Vec<Record>,
    leaf: Option<LeafRef>,
}

pub(super) fn read(payload: &[u8]) -> Result<AssertionClaims, AssertionError> {
    let mut reader = Reader::new(payload);
    let (mut claims, mut order) = (Claims::default(), KeyOrder::default());
    for _ in 0..reader.map(KEYS_MAX)? {
        match reader.next_key(&mut order)? {
            Key::Int(key) => claims.read_one(key, &mut reader)?,
            Key::Text(_) => reader.skip()?,
        }
    }
    reader.finish()?;
    claims.finish()
}

impl<'b> Claims<'b> {
    fn read_one(&mut self, key: i64, reader: &mut Reader<'b>) -> Result<(), AssertionError> {
        match key {
            ISS => self.issuer = Some(region(reader, "iss")?),
            SUB => self.subject = Some(subject(reader)?),
            EXP => self.expires_at = Some(time(reader, "exp")?),
            IAT => self.issued_at = Some(time(reader, "iat")?),
            CTI => self.cti = Some(reader.bytes_exact()?),
            CNF => {
                reader.map_of(1)?;
                if reader.int()? != CNF_COSE_KEY {
                    return Err(AssertionError::Claim("cnf"));
                }
                let key = CoseKey::read(reader).map_err(|_| AssertionError::Claim("cnf"))?;
                self.device = Some(key);
            }
            PRIVATE => self.facts.read(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn finish(self) -> Result<AssertionClaims, AssertionError> {
        let facts = self.facts;
        let holder = match (self.device, facts.masked_name, facts.masked_document) {
            (Some(key), None, None) => Holder::Device(key),
            (None, Some(name), Some(document)) => Holder::Paper(Masked::parse(name, document)?),
            _ => return Err(AssertionError::Claim("cnf")),
        };
        let standing = match (facts.level, facts.event, facts.pack) {
            (Some(level), Some(event), Some(pack)) => {
                Some(Standing { level, reasons: facts.reasons, event, pack, leaf: facts.leaf })
            }
            (None, None, None) if facts.reasons.is_empty() && facts.leaf.is_none() => None,
            _ => return Err(AssertionError::Claim("level")),
        };
        let missing = AssertionError::Claim;
        Ok(AssertionClaims {
            issuer: self.issuer.ok_or(missing("iss"))?,
            subject: self.subject.ok_or(missing("sub"))?,
            issued_at: self.issued_at.ok_or(missing("iat"))?,
            expires_at: self.expires_at.ok_or(missing("exp"))?,
            cti: self.cti.ok_or(missing("cti"))?,
            holder,
            standing,
            residence: facts.residence,
            badges: facts.badges,
            records: facts.records,
        })
    }
}

impl<'b> Facts<'b> {
    fn read(&mut self, reader: &mut Reader<'b>) -> Result<(), AssertionError> {
        let mut order = KeyOrder::default();
        for _ in 0..reader.map(KEYS_MAX)? {
            match reader.next_key(&mut order)? {
                Key::Int(key) => self.read_one(key, reader)?,
                Key::Text(_) => reader.skip()?,
            }
        }
        Ok(())
    }

    fn read_one(&mut self, key: i64, reader: &mut Reader<'b>) -> Result<(), AssertionError> {
        match key {
            LEVEL => {
                let level = level_of(reader.uint()?).ok_or(AssertionError::Claim("level"))?;
                self.level = Some(level);
            }
            REASONS => {
                for _ in 0..reader.array(ASSERTION_REASONS_MAX)? {
                    let number = u16::try_from(reader.uint()?);
                    let number = number.map_err(|_| AssertionError::Claim("reasons"))?;
                    self.reasons.push(ReasonCode::from_number(number));
                }
            }
            EVENT => self.event = Some(label(reader)?),
            PACK => {
                reader.array_of(2)?;
                self.pack = Some(PackRef { id: label(reader)?, version: label(reader)? });
            }
            RESIDENCE => self.residence = Some(region(reader, "residence")?),
            VACCINATION => self.badges.vaccination_complete = Some(reader.bool()?),
            TEST => {
                reader.array_of(2)?;
                let at = time(reader, "last test")?;
                let outcome = outcome_of(reader.uint()?);
                let outcome = outcome.ok_or(AssertionError::Claim("last test"))?;
                self.badges.last_test = Some(LastTest { at, outcome });
            }
            MASKED_NAME => self.masked_name = Some(reader.text(MASKED_BYTES_MAX)?),
            MASKED_DOCUMENT => self.masked_document = Some(reader.text(MASKED_BYTES_MAX)?),
            RECORDS => self.records = records::read(reader)?,
            LEAF => self.leaf = Some(LeafRef::from_bytes(reader.bytes_exact()?)),
            _ => reader.skip()?,
        }
        Ok(())
    }
}

fn region(reader: &mut Reader<'_>, claim: &'static str) -> Result<RegionCode, AssertionError> {
    RegionCode::parse(reader.text(12)?).map_err(|_| AssertionError::Claim(claim))
}

fn subject(reader: &mut Reader<'_>) -> Result<PersonId, AssertionError> {
    // The decoder asks for room for three bytes of every four characters, rounded up.
    let mut bytes = [0; 18];
    let text = reader.text(SUB_CHARACTERS)?;
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes);
    match (length, bytes.first_chunk()) {
        (Ok(16), Some(id)) => Ok(PersonId::from_bytes(*id)),
        _ => Err(AssertionError::Claim("sub")),
    }
}

fn label(reader: &mut Reader<'_>) -> Result<Label, AssertionError> {
    Label::parse(reader.text(LABEL_BYTES_MAX)?)
}

fn time(reader: &mut Reader<'_>, claim: &'static str) -> Result<Timestamp, AssertionError> {
    let seconds = reader.uint()?;
    if seconds > TIME_S_MAX {
        return Err(AssertionError::Claim(claim));
    }
    Ok(Timestamp::from_unix_s(seconds.cast_signed()))
}
