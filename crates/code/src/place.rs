//! The code of a place (场所码): what hangs at a door and people scan. `HTP1:` and Base45 (RFC
//! 9285) over a tagged `COSE_Sign1` with the external data `HT1-place`, signed by the assertion
//! key of the region's node. The payload is a CWT (RFC 8392) in deterministic CBOR:
//!
//! | claim | |
//! |---|---|
//! | 1 `iss` | region of the node that issued it |
//! | 2 `sub` | id of the place: 16 bytes, base64url |
//! | 4 `exp`, 6 `iat` | until when it is scanned, when it was issued; seconds since 1970 |
//! | -65538 | 1: the division or grid that it lies in; 2: its name; 3: its kind |

use crate::base45::{self, Base45Error};
use crate::cbor::{CborError, Key, KeyOrder, Reader};
use crate::sign1::{self, Sign1, Sign1Error};
use crate::suite::{KeyId, Sign, SuiteError};
use crate::trust::{KeyPurpose, KeyStatus, TrustList};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::limits::{CODE_TEXT_BYTES_MAX, PLACE_NAME_BYTES_MAX};
use hutong_model::{EntryId, RegionCode, Timestamp};
use minicbor::Encoder;

/// What every code of a place begins with.
pub const PREFIX: &str = "HTP1:";
const EXTERNAL_AAD: &[u8] = b"HT1-place";
const ISS: i64 = 1;
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const PRIVATE: i64 = -65538;
const DIVISION: i64 = 1;
const NAME: i64 = 2;
const KIND: i64 = 3;
const KEYS_MAX: usize = 16;
const KIND_BYTES_MAX: usize = 16;
const SUB_CHARACTERS: usize = 22;

/// Why a text is not the code of a place that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Longer than permitted.
    #[error("longer than permitted")]
    Large,
    /// Does not begin with `HTP1:`.
    #[error("does not begin with {PREFIX}: it is not the code of a place")]
    Prefix,
    /// Not Base45.
    #[error(transparent)]
    Base45(#[from] Base45Error),
    /// Not a `COSE_Sign1`.
    #[error(transparent)]
    Sign1(#[from] Sign1Error),
    /// The payload is not the claims above.
    #[error("claims: {0}")]
    Cbor(#[from] CborError),
    /// A claim is missing or has a value that cannot be.
    #[error("the claim {0} is missing or wrong")]
    Claim(&'static str),
    /// The trust list has no such key of that issuer.
    #[error("signed by key {0}, which is none of the issuer's that is trusted")]
    Key(KeyId),
    /// The issuer's key id, but not its signature.
    #[error("the signature of key {0} is wrong")]
    Signature(KeyId),
    /// It has run out: the place prints a new one.
    #[error("the code has run out; the place prints a new one")]
    Expired,
    /// The signing key failed.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A shop, a market.
    Shop,
    /// A restaurant.
    Restaurant,
    /// An office or a factory.
    Workplace,
    /// A school or nursery.
    School,
    /// A clinic or hospital.
    Medical,
    /// A bus, a train, a station.
    Transport,
    /// A hotel.
    Lodging,
    /// A place of culture, sport or worship.
    Public,
    /// A residential compound.
    Residential,
    /// Anything else.
    Other,
}

impl PlaceKind {
    /// All of them.
    pub const ALL: [PlaceKind; 10] = [
        Self::Shop,
        Self::Restaurant,
        Self::Workplace,
        Self::School,
        Self::Medical,
        Self::Transport,
        Self::Lodging,
        Self::Public,
        Self::Residential,
        Self::Other,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Restaurant => "restaurant",
            Self::Workplace => "workplace",
            Self::School => "school",
            Self::Medical => "medical",
            Self::Transport => "transport",
            Self::Lodging => "lodging",
            Self::Public => "public",
            Self::Residential => "residential",
            Self::Other => "other",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What the code of a place says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceClaims {
    /// Region of the node that issued it.
    pub issuer: RegionCode,
    /// Id of the place.
    pub place: EntryId,
    /// The division or grid that it lies in.
    pub division: RegionCode,
    /// What it is called.
    pub name: Box<str>,
    /// What it is.
    pub kind: PlaceKind,
    /// When the code was issued.
    pub issued_at: Timestamp,
    /// Until when it is scanned.
    pub expires_at: Timestamp,
}

impl PlaceClaims {
    /// The signed code, as the text of a QR symbol.
    ///
    /// # Errors
    /// [`PlaceError`] where the key fails, or the name is too long.
    pub fn issue(&self, key: &dyn Sign) -> Result<String, PlaceError> {
        if !(1..=PLACE_NAME_BYTES_MAX).contains(&self.name.len()) {
            return Err(PlaceError::Claim("name"));
        }
        let signed = sign1::sign(&self.write(), EXTERNAL_AAD, key)?;
        let mut text = PREFIX.to_owned();
        base45::encode_into(&signed, &mut text);
        Ok(text)
    }

    /// Reads a code and checks it with the trust list alone.
    ///
    /// # Errors
    /// [`PlaceError`] names the first thing that is wrong.
    pub fn verify(text: &str, trust: &TrustList, now: Timestamp) -> Result<Self, PlaceError> {
        if text.len() > CODE_TEXT_BYTES_MAX {
            return Err(PlaceError::Large);
        }
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(PlaceError::Prefix)?;
        let bytes = base45::decode(encoded.as_bytes())?;
        let sign1 = Sign1::parse(&bytes)?;
        let claims = Self::read(sign1.payload)?;
        if !claims.issuer.contains(&claims.division) {
            // A region says nothing of places elsewhere.
            return Err(PlaceError::Claim("division"));
        }
        let good = |entry: &crate::trust::TrustedKey| {
            entry.is_for(KeyPurpose::Assertion)
                && entry.status != KeyStatus::Suspended
                && entry.in_window(claims.issued_at)
                && entry.algorithm == sign1.algorithm
        };
        let of_issuer = trust.keys_of(sign1.key_id, claims.issuer);
        let mut keys = of_issuer.filter(|(entry, _)| good(entry)).peekable();
        if keys.peek().is_none() {
            return Err(PlaceError::Key(sign1.key_id));
        }
        let message = sign1.message(EXTERNAL_AAD);
        if !keys.any(|(_, key)| key.verify(&message, sign1.signature).is_ok()) {
            return Err(PlaceError::Signature(sign1.key_id));
        }
        if claims.expires_at <= now {
            return Err(PlaceError::Expired);
        }
        Ok(claims)
    }

    fn write(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(128);
        let mut e = Encoder::new(&mut payload);
        let subject = URL_SAFE_NO_PAD.encode(self.place.as_bytes());
        // INVARIANT: writing to a vector cannot fail.
        let _ = e
            .map(5)
            .and_then(|e| e.i64(ISS)?.str(self.issuer.as_str())?.i64(SUB)?.str(&subject))
            .and_then(|e| e.i64(EXP)?.i64(self.expires_at.unix_s())?.i64(IAT))
            .and_then(|e| e.i64(self.issued_at.unix_s())?.i64(PRIVATE)?.map(3))
            .and_then(|e| e.i64(DIVISION)?.str(self.division.as_str())?.i64(NAME)?.str(&self.name))
            .and_then(|e| e.i64(KIND)?.str(self.kind.as_str()));
        payload
    }

    fn read(payload: &[u8]) -> Result<Self, PlaceError> {
        let mut reader = Reader::new(payload);
        let mut read = Parts::default();
        let mut order = KeyOrder::default();
        for _ in 0..reader.map(KEYS_MAX)? {
            match reader.next_key(&mut order)? {
                Key::Int(ISS) => read.issuer = Some(region(&mut reader, "iss")?),
                Key::Int(SUB) => read.place = Some(place(&mut reader)?),
                Key::Int(EXP) => read.expires_at = Some(time(&mut reader)?),
                Key::Int(IAT) => read.issued_at = Some(time(&mut reader)?),
                Key::Int(PRIVATE) => read.facts(&mut reader)?,
                Key::Int(_) | Key::Text(_) => reader.skip()?,
            }
        }
        reader.finish()?;
        read.whole()
    }
}

/// Claims as they are read.
#[derive(Default)]
struct Parts {
    issuer: Option<RegionCode>,
    place: Option<EntryId>,
    expires_at: Option<Timestamp>,
    issued_at: Option<Timestamp>,
    division: Option<RegionCode>,
    name: Option<Box<str>>,
    kind: Option<PlaceKind>,
}

impl Parts {
    fn facts(&mut self, reader: &mut Reader<'_>) -> Result<(), PlaceError> {
        let mut order = KeyOrder::default();
        for _ in 0..reader.map(KEYS_MAX)? {
            match reader.next_key(&mut order)? {
                Key::Int(DIVISION) => self.division = Some(region(reader, "division")?),
                Key::Int(NAME) => self.name = Some(reader.text(PLACE_NAME_BYTES_MAX)?.into()),
                Key::Int(KIND) => {
                    let kind = PlaceKind::parse(reader.text(KIND_BYTES_MAX)?);
                    // A kind that a later release knows is no reason to refuse the code.
                    self.kind = Some(kind.unwrap_or(PlaceKind::Other));
                }
                Key::Int(_) | Key::Text(_) => reader.skip()?,
            }
        }
        Ok(())
    }

    fn whole(self) -> Result<PlaceClaims, PlaceError> {
        let missing = PlaceError::Claim;
        Ok(PlaceClaims {
            issuer: self.issuer.ok_or(missing("iss"))?,
            place: self.place.ok_or(missing("sub"))?,
            division: self.division.ok_or(missing("division"))?,
            name: self.name.filter(|name| !name.is_empty()).ok_or(missing("name"))?,
            kind: self.kind.ok_or(missing("kind"))?,
            issued_at: self.issued_at.ok_or(missing("iat"))?,
            expires_at: self.expires_at.ok_or(missing("exp"))?,
        })
    }
}

fn region(reader: &mut Reader<'_>, claim: &'static str) -> Result<RegionCode, PlaceError> {
    RegionCode::parse(reader.text(12)?).map_err(|_| PlaceError::Claim(claim))
}

fn place(reader: &mut Reader<'_>) -> Result<EntryId, PlaceError> {
    let bytes = URL_SAFE_NO_PAD.decode(reader.text(SUB_CHARACTERS)?);
    let id = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    id.map(EntryId::from_bytes).ok_or(PlaceError::Claim("sub"))
}

fn time(reader: &mut Reader<'_>) -> Result<Timestamp, PlaceError> {
    let seconds = i64::try_from(reader.uint()?).ok().filter(|s| *s <= 253_402_300_799);
    seconds.map(Timestamp::from_unix_s).ok_or(PlaceError::Claim("exp or iat"))
}
