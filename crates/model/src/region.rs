//! Administrative divisions by GB/T 2260 code, down to the street (9 digits) and village or grid
//! (12 digits, GB/T 10114).

use crate::cbor::cbor_text;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::OnceLock};

/// A text is not a division code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a division code of 6, 9 or 12 digits, such as 330000 or 330106")]
pub struct RegionError;

/// What a division is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionName {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// The names of the nation and of the 34 divisions of province level.
#[derive(Deserialize)]
struct Provinces {
    /// Which edition of the table.
    #[serde(rename = "version")]
    _version: &'static str,
    /// First two digits, Chinese and English name.
    divisions: Vec<(&'static str, &'static str, &'static str)>,
}

fn provinces() -> &'static Provinces {
    static PROVINCES: OnceLock<Provinces> = OnceLock::new();
    PROVINCES.get_or_init(|| {
        // INVARIANT: the embedded file is read by the tests of every build.
        serde_json::from_str(include_str!("../data/provinces.json"))
            .unwrap_or(Provinces { _version: "", divisions: Vec::new() })
    })
}

/// A division code of 6, 9 or 12 digits. `000000` is the nation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode {
    digits: [u8; 12],
    len: u8,
}

impl RegionCode {
    /// The nation, whose node is the root.
    pub const NATION: RegionCode = RegionCode { digits: *b"000000\0\0\0\0\0\0", len: 6 };

    /// Reads a code.
    ///
    /// # Errors
    /// [`RegionError`] unless it is 6, 9 or 12 decimal digits.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 6 | 9 | 12) || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(RegionError);
        }
        let mut digits = [0; 12];
        digits[..bytes.len()].copy_from_slice(bytes);
        Ok(Self { digits, len: bytes.len() as u8 })
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        // INVARIANT: only ASCII digits are ever stored.
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or("000000")
    }

    /// The province (or special region) that it lies in: the first two digits, then zeros.
    pub fn province(&self) -> RegionCode {
        let mut digits = *b"000000\0\0\0\0\0\0";
        digits[..2].copy_from_slice(&self.digits[..2]);
        RegionCode { digits, len: 6 }
    }

    /// The division of six digits that it is or lies in.
    pub fn county(&self) -> RegionCode {
        let mut digits = *b"000000\0\0\0\0\0\0";
        digits[..6].copy_from_slice(&self.digits[..6]);
        RegionCode { digits, len: 6 }
    }

    /// Name of the nation or of a division of province level; None for what lies below, and for a
    /// code that is none of the 34.
    pub fn name(&self) -> Option<RegionName> {
        (*self == self.province()).then(|| self.province_name())?
    }

    /// Name of the province that it lies in (of the nation, for [`RegionCode::NATION`]).
    pub fn province_name(&self) -> Option<RegionName> {
        let head = &self.as_str()[..2];
        let (_, zh, en) = provinces().divisions.iter().find(|(digits, ..)| *digits == head)?;
        Some(RegionName { zh, en })
    }

    /// The nation and the 34 divisions of province level, in the order of their codes.
    pub fn province_level() -> impl Iterator<Item = (RegionCode, RegionName)> {
        provinces().divisions.iter().filter_map(|&(digits, zh, en)| {
            let code = RegionCode::parse(&format!("{digits}0000")).ok()?;
            Some((code, RegionName { zh, en }))
        })
    }

    /// The division itself and all that it lies in, up to the nation, the smallest first.
    pub fn ancestry(&self) -> Vec<RegionCode> {
        let text = self.as_str();
        let mut found = vec![*self];
        let zeros = "000000";
        let larger = [9, 6, 4, 2, 0].into_iter().filter(|len| *len < text.len());
        found.extend(larger.filter_map(|len| {
            let padding = &zeros[len.min(6)..];
            Self::parse(&format!("{}{padding}", &text[..len])).ok()
        }));
        found.dedup();
        found
    }

    /// Whether `other` is this division or lies within it.
    pub fn contains(&self, other: &RegionCode) -> bool {
        let significant = self.significant();
        other.as_str().len() >= significant.len() && other.as_str().starts_with(significant)
    }

    /// The digits that say something: `33` of `330000`, `3301` of `330100`.
    fn significant(&self) -> &str {
        let text = self.as_str();
        if text.len() > 6 {
            return text;
        }
        match text {
            "000000" => "",
            _ if text.ends_with("0000") => &text[..2],
            _ if text.ends_with("00") => &text[..4],
            _ => text,
        }
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegionCode({})", self.as_str())
    }
}
impl TryFrom<String> for RegionCode {
    type Error = RegionError;
    fn try_from(text: String) -> Result<Self, RegionError> {
        Self::parse(&text)
    }
}
impl From<RegionCode> for String {
    fn from(code: RegionCode) -> String {
        code.as_str().to_owned()
    }
}
cbor_text!(RegionCode, RegionCode::parse);
