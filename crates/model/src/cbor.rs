//! CBOR for our small types: ids as byte strings, dates as day numbers, compact and stable.

/// Implements `minicbor` for a newtype over `[u8; 16]`, as a byte string of 16 bytes.
macro_rules! cbor_bytes16 {
    ($type:ident) => {
        impl<C> minicbor::Encode<C> for $type {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.as_bytes())?;
                Ok(())
            }
        }
        impl<'b, C> minicbor::Decode<'b, C> for $type {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let bytes: [u8; 16] = d
                    .bytes()?
                    .try_into()
                    .map_err(|_| minicbor::decode::Error::message("expected 16 bytes"))?;
                Ok($type::from_bytes(bytes))
            }
        }
    };
}

/// Implements `minicbor` for a type that has `as_str` and `parse`, as a text string.
macro_rules! cbor_text {
    ($type:ty, $parse:expr) => {
        impl<C> minicbor::Encode<C> for $type {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(self.as_str())?;
                Ok(())
            }
        }
        impl<'b, C> minicbor::Decode<'b, C> for $type {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let text = d.str()?;
                $parse(text).map_err(|_| minicbor::decode::Error::message("malformed text value"))
            }
        }
    };
}

pub(crate) use {cbor_bytes16, cbor_text};
