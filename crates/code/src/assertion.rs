//! The assertion: a CWT (RFC 8392) in `COSE_Sign1` (RFC 9052), bound to the holder's device by
//! `cnf` (RFC 8747), or on paper to a masked name and document. Deliberately small: it must fit a
//! QR beside a second signature.
//!
//! The payload is a map in deterministic CBOR (RFC 8949 section 4.2.1):
//!
//! | key | claim | value |
//! |---|---|---|
//! | 1 | `iss` | text: region code of the issuing node |
//! | 2 | `sub` | text, 22: the 16 bytes of the person's id at the issuing node, in base64url |
//! | 4 | `exp` | unsigned: seconds since 1970, the first second at which it no longer holds |
//! | 6 | `iat` | unsigned: seconds since 1970 |
//! | 7 | `cti` | bytes, 16: random, names this assertion |
//! | 8 | `cnf` | map { 1: `COSE_Key` of the device }; absent in a paper code |
//! | -65537 | private (RFC 8392 section 9.1.1, private use) | map, below |
//!
//! | key in -65537 | fact | value |
//! |---|---|---|
//! | 1 | level | unsigned: 0 green, 1 yellow, 2 red; absent outside any event |
//! | 2 | reasons | array of unsigned: codes of [`crate::reason`]; absent when empty |
//! | 3 | event | text: id of the event; exactly when there is a level |
//! | 4 | rule pack | array [text id, text version]; exactly when there is a level |
//! | 5 | region of residence | text: region code |
//! | 6 | vaccination complete | boolean |
//! | 7 | last nucleic-acid test | array [unsigned seconds since 1970, unsigned outcome] |
//! | 8 | masked name | text; exactly in a paper code |
//! | 9 | masked document | text; exactly in a paper code |
//! | 10 | records | array, see below; makes it a certificate of records |
//! | 11 | ledger leaf | bytes, 20: the beginning of the hash of the decision's line; only with a level |
//!
//! Outcomes are 0 negative, 1 positive, 2 inconclusive, 3 pending, 4 invalid sample.
//! A certificate of records states vaccinations, tests and recoveries, on paper alone, and no
//! level: that is why it may live for [`CERTIFICATE_S_MAX`] and anything else for
//! [`ASSERTION_S_MAX`]. How the records are written stands in the documentation of the module
//! `records` (and in `docs/codes.md`).
//!
//! Claims and facts with other keys are passed over, as RFC 8392 section 3 asks.

mod records;
mod wire;

use crate::cbor::CborError;
use crate::cose_key::CoseKey;
use crate::foreign::Record;
use crate::reason::ReasonCode;
use crate::sign1::{self, Sign1, Sign1Error};
use crate::suite::{Algorithm, KeyId, Sign, SuiteError, VerifyingKey};
use hutong_model::limits::{
    ASSERTION_REASONS_MAX, ASSERTION_S_MAX, CERTIFICATE_RECORDS_MAX, CERTIFICATE_S_MAX,
};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest id of an event or rule pack, in bytes.
pub const LABEL_BYTES_MAX: usize = 32;
/// Longest masked name or document, in bytes.
pub const MASKED_BYTES_MAX: usize = 64;

/// Why an assertion was not made, or bytes are not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Not a `COSE_Sign1` of the one shape.
    #[error(transparent)]
    Sign1(#[from] Sign1Error),
    /// The claims are not the CBOR of the table.
    #[error("claims: {0}")]
    Cbor(#[from] CborError),
    /// A claim is missing, out of its range, or does not go with another.
    #[error("claim {0} is missing or malformed")]
    Claim(&'static str),
    /// Lives for longer than permitted, or ends before it begins.
    #[error(
        "the assertion's life is not between 1 and {ASSERTION_S_MAX} s (of a certificate of \
         records, {CERTIFICATE_S_MAX} s)"
    )]
    Life,
    /// The key failed to sign.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// The id of an event or of a rule pack, or its version: 1 to 32 of `A-Z a-z 0-9 . - _ :`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(Box<str>);

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// [`AssertionError::Claim`] for any other text.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        let fits = (1..=LABEL_BYTES_MAX).contains(&text.len());
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
        if fits && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(AssertionError::Claim("label"))
        }
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl TryFrom<String> for Label {
    type Error = AssertionError;
    fn try_from(text: String) -> Result<Self, AssertionError> {
        Self::parse(&text)
    }
}
impl From<Label> for String {
    fn from(label: Label) -> String {
        label.0.into()
    }
}
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({})", self.0)
    }
}

/// A rule pack in one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PackRef {
    /// Which pack.
    pub id: Label,
    /// Which version of it.
    pub version: Label,
}

/// A level with what it rests on. A level without its event and rule pack cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The level.
    pub level: Level,
    /// Why, at most [`ASSERTION_REASONS_MAX`].
    pub reasons: Vec<ReasonCode>,
    /// Within which event.
    pub event: Label,
    /// By which rules.
    pub pack: PackRef,
    /// Where the issuer's ledger says so.
    pub leaf: Option<LeafRef>,
}

/// A line of the issuer's public ledger, by the first 20 bytes of its hash. By signing an assertion
/// with it the issuer promises that the line is in the ledger, or will be within a minute
/// (`docs/ledger.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeafRef([u8; Self::BYTES]);

impl LeafRef {
    /// Bytes that an assertion carries: enough that nobody finds two lines that share them.
    pub const BYTES: usize = 20;

    /// Wraps the bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
    /// Names a line by its hash (RFC 6962 section 2.1).
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        let mut bytes = [0; Self::BYTES];
        bytes.copy_from_slice(&hash[..Self::BYTES]);
        Self(bytes)
    }
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// The last nucleic-acid test, as a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastTest {
    /// When, in whole seconds.
    pub at: Timestamp,
    /// What it found. A measured value is no badge.
    pub outcome: TestOutcome,
}

/// Facts shown beside the level, each only when known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Badges {
    /// Whether the vaccination is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vaccination_complete: Option<bool>,
    /// The last nucleic-acid test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_test: Option<LastTest>,
}

/// A name and a document number with all but a little hidden, as on a paper code. The verifier
/// compares them with the document that the person shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MaskedText")]
pub struct Masked {
    name: Box<str>,
    document: Box<str>,
}

impl Masked {
    /// Takes a masked name and a masked document number, such as
    /// `Demographics::masked_name` and `Document::masked` make.
    ///
    /// # Errors
    /// [`AssertionError::Claim`] when either hides nothing, is empty, or is longer than
    /// [`MASKED_BYTES_MAX`]. A name of one character has nothing to hide and is taken as it is.
    pub fn parse(name: &str, document: &str) -> Result<Self, AssertionError> {
        let fits = |text: &str| (1..=MASKED_BYTES_MAX).contains(&text.len());
        let hides = |text: &str| text.contains('*') && !text.chars().any(char::is_control);
        if !fits(name) || (name.chars().count() > 1 && !hides(name)) {
            return Err(AssertionError::Claim("masked name"));
        }
        if !fits(document) || !hides(document) {
            return Err(AssertionError::Claim("masked document"));
        }
        Ok(Self { name: name.into(), document: document.into() })
    }
    /// The masked name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The masked document number.
    pub fn document(&self) -> &str {
        &self.document
    }
}

#[derive(Deserialize)]
struct MaskedText {
    name: Box<str>,
    document: Box<str>,
}

impl TryFrom<MaskedText> for Masked {
    type Error = AssertionError;
    fn try_from(text: MaskedText) -> Result<Self, AssertionError> {
        Self::parse(&text.name, &text.document)
    }
}

/// What ties the assertion to the person who shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The key of their device.
    Device(CoseKey),
    /// A paper code: their masked name and document.
    Paper(Masked),
}

/// What an assertion states. Times are in whole seconds; milliseconds are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionClaims {
    /// The issuing node's region.
    pub issuer: RegionCode,
    /// The person's id at the issuing node.
    pub subject: PersonId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The first instant at which it no longer holds.
    pub expires_at: Timestamp,
    /// Sixteen random bytes that name this assertion.
    pub cti: [u8; 16],
    /// Device or paper.
    pub holder: Holder,
    /// The level; none for a plain credential outside any event.
    pub standing: Option<Standing>,
    /// Where the person lives.
    pub residence: Option<RegionCode>,
    /// Facts shown beside the level.
    pub badges: Badges,
    /// The records of a certificate of records, at most [`CERTIFICATE_RECORDS_MAX`]; none in any
    /// other assertion. They are stated and read as [`Record::completed`] gives them.
    pub records: Vec<Record>,
}

impl AssertionClaims {
    /// Whether this is a paper code.
    pub fn is_paper(&self) -> bool {
        matches!(self.holder, Holder::Paper(_))
    }

    fn check(&self) -> Result<(), AssertionError> {
        let life_s = self.expires_at.unix_s().saturating_sub(self.issued_at.unix_s());
        let life_s_max = if self.records.is_empty() { ASSERTION_S_MAX } else { CERTIFICATE_S_MAX };
        if !(1..=life_s_max).contains(&life_s) || self.issued_at.unix_s() < 0 {
            return Err(AssertionError::Life);
        }
        // What lives for years is no level, and is not bound to a phone that will be replaced.
        if !self.records.is_empty() && (self.standing.is_some() || !self.is_paper()) {
            return Err(AssertionError::Claim("records"));
        }
        if self.records.len() > CERTIFICATE_RECORDS_MAX {
            return Err(AssertionError::Claim("records"));
        }
        if self.standing.as_ref().is_some_and(|s| s.reasons.len() > ASSERTION_REASONS_MAX) {
            return Err(AssertionError::Claim("reasons"));
        }
        match self.badges.last_test {
            Some(test) if test.outcome == TestOutcome::Measured || test.at.unix_s() < 0 => {
                Err(AssertionError::Claim("last test"))
            }
            _ => Ok(()),
        }
    }
}

/// Makes a signed assertion (a tagged `COSE_Sign1`).
///
/// # Errors
/// [`AssertionError`] when a claim is out of range, the life is not between one second and
/// [`ASSERTION_S_MAX`] ([`CERTIFICATE_S_MAX`] with records), or the key fails.
pub fn issue(claims: &AssertionClaims, key: &dyn Sign) -> Result<Vec<u8>, AssertionError> {
    claims.check()?;
    records::check(&claims.records)?;
    Ok(sign1::sign(&wire::write(claims), &[], key)?)
}

/// An assertion, read but not verified: until [`Assertion::verify`] succeeds, nothing in it is
/// known to be true.
#[derive(Debug)]
pub struct Assertion<'b> {
    sign1: Sign1<'b>,
    claims: AssertionClaims,
}

impl<'b> Assertion<'b> {
    /// Reads an assertion, tagged or not.
    ///
    /// # Errors
    /// [`AssertionError`] naming what is malformed.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, AssertionError> {
        let sign1 = Sign1::parse(bytes)?;
        let claims = wire::read(sign1.payload)?;
        claims.check()?;
        Ok(Self { sign1, claims })
    }
    /// What it states.
    pub fn claims(&self) -> &AssertionClaims {
        &self.claims
    }
    /// What it states, leaving the bytes behind.
    pub fn into_claims(self) -> AssertionClaims {
        self.claims
    }
    /// The algorithm it says it was signed with.
    pub fn algorithm(&self) -> Algorithm {
        self.sign1.algorithm
    }
    /// The key it says it was signed with.
    pub fn key_id(&self) -> KeyId {
        self.sign1.key_id
    }
    /// The bytes that were signed (RFC 9052 section 4.4).
    pub fn message(&self) -> Vec<u8> {
        self.sign1.message(&[])
    }
    /// The signature.
    pub fn signature(&self) -> &'b [u8] {
        self.sign1.signature
    }
    /// Verifies the issuer's signature with one key.
    ///
    /// # Errors
    /// [`SuiteError::Algorithm`] when the key is of another algorithm than the header says,
    /// [`SuiteError::Signature`] when the signature is not this key's.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), SuiteError> {
        if key.algorithm() != self.sign1.algorithm {
            return Err(SuiteError::Algorithm);
        }
        key.verify(&self.message(), self.sign1.signature)
    }
}
