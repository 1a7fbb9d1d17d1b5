//! The envelope of HC1, layer by layer, so that each can be made wrong by itself.

use aws_lc_rs::digest;
use flate2::{Compression, write::ZlibEncoder};
use hutong_code::{Sign, base45, suite::SIGNATURE_BYTES};
use minicbor::{Encoder, data::Tag};
use serde_json::Value;
use std::{convert::Infallible, io::Write};

pub(crate) type Written = Result<(), minicbor::encode::Error<Infallible>>;

/// COSE numbers (RFC 9053 section 2, RFC 8812); -8 is `EdDSA`.
pub(crate) const ES256: i64 = -7;
pub(crate) const PS256: i64 = -37;
pub(crate) const EDDSA: i64 = -8;

/// The claims of a CWT around a certificate's content.
#[derive(Clone)]
pub(crate) struct Claims {
    pub(crate) iss: &'static str,
    pub(crate) iat_s: i64,
    pub(crate) exp_s: i64,
    pub(crate) dcc: Value,
}

impl Claims {
    /// As CBOR.
    pub(crate) fn to_cbor(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut e = Encoder::new(&mut out);
        // INVARIANT: writing to a vector cannot fail, here and below.
        let _ = self.write(&mut e);
        out
    }
    fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> Written {
        e.map(4)?.u8(1)?.str(self.iss)?;
        e.u8(4)?.i64(self.exp_s)?.u8(6)?.i64(self.iat_s)?;
        e.i64(-260)?.map(1)?.u8(1)?;
        of_json(&self.dcc, e)
    }
}

/// JSON as CBOR (RFC 8949 section 6.2).
fn of_json(value: &Value, e: &mut Encoder<&mut Vec<u8>>) -> Written {
    match value {
        Value::Null => e.null()?,
        Value::Bool(value) => e.bool(*value)?,
        Value::Number(number) => match number.as_i64() {
            Some(number) => e.i64(number)?,
            None => e.f64(number.as_f64().unwrap_or(f64::NAN))?,
        },
        Value::String(text) => e.str(text)?,
        Value::Array(list) => {
            e.array(list.len() as u64)?;
            return list.iter().try_for_each(|item| of_json(item, e));
        }
        Value::Object(map) => {
            e.map(map.len() as u64)?;
            return map.iter().try_for_each(|(name, item)| {
                e.str(name)?;
                of_json(item, e)
            });
        }
    };
    Ok(())
}

/// A header: algorithm and key id, each where it is there.
pub(crate) fn header(algorithm: Option<i64>, key_id: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    let write = |e: &mut Encoder<&mut Vec<u8>>| -> Written {
        e.map(u64::from(algorithm.is_some()) + u64::from(key_id.is_some()))?;
        if let Some(algorithm) = algorithm {
            e.u8(1)?.i64(algorithm)?;
        }
        if let Some(id) = key_id {
            e.u8(4)?.bytes(id)?;
        }
        Ok(())
    };
    let _ = write(&mut e);
    out
}

/// A `COSE_Sign1` (RFC 9052 section 4.2), put together from its parts.
#[derive(Clone)]
pub(crate) struct Sign1 {
    pub(crate) tagged: bool,
    pub(crate) protected: Vec<u8>,
    /// A map, written.
    pub(crate) unprotected: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Sign1 {
    /// Signs a payload under a protected header.
    pub(crate) fn sign(protected: Vec<u8>, payload: Vec<u8>, key: &dyn Sign) -> Self {
        let unprotected = header(None, None);
        let mut signed =
            Self { tagged: true, protected, unprotected, payload, signature: Vec::new() };
        let signature = key.sign(&signed.message()).unwrap_or([0; SIGNATURE_BYTES]);
        signed.signature = signature.to_vec();
        signed
    }

    /// The `Sig_structure` (RFC 9052 section 4.4).
    fn message(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let _ = Encoder::new(&mut out)
            .array(4)
            .and_then(|e| e.str("Signature1")?.bytes(&self.protected)?.bytes(b""))
            .and_then(|e| e.bytes(&self.payload).map(|_| ()));
        out
    }

    /// As bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut e = Encoder::new(&mut out);
        if self.tagged {
            let _ = e.tag(Tag::new(18));
        }
        let _ = e.array(4).and_then(|e| e.bytes(&self.protected).map(|_| ()));
        out.extend_from_slice(&self.unprotected);
        let mut e = Encoder::new(&mut out);
        let _ = e.bytes(&self.payload).and_then(|e| e.bytes(&self.signature).map(|_| ()));
        out
    }

    /// As the text of a code.
    pub(crate) fn to_text(&self) -> String {
        text(&self.to_bytes())
    }
}

/// Bytes, deflated and in Base45.
pub(crate) fn text(bytes: &[u8]) -> String {
    of_packed(&deflated(bytes))
}

/// Bytes that are deflated already.
pub(crate) fn of_packed(packed: &[u8]) -> String {
    format!("HC1:{}", base45::encode(packed))
}

/// A zlib stream (RFC 1950).
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // INVARIANT: writing to a vector cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The first half of SHA-256, as revocation batches have it.
pub(crate) fn half_hash(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref()[..16].to_vec()
}
