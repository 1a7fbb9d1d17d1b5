//! Names in leaves.

use crate::LedgerError;
use hutong_model::limits::LEDGER_LABEL_BYTES_MAX;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of an event, a pack, a version, a rule or a reason: 1 to 64 of
/// `A-Z a-z 0-9 . - _ : /`. What has other characters cannot slip into a leaf.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(Box<str>);

impl Label {
    /// Reads a name.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let fits = (1..=LEDGER_LABEL_BYTES_MAX).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:/".contains(&b)) {
            Ok(Self(text.into()))
        } else {
            let reason = "expected 1 to 64 of A-Z a-z 0-9 . - _ : /";
            Err(LedgerError::Malformed { what: "label", reason })
        }
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl TryFrom<String> for Label {
    type Error = LedgerError;
    fn try_from(text: String) -> Result<Self, LedgerError> {
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
impl<C> Encode<C> for Label {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for Label {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::parse(d.str()?).map_err(|_| decode::Error::message("not a label"))
    }
}
