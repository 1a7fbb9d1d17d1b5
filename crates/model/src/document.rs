//! Identity documents: typed, normalised, validated once.

mod resident_id;

use crate::limits::{IDENTIFIER_BYTES_MAX, URI_BYTES_MAX};
use crate::person::Sex;
use crate::time::Date;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a document is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum DocumentKind {
    /// 居民身份证 (GB 11643).
    #[n(0)]
    ResidentId,
    /// 港澳居民来往内地通行证.
    #[n(1)]
    HkMacaoPermit,
    /// 台湾居民来往大陆通行证.
    #[n(2)]
    TaiwanPermit,
    /// 港澳居民居住证, 台湾居民居住证.
    #[n(3)]
    HkMacaoTaiwanResidencePermit,
    /// 外国人永久居留身份证.
    #[n(4)]
    PermanentResidenceId,
    /// 护照, of any country.
    #[n(5)]
    Passport,
    /// 出生医学证明.
    #[n(6)]
    BirthCertificate,
    /// Any other FHIR identifier, by its system URI.
    #[n(7)]
    Other,
}

impl DocumentKind {
    /// All kinds, the strongest evidence of identity first.
    pub const ALL: [DocumentKind; 8] = [
        Self::ResidentId,
        Self::HkMacaoTaiwanResidencePermit,
        Self::PermanentResidenceId,
        Self::HkMacaoPermit,
        Self::TaiwanPermit,
        Self::Passport,
        Self::BirthCertificate,
        Self::Other,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResidentId => "resident-id",
            Self::HkMacaoPermit => "hk-macao-permit",
            Self::TaiwanPermit => "taiwan-permit",
            Self::HkMacaoTaiwanResidencePermit => "hk-macao-taiwan-residence-permit",
            Self::PermanentResidenceId => "permanent-residence-id",
            Self::Passport => "passport",
            Self::BirthCertificate => "birth-certificate",
            Self::Other => "other",
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The identifier system that a document of this kind has in FHIR (passports: per country,
    /// see [`Document::system`]).
    pub const fn system(self) -> &'static str {
        match self {
            // The OID that WS/T 500 documents use for 居民身份证号.
            Self::ResidentId => "urn:oid:2.16.156.10011.1.3",
            Self::HkMacaoPermit => "urn:hutong:id:hk-macao-permit",
            Self::TaiwanPermit => "urn:hutong:id:taiwan-permit",
            Self::HkMacaoTaiwanResidencePermit => "urn:hutong:id:hk-macao-taiwan-residence-permit",
            Self::PermanentResidenceId => "urn:hutong:id:permanent-residence-id",
            Self::Passport => "http://hl7.org/fhir/sid/passport-",
            Self::BirthCertificate => "urn:hutong:id:birth-certificate",
            Self::Other => "",
        }
    }

    /// Whether a person has at most one number of this kind in a lifetime, so that two different
    /// ones must not be linked without a human decision.
    pub const fn is_lifelong(self) -> bool {
        matches!(self, Self::ResidentId)
    }
}

/// Why a text is not a document number of its kind. Carries no part of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Wrong length or characters.
    #[error("{0}")]
    Form(&'static str),
    /// The check digit does not fit (GB 11643, ISO 7064 MOD 11-2).
    #[error("the check digit does not fit the other digits")]
    CheckDigit,
    /// The birth date within the number is no date of the years 1850 to 2199.
    #[error("the birth date within the number is not a date")]
    BirthDate,
    /// The division within the number does not exist.
    #[error("the division code within the number does not exist")]
    Division,
    /// The identifier system is missing or too long.
    #[error("an identifier of another kind needs its system URI of at most 256 characters")]
    System,
    /// The issuing country of a passport is not three letters.
    #[error("the issuing country is three letters of ISO 3166-1")]
    Country,
}

/// A document number: normalised, valid in form. Two texts for the same document are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode)]
#[serde(try_from = "DocumentText", into = "DocumentText")]
#[cbor(array)]
pub struct Document {
    #[n(0)]
    kind: DocumentKind,
    /// Issuing country of a passport (ISO 3166-1 alpha-3); system URI of another identifier.
    #[n(1)]
    scope: Box<str>,
    #[n(2)]
    number: Box<str>,
}

impl Document {
    /// Reads a number of a given kind. `scope` is the issuing country of a passport (three
    /// letters, `CHN` where empty), the system URI of an identifier of another kind, else empty.
    ///
    /// # Errors
    /// [`DocumentError`], which names what is wrong and never the number.
    pub fn parse(kind: DocumentKind, scope: &str, number: &str) -> Result<Self, DocumentError> {
        let number =
            if kind == DocumentKind::Other { number.trim().to_owned() } else { tidy(number) };
        if number.is_empty() || number.len() > IDENTIFIER_BYTES_MAX {
            return Err(DocumentError::Form("a document number has 1 to 128 characters"));
        }
        let (scope, number) = match kind {
            DocumentKind::ResidentId => (String::new(), resident_id::parse(&number)?),
            DocumentKind::HkMacaoPermit => (String::new(), hk_macao_permit(&number)?),
            DocumentKind::TaiwanPermit => (String::new(), taiwan_permit(&number)?),
            DocumentKind::HkMacaoTaiwanResidencePermit => {
                (String::new(), resident_id::parse_residence_permit(&number)?)
            }
            DocumentKind::PermanentResidenceId => (String::new(), permanent_residence(&number)?),
            DocumentKind::Passport => passport(scope, number)?,
            DocumentKind::BirthCertificate => (String::new(), birth_certificate(&number)?),
            DocumentKind::Other if number.chars().any(char::is_control) => {
                return Err(DocumentError::Form("an identifier has no control characters"));
            }
            DocumentKind::Other => (other_system(scope)?, number),
        };
        Ok(Self { kind, scope: scope.into(), number: number.into() })
    }

    /// An identifier of another kind.
    ///
    /// # Errors
    /// [`DocumentError`] where the system or value is empty or too long.
    pub fn identifier(system: &str, value: &str) -> Result<Self, DocumentError> {
        Self::parse(DocumentKind::Other, system, value)
    }

    /// A child without a number of its own yet, known by its mother's document, its day of birth
    /// and, of several born together, its order (from 1).
    pub fn newborn(mother: &Document, born: Date, order: u8) -> Self {
        let value = format!("{}|{born}|{order}", mother.key());
        let digest = crate::ids::EntryId::derive("newborn", &[value.as_bytes()]);
        Self {
            kind: DocumentKind::Other,
            scope: "urn:hutong:id:newborn".into(),
            number: digest.to_string().into(),
        }
    }

    /// What it is.
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }
    /// Issuing country of a passport, system URI of another identifier, else empty.
    pub fn scope(&self) -> &str {
        &self.scope
    }
    /// The normalised number.
    pub fn number(&self) -> &str {
        &self.number
    }
    /// The FHIR identifier system.
    pub fn system(&self) -> String {
        match self.kind {
            DocumentKind::Other => self.scope.to_string(),
            DocumentKind::Passport => format!("{}{}", self.kind.system(), self.scope),
            kind => kind.system().to_owned(),
        }
    }
    /// The text that the blind index is computed over: kind, scope and number. Different documents
    /// have different keys: a bar within a scope is escaped.
    pub fn key(&self) -> String {
        let kind = self.kind.as_str();
        let mut key = String::with_capacity(kind.len() + self.scope.len() + self.number.len() + 2);
        key.push_str(kind);
        key.push('|');
        if self.scope.contains(['|', '%']) {
            key.push_str(&self.scope.replace('%', "%25").replace('|', "%7C"));
        } else {
            key.push_str(&self.scope);
        }
        key.push('|');
        key.push_str(&self.number);
        key
    }
    /// Whether it means something only at the node or to the member that keeps it: the id of a
    /// person or of a member's own Patient.
    pub fn is_local(&self) -> bool {
        self.kind == DocumentKind::Other
            && (self.scope.starts_with("urn:hutong:node:")
                || self.scope.starts_with("urn:hutong:member:"))
    }
    /// Whether it leads to one person only, whatever else is said of them: a lifelong number, or
    /// an id of the system that states it. Others are mistyped, reused and shared.
    pub fn is_sure(&self) -> bool {
        self.kind.is_lifelong() || self.is_local()
    }
    /// The birth date within the number, where the kind has one.
    pub fn birth_date(&self) -> Option<Date> {
        match self.kind {
            DocumentKind::ResidentId | DocumentKind::HkMacaoTaiwanResidencePermit => {
                resident_id::birth_date(&self.number)
            }
            DocumentKind::PermanentResidenceId if self.number.len() == 18 => {
                resident_id::birth_date(&self.number)
            }
            _ => None,
        }
    }
    /// The sex within the number, where the kind has one.
    pub fn sex(&self) -> Option<Sex> {
        self.birth_date()?;
        let order = self.number.as_bytes().get(16)?;
        Some(if (order - b'0') % 2 == 1 { Sex::Male } else { Sex::Female })
    }
    /// The number with its middle hidden, for screens and paper: `1101**********002X`.
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.number.chars().collect();
        let shown = (characters.len() / 4).min(4);
        let hidden = characters.len().saturating_sub(2 * shown);
        let head = characters.iter().take(shown);
        let tail = characters.iter().skip(shown + hidden);
        head.copied().chain(std::iter::repeat_n('*', hidden)).chain(tail.copied()).collect()
    }
}

/// Reads what was written, and checks it again: the bytes may come from another node.
impl<'b, C> Decode<'b, C> for Document {
    fn decode(
        d: &mut minicbor::Decoder<'b>,
        context: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(3) {
            return Err(minicbor::decode::Error::message("a document has three parts"));
        }
        let kind = DocumentKind::decode(d, context)?;
        let (scope, number) = (d.str()?, d.str()?);
        Self::parse(kind, scope, number)
            .map_err(|_| minicbor::decode::Error::message("malformed document"))
    }
}

/// Never shows the number: it may end in a log.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({})", self.kind.as_str())
    }
}

/// The form of a document in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DocumentText {
    kind: DocumentKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
    number: String,
}
impl TryFrom<DocumentText> for Document {
    type Error = DocumentError;
    fn try_from(text: DocumentText) -> Result<Self, DocumentError> {
        Self::parse(text.kind, &text.scope, &text.number)
    }
}
impl From<Document> for DocumentText {
    fn from(document: Document) -> Self {
        Self { kind: document.kind, scope: document.scope.into(), number: document.number.into() }
    }
}

/// Upper case, half width, without blanks and dashes of any kind.
fn tidy(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .map(|c| c.to_ascii_uppercase())
        .filter(|c| !c.is_whitespace())
        // Dashes, the minus sign, and the invisible characters that copying brings along.
        .filter(|c| !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
        .collect()
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// H or M and 8 digits; older ones carry 2 more that count issues and are dropped.
fn hk_macao_permit(number: &str) -> Result<String, DocumentError> {
    const FORM: DocumentError = DocumentError::Form(
        "a mainland travel permit for Hong Kong and Macao is H or M and 8 digits",
    );
    let (letter, rest) = number.split_at_checked(1).ok_or(FORM)?;
    let right = matches!(letter, "H" | "M") && matches!(rest.len(), 8 | 10) && digits(rest);
    if right { Ok(number[..9].to_owned()) } else { Err(FORM) }
}

/// 8 digits; older ones carry 2 more that count issues, and sometimes a letter, and are cut.
fn taiwan_permit(number: &str) -> Result<String, DocumentError> {
    let digits_only = number.trim_end_matches(|c: char| c.is_ascii_uppercase());
    if matches!(digits_only.len(), 8 | 10) && digits(digits_only) && number.len() <= 11 {
        return Ok(digits_only[..8].to_owned());
    }
    Err(DocumentError::Form("a mainland travel permit for Taiwan is 8 digits"))
}

/// Old: 3 letters and 12 digits. New: 18 digits beginning with 9, check digit as GB 11643.
fn permanent_residence(number: &str) -> Result<String, DocumentError> {
    if let (15, Some((country, rest))) = (number.len(), number.split_at_checked(3))
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && digits(rest)
    {
        return Ok(number.to_owned());
    }
    if number.len() == 18 && number.starts_with('9') {
        return resident_id::parse_permanent_residence(number);
    }
    Err(DocumentError::Form(
        "a permanent residence ID is 3 letters and 12 digits, or 18 digits beginning with 9",
    ))
}

fn passport(country: &str, number: String) -> Result<(String, String), DocumentError> {
    let country = if country.trim().is_empty() { "CHN".to_owned() } else { tidy(country) };
    if country.len() != 3 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(DocumentError::Country);
    }
    // ICAO 9303 part 4: up to 9 characters in the zone, longer ones continue in optional data.
    let right =
        (5..=14).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if right {
        Ok((country, number))
    } else {
        Err(DocumentError::Form("a passport number is 5 to 14 letters and digits"))
    }
}

fn birth_certificate(number: &str) -> Result<String, DocumentError> {
    let (letter, rest) = number.split_at_checked(1).unwrap_or_default();
    let right = letter.bytes().all(|b| b.is_ascii_uppercase()) && rest.len() == 9 && digits(rest);
    if right {
        Ok(number.to_owned())
    } else {
        Err(DocumentError::Form("a birth certificate number is a letter and 9 digits"))
    }
}

fn other_system(system: &str) -> Result<String, DocumentError> {
    let system = system.trim();
    let right =
        (1..=URI_BYTES_MAX).contains(&system.len()) && !system.chars().any(char::is_control);
    if right { Ok(system.to_owned()) } else { Err(DocumentError::System) }
}
