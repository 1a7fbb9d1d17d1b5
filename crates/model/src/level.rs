//! Levels, and the closed set of answers of a verification.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A level: the output of a rule pack over evidence, never an input (GB/T 38961 colours).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Level {
    /// Nothing stands against the person.
    #[n(0)]
    Green,
    /// Something must be cleared.
    #[n(1)]
    Yellow,
    /// Restricted.
    #[n(2)]
    Red,
}

impl Level {
    /// `green`, `yellow`, `red`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
    /// Reads `green`, `yellow`, `red`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Green, Self::Yellow, Self::Red].into_iter().find(|level| level.as_str() == text)
    }
}

/// What a verification answers. The set is closed and its members never collapse into each other:
/// unknown is not red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A code, in force, green.
    Green,
    /// A code, in force, yellow.
    Yellow,
    /// A code, in force, red.
    Red,
    /// Authentic and in force, and carries no level (a certificate; a code outside any event).
    Valid,
    /// Authentic, but its time has passed.
    Expired,
    /// Authentic, but withdrawn by its issuer.
    Revoked,
    /// The code system that issued it does not know it.
    NotFound,
    /// Not authentic or not a code at all; the failing step is named.
    Invalid,
    /// Could not be checked: no key, offline and stale, or timed out.
    Unverified,
    /// Authentic, but refused here under an exception that was filed first.
    NotRecognised,
}

impl Verdict {
    /// All answers.
    pub const ALL: [Verdict; 10] = [
        Self::Green,
        Self::Yellow,
        Self::Red,
        Self::Valid,
        Self::Expired,
        Self::Revoked,
        Self::NotFound,
        Self::Invalid,
        Self::Unverified,
        Self::NotRecognised,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Unverified => "unverified",
            Self::NotRecognised => "not_recognised",
        }
    }
}

impl From<Level> for Verdict {
    fn from(level: Level) -> Self {
        match level {
            Level::Green => Self::Green,
            Level::Yellow => Self::Yellow,
            Level::Red => Self::Red,
        }
    }
}
