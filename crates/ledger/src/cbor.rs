//! Deterministic CBOR (RFC 8949 section 4.2.1): what is read is written again and compared, so one
//! value has one spelling.

use crate::{Hash, LedgerError};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Writes a value.
pub(crate) fn write<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    // INVARIANT: writing to a vector cannot fail.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Reads a value that [`write`] wrote.
pub(crate) fn read<T>(bytes: &[u8], what: &'static str, max: usize) -> Result<T, LedgerError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if bytes.len() > max {
        return Err(LedgerError::Large { what, max });
    }
    let malformed = |reason| LedgerError::Malformed { what, reason };
    let value: T =
        minicbor::decode(bytes).map_err(|_| malformed("not CBOR of the form it should have"))?;
    if write(&value) == bytes { Ok(value) } else { Err(malformed("not deterministic CBOR")) }
}

impl<C> Encode<C> for Hash {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for Hash {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes.map(Self::from_bytes).map_err(|_| decode::Error::message("a hash has 32 bytes"))
    }
}
