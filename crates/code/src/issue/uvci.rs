//! Unique certificate identifiers (UVCI; eHealth Network, "Guidelines on verifiable vaccination
//! certificates – basic interoperability elements", release 2, annex 2), of its third form: one
//! opaque text, which says nothing of the person.

use super::IssueError;
use crate::foreign::value_sets::country;
use std::fmt;

/// Characters that count in the checksum, by their values.
const ALPHABET: &[u8; 38] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:";
/// Longest identifier (`maxLength` of `certificate_id` in the JSON schema).
pub const UVCI_CHARACTERS_MAX: usize = 80;
const PREFIX: &str = "URN:UVCI:01:";

/// An identifier of a certificate: `URN:UVCI:01:CN:…#C`, with its checksum.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uvci(Box<str>);

impl Uvci {
    /// Builds the identifier of a country (ISO 3166-1 alpha-2) and an opaque text of `A-Z`, `0-9`
    /// and `/`, such as base32 of random bytes, and adds the checksum.
    ///
    /// # Errors
    /// [`IssueError::Malformed`] of `co` or `ci`.
    pub fn build(country_code: &str, opaque: &str) -> Result<Self, IssueError> {
        if country(country_code).is_none_or(|known| known.alpha2 != country_code) {
            return Err(IssueError::Malformed("co"));
        }
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'/';
        if opaque.is_empty() || !opaque.bytes().all(allowed) {
            return Err(IssueError::Malformed("ci"));
        }
        let body = format!("{PREFIX}{country_code}:{opaque}");
        let check = checksum(&body).ok_or(IssueError::Malformed("ci"))?;
        Self::parse(&format!("{body}#{check}"))
    }

    /// Reads an identifier of version 01, in any of its forms, and checks its checksum where it
    /// has one: that is optional (annex 2).
    ///
    /// # Errors
    /// [`IssueError::Malformed`] of `ci`.
    pub fn parse(text: &str) -> Result<Self, IssueError> {
        let wrong = IssueError::Malformed("ci");
        let (body, check) = text.split_once('#').map_or((text, None), |(b, c)| (b, Some(c)));
        let found = checksum(body).ok_or(wrong)?;
        let rest = body.strip_prefix(PREFIX).unwrap_or_default();
        let (state, opaque) = rest.split_once(':').ok_or(wrong)?;
        let fits = country(state).is_some() && !opaque.is_empty();
        let agrees = check.is_none_or(|check| *check == *found.to_string());
        if fits && agrees && text.len() <= UVCI_CHARACTERS_MAX {
            Ok(Self(text.into()))
        } else {
            Err(wrong)
        }
    }

    /// The identifier, checksum included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Uvci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
/// The whole of it: it identifies a certificate, not a person.
impl fmt::Debug for Uvci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uvci({})", self.0)
    }
}

/// The checksum of an identifier, `URN:UVCI:` included and without `#`: Luhn's, modulo the 38
/// characters of the alphabet (annex 2, "optional checksum"). None where another character occurs.
pub fn checksum(text: &str) -> Option<char> {
    const N: usize = ALPHABET.len();
    let value = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let (mut sum, mut factor) = (0, 2);
    for byte in text.bytes().rev() {
        let addend = factor * value(byte)?;
        sum = (sum + addend / N + addend % N) % N;
        factor = 3 - factor;
    }
    ALPHABET.get((N - sum) % N).map(|byte| char::from(*byte))
}
