//! Identifiers: of persons, entries, members, and members' own records.

use crate::cbor::{cbor_bytes16, cbor_text};
use crate::limits::IDENTIFIER_BYTES_MAX;
use crate::region::RegionCode;
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 32 hexadecimal digits.
    #[error("expected 32 hexadecimal digits")]
    NotHex,
    /// Empty, too long, or with characters outside the permitted set.
    #[error("expected 1 to {max} characters of {allowed}")]
    Characters {
        /// Most characters permitted.
        max: usize,
        /// What is permitted, in words.
        allowed: &'static str,
    },
    /// A member id does not begin with the region code of a node.
    #[error("a member id is REGION.NAME, for example 330100.clinic-3")]
    NoRegion,
}

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Wraps 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
            /// The 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
            /// Reads 32 hexadecimal digits.
            ///
            /// # Errors
            /// [`IdError::NotHex`] for anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError::NotHex)?;
                Ok(Self(bytes))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        cbor_bytes16!($name);
    };
}

id16!(
    /// A person, pseudonymous: 16 random bytes that mean nothing. Identity documents lead to it by
    /// the blind index; it is local to the node that drew it, and other nodes know it as an alias.
    PersonId
);
id16!(
    /// One entry of the journal. For a record it is derived from its origin, so that the same
    /// record sent twice, by whatever road, is the same entry at every node.
    EntryId
);

impl EntryId {
    /// The id of the record that `member` calls `own_id`.
    pub fn of_record(member: &MemberId, own_id: &OriginId) -> Self {
        Self::derive("record", &[member.as_str().as_bytes(), own_id.as_str().as_bytes()])
    }

    /// The first 16 bytes of SHA-256 over the domain and the parts, each preceded by its length.
    pub fn derive(domain: &str, parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(bytes)
    }
}

/// An organisation admitted to a node, as `REGION.NAME`: the region of the admitting node, then
/// 1 to 48 of `a-z 0-9 - _`. The region makes it unique in the whole tree.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberId(Box<str>);

impl MemberId {
    const NAME_MAX: usize = 48;

    /// Reads `REGION.NAME`.
    ///
    /// # Errors
    /// [`IdError`] where the region or the name is malformed.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let (region, name) = text.split_once('.').ok_or(IdError::NoRegion)?;
        RegionCode::parse(region).map_err(|_| IdError::NoRegion)?;
        let fits = (1..=Self::NAME_MAX).contains(&name.len());
        let plain = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if !(fits && plain) {
            return Err(IdError::Characters { max: Self::NAME_MAX, allowed: "a-z 0-9 - _" });
        }
        Ok(Self(text.into()))
    }

    /// The member that a node itself is, under its own region: `330000.node`.
    pub fn of_node(region: RegionCode) -> Self {
        Self(format!("{region}.node").into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region of the node that admitted it.
    pub fn region(&self) -> RegionCode {
        let (region, _) = self.0.split_once('.').unwrap_or((&self.0, ""));
        // INVARIANT: `parse` has read this region.
        RegionCode::parse(region).unwrap_or(RegionCode::NATION)
    }
}

/// A member's own id for a record, as it wrote it: 1 to 128 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OriginId(Box<str>);

impl OriginId {
    /// Reads an id, without surrounding white space.
    ///
    /// # Errors
    /// [`IdError::Characters`] where it is empty, too long or not visible characters.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim();
        let fits = (1..=IDENTIFIER_BYTES_MAX).contains(&text.len());
        if !fits || text.chars().any(char::is_control) {
            return Err(IdError::Characters {
                max: IDENTIFIER_BYTES_MAX,
                allowed: "visible characters",
            });
        }
        Ok(Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody who works for a member, as the member calls them: 1 to 64 of `A-Z a-z 0-9 . _ @ -`.
/// A number or an account, never a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperatorId(Box<str>);

impl OperatorId {
    const MAX: usize = 64;

    /// Reads an id.
    ///
    /// # Errors
    /// [`IdError::Characters`] where it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'-');
        if !(1..=Self::MAX).contains(&text.len()) || !text.bytes().all(plain) {
            return Err(IdError::Characters { max: Self::MAX, allowed: "A-Z a-z 0-9 . _ @ -" });
        }
        Ok(Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }
        cbor_text!($name, $name::parse);
    };
}
text_id!(MemberId);
text_id!(OriginId);
text_id!(OperatorId);
