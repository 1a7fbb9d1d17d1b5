//! What a trust list says, as CBOR maps with small integer keys and as JSON.

use super::TrustError;
use crate::presentation::PREFIX;
use crate::suite::{Algorithm, KeyId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::limits::{CODE_TEXT_BYTES_MAX, TEXT_BYTES_MAX, TRUST_ENTRIES_MAX};
use hutong_model::{Level, RegionCode, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The content of a trust list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(map)]
pub struct TrustListBody {
    /// Counts up by one with every change.
    #[n(1)]
    pub generation: u64,
    /// When it was made.
    #[n(2)]
    pub made_at: Timestamp,
    /// The root that made it.
    #[n(3)]
    pub issuer: RegionCode,
    /// How long it is fresh, in seconds.
    #[n(4)]
    pub fresh_s: i64,
    /// How long past that it is still used with a warning, in seconds.
    #[n(5)]
    pub grace_s: i64,
    /// The keys that count.
    #[n(6)]
    pub keys: Vec<TrustedKey>,
    /// Which issuer serves which region. A region not named uses the root's codes.
    #[n(7)]
    #[serde(default)]
    pub regions: Vec<RegionService>,
    /// Foreign code systems.
    #[n(8)]
    #[serde(default)]
    pub adapters: Vec<Adapter>,
    /// Filed exceptions.
    #[n(9)]
    #[serde(default)]
    pub exceptions: Vec<RecognitionException>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Text {
    /// In Chinese.
    #[n(1)]
    pub zh: Box<str>,
    /// In English.
    #[n(2)]
    pub en: Box<str>,
}

impl Text {
    fn is_sound(&self) -> bool {
        [&self.zh, &self.en].iter().all(|text| (1..=TEXT_BYTES_MAX).contains(&text.trim().len()))
    }
}

/// The bytes of a `COSE_Key`; base64url in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyBytes(pub Vec<u8>);

impl TryFrom<String> for KeyBytes {
    type Error = base64::DecodeError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        URL_SAFE_NO_PAD.decode(text).map(Self)
    }
}
impl From<KeyBytes> for String {
    fn from(bytes: KeyBytes) -> String {
        URL_SAFE_NO_PAD.encode(bytes.0)
    }
}
impl<C> Encode<C> for KeyBytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for KeyBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self(d.bytes()?.to_vec()))
    }
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum KeyPurpose {
    /// Assertions for devices.
    #[n(0)]
    Assertion,
    /// The next trust list.
    #[n(1)]
    TrustList,
    /// Paper codes.
    #[n(2)]
    Paper,
    /// Checkpoints of the issuer's public ledger. Where an issuer has one, its levels are refused
    /// without a line of it.
    #[n(3)]
    Ledger,
}

/// Whether a key may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum KeyStatus {
    /// In use.
    #[n(0)]
    Active,
    /// Not to be relied on, whatever it signed and when: perhaps in wrong hands.
    #[n(1)]
    Suspended,
    /// Signs no more; what it signed before its end stands.
    #[n(2)]
    Retired,
}

/// A key that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(map)]
pub struct TrustedKey {
    /// Whose it is.
    #[n(1)]
    pub issuer: RegionCode,
    /// Its name in codes.
    #[n(2)]
    pub key_id: KeyId,
    /// Its algorithm.
    #[n(3)]
    pub algorithm: Algorithm,
    /// The `COSE_Key`.
    #[n(4)]
    pub key: KeyBytes,
    /// What it may sign.
    #[n(5)]
    pub purposes: Vec<KeyPurpose>,
    /// The first instant at which it may sign.
    #[n(6)]
    pub not_before: Timestamp,
    /// The first instant at which it may sign no more; a retired key has one.
    #[n(7)]
    pub not_after: Option<Timestamp>,
    /// Whether it may be relied on.
    #[n(8)]
    pub status: KeyStatus,
}

/// Which issuer serves a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(map)]
pub struct RegionService {
    /// The region.
    #[n(1)]
    pub region: RegionCode,
    /// Whose codes its people use.
    #[n(2)]
    pub issuer: RegionCode,
}

/// Characters that a foreign system's codes are made of, after the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum Charset {
    /// `0-9`.
    #[n(0)]
    Digits,
    /// `0-9 a-f A-F`.
    #[n(1)]
    Hex,
    /// `0-9 a-z A-Z`.
    #[n(2)]
    Alphanumeric,
    /// `0-9 a-z A-Z - _`.
    #[n(3)]
    Base64Url,
    /// Every ASCII character that prints, the space not among them.
    #[n(4)]
    Printable,
}

impl Charset {
    /// Whether the character belongs to the set.
    pub fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Printable => byte.is_ascii_graphic(),
        }
    }
}

/// A foreign code system whose codes are opaque here: how to know one when it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(map)]
pub struct Adapter {
    /// Its id, by which the node knows how to call it back.
    #[n(1)]
    pub id: Box<str>,
    /// What its codes begin with.
    #[n(2)]
    pub prefix: Box<str>,
    /// What they are made of after the prefix.
    #[n(3)]
    pub charset: Charset,
    /// Fewest characters after the prefix.
    #[n(4)]
    pub length_min: u16,
    /// Most characters after the prefix.
    #[n(5)]
    pub length_max: u16,
    /// Its name.
    #[n(6)]
    pub name: Text,
    /// The region whose code system it is.
    #[n(7)]
    pub region: RegionCode,
}

impl Adapter {
    /// Whether a text has the form of its codes.
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix.as_ref()) else { return false };
        (usize::from(self.length_min)..=usize::from(self.length_max)).contains(&rest.len())
            && rest.bytes().all(|byte| self.charset.has(byte))
    }

    fn check(&self) -> Result<(), &'static str> {
        let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let clashes = self.prefix.starts_with(PREFIX) || PREFIX.starts_with(self.prefix.as_ref());
        match self {
            _ if !(1..=64).contains(&self.id.len()) || !printable(&self.id) => Err("id"),
            _ if !(2..=128).contains(&self.prefix.len()) || !printable(&self.prefix) => {
                Err("prefix")
            }
            _ if clashes => Err("prefix"),
            _ if self.length_min > self.length_max => Err("lengths"),
            _ if usize::from(self.length_max) > CODE_TEXT_BYTES_MAX => Err("lengths"),
            _ if !self.name.is_sound() => Err("name"),
            _ => Ok(()),
        }
    }
}

/// What kind of code an exception is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum ExceptionScope {
    /// All codes.
    #[n(0)]
    All,
    /// Paper codes.
    #[n(1)]
    Paper,
    /// Codes with a level.
    #[n(2)]
    Level,
    /// Codes without a level.
    #[n(3)]
    Plain,
    /// Codes of a foreign system.
    #[n(4)]
    Foreign,
}

impl ExceptionScope {
    /// The kind of a code of ours.
    pub fn of_code(paper: bool, level: Option<Level>) -> Self {
        match (paper, level) {
            (true, _) => Self::Paper,
            (false, Some(_)) => Self::Level,
            (false, None) => Self::Plain,
        }
    }
}

/// A region's filed, dated, reasoned, expiring refusal to recognise something. An unfiled refusal
/// has no form here, so no verifier can act on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(map)]
pub struct RecognitionException {
    /// Its id in the register.
    #[n(1)]
    pub id: Box<str>,
    /// The region that refuses; its parts too.
    #[n(2)]
    pub region: RegionCode,
    /// What it refuses: codes issued by this region's nodes, or to people who live there.
    /// `000000` means the root's own codes.
    #[n(3)]
    pub refused: RegionCode,
    /// Which of their codes.
    #[n(4)]
    pub scope: ExceptionScope,
    /// Why.
    #[n(5)]
    pub reason: Text,
    /// The legal basis.
    #[n(6)]
    pub legal_basis: Box<str>,
    /// When it was filed.
    #[n(7)]
    pub filed_at: Timestamp,
    /// The first instant at which it holds.
    #[n(8)]
    pub effective_from: Timestamp,
    /// The first instant at which it holds no more.
    #[n(9)]
    pub expires_at: Timestamp,
}

impl RecognitionException {
    /// Whether it holds: filed, begun, and not over.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.filed_at <= now && self.effective_from <= now && now < self.expires_at
    }
    /// Whether it is about this kind of code.
    pub fn covers(&self, kind: ExceptionScope) -> bool {
        self.scope == ExceptionScope::All || self.scope == kind
    }
    /// Whether it is about this issuer or the people of this region.
    pub fn refuses(&self, issuer: RegionCode, residence: Option<RegionCode>) -> bool {
        if self.refused == RegionCode::NATION {
            return issuer == RegionCode::NATION;
        }
        self.refused.contains(&issuer) || residence.is_some_and(|r| self.refused.contains(&r))
    }

    fn check(&self) -> Result<(), &'static str> {
        let basis = self.legal_basis.trim().len();
        match self {
            _ if !(1..=64).contains(&self.id.len()) => Err("id"),
            _ if !self.reason.is_sound() => Err("reason"),
            _ if !(1..=TEXT_BYTES_MAX).contains(&basis) => Err("legal basis"),
            _ if self.effective_from < self.filed_at => Err("takes effect before it is filed"),
            _ if self.expires_at <= self.effective_from => Err("expires before it takes effect"),
            _ => Ok(()),
        }
    }
}

impl TrustListBody {
    /// Checks everything but the keys' material.
    pub(super) fn check(&self) -> Result<(), TrustError> {
        let counts =
            [self.keys.len(), self.regions.len(), self.adapters.len(), self.exceptions.len()];
        if counts.into_iter().any(|count| count > TRUST_ENTRIES_MAX) {
            return Err(TrustError::Large);
        }
        for key in &self.keys {
            let ends = key.not_after.is_some_and(|end| end > key.not_before);
            let endless = key.not_after.is_none() && key.status != KeyStatus::Retired;
            if !(ends || endless) {
                return Err(TrustError::Key(key.key_id));
            }
        }
        for adapter in &self.adapters {
            let refused = |what| TrustError::Adapter(adapter.id.to_string(), what);
            adapter.check().map_err(refused)?;
        }
        for exception in &self.exceptions {
            let refused = |what| TrustError::Exception(exception.id.to_string(), what);
            exception.check().map_err(refused)?;
        }
        Ok(())
    }
}
