//! The presentation: what a phone shows, or what is printed. `HT1:` and Base45 (RFC 9285) over
//!
//! - `[assertion, time, nonce or null, signature]` — shown by a device. The signature is the
//!   device's, over the deterministic CBOR of `["HT1-presentation", assertion, time, nonce]`;
//! - `[assertion]` — on paper, with no signature of a device.
//!
//! The array is deterministic CBOR. It is deflated (zlib) where that makes it smaller, and then
//! begins with 0x78, which no such array does. The time is in seconds since 1970; the nonce, up to
//! 16 bytes, is there when a verifier asked for it.

use crate::base45::{self, Base45Error};
use crate::cbor::{CborError, Reader};
use crate::cose_key::CoseKey;
use crate::suite::{SIGNATURE_BYTES, Sign, SuiteError};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use hutong_model::Timestamp;
use hutong_model::limits::{CODE_TEXT_BYTES_MAX, PRESENTATION_BYTES_MAX};
use minicbor::Encoder;
use std::convert::Infallible;
use std::ops::Range;

/// What every code of this kind begins with.
pub const PREFIX: &str = "HT1:";
/// Longest nonce, in bytes.
pub const NONCE_BYTES_MAX: usize = 16;
const CONTEXT: &str = "HT1-presentation";
/// First byte of a zlib stream with the usual window (RFC 1950 section 2.2).
const ZLIB: u8 = 0x78;
/// Below this, deflating is not tried: ids, keys and signatures are most of it, and they do not
/// shrink.
const DEFLATE_BYTES_MIN: usize = 448;

/// Why a text is not a presentation, or none was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PresentationError {
    /// Longer than permitted.
    #[error("longer than permitted")]
    Large,
    /// Does not begin with `HT1:`.
    #[error("does not begin with {PREFIX}")]
    Prefix,
    /// Not Base45.
    #[error(transparent)]
    Base45(#[from] Base45Error),
    /// The compressed bytes are damaged or unpack to more than permitted.
    #[error("the compressed bytes are damaged or too large")]
    Zlib,
    /// Not the array described above.
    #[error("presentation: {0}")]
    Cbor(#[from] CborError),
    /// The nonce is longer than permitted.
    #[error("a nonce has at most {NONCE_BYTES_MAX} bytes")]
    Nonce,
    /// The device's key failed.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// Shows an assertion: signs it with the device's key at a time. Needs no server.
///
/// # Errors
/// [`PresentationError::Suite`] when the key fails, [`PresentationError::Large`] when the assertion
/// is too large.
pub fn present(
    assertion: &[u8],
    at: Timestamp,
    device: &dyn Sign,
) -> Result<String, PresentationError> {
    present_to(assertion, at, &[], device)
}

/// Shows an assertion to one verifier, who gave a nonce; without one it is [`present`].
///
/// # Errors
/// As [`present`], and [`PresentationError::Nonce`] when the nonce is too long.
pub fn present_to(
    assertion: &[u8],
    at: Timestamp,
    nonce: &[u8],
    device: &dyn Sign,
) -> Result<String, PresentationError> {
    if nonce.len() > NONCE_BYTES_MAX {
        return Err(PresentationError::Nonce);
    }
    let signature = device.sign(&message(assertion, at.unix_s(), nonce))?;
    let mut bytes = Vec::with_capacity(assertion.len() + SIGNATURE_BYTES + 32);
    // INVARIANT: writing to a vector cannot fail.
    let _ = write(&mut Encoder::new(&mut bytes), assertion, at.unix_s(), nonce, &signature);
    to_text(&bytes)
}

/// The text of a paper code.
///
/// # Errors
/// [`PresentationError::Large`] when the assertion is too large.
pub fn print(assertion: &[u8]) -> Result<String, PresentationError> {
    let mut bytes = Vec::with_capacity(assertion.len() + 4);
    // INVARIANT: writing to a vector cannot fail.
    let _ = Encoder::new(&mut bytes).array(1).and_then(|e| e.bytes(assertion));
    to_text(&bytes)
}

type Encoded = Result<(), minicbor::encode::Error<Infallible>>;

fn write(
    e: &mut Encoder<&mut Vec<u8>>,
    assertion: &[u8],
    at_s: i64,
    nonce: &[u8],
    signature: &[u8],
) -> Encoded {
    e.array(4)?.bytes(assertion)?.i64(at_s)?;
    if nonce.is_empty() {
        e.null()?
    } else {
        e.bytes(nonce)?
    };
    e.bytes(signature)?;
    Ok(())
}

/// What the device signs.
fn message(assertion: &[u8], at_s: i64, nonce: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(assertion.len() + CONTEXT.len() + NONCE_BYTES_MAX + 24);
    let mut e = Encoder::new(&mut out);
    // INVARIANT: writing to a vector cannot fail.
    let _ = e.array(4).and_then(|e| e.str(CONTEXT)?.bytes(assertion)?.i64(at_s));
    let _ = if nonce.is_empty() { e.null() } else { e.bytes(nonce) };
    out
}

fn to_text(bytes: &[u8]) -> Result<String, PresentationError> {
    if bytes.len() > PRESENTATION_BYTES_MAX {
        return Err(PresentationError::Large);
    }
    let deflated = if bytes.len() < DEFLATE_BYTES_MIN { None } else { deflate(bytes) };
    let shortest = deflated.as_deref().unwrap_or(bytes);
    let mut text = String::with_capacity(PREFIX.len() + shortest.len().div_ceil(2) * 3);
    text.push_str(PREFIX);
    base45::encode_into(shortest, &mut text);
    if text.len() > CODE_TEXT_BYTES_MAX { Err(PresentationError::Large) } else { Ok(text) }
}

/// The bytes deflated, where that is smaller.
fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut zlib = Compress::new(Compression::best(), true);
    // The output may not grow beyond the input: then there is no gain, and it does not end.
    let status = zlib.compress_vec(bytes, &mut out, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd && out.len() < bytes.len()).then_some(out)
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, PresentationError> {
    let mut out = Vec::with_capacity(PRESENTATION_BYTES_MAX);
    let mut zlib = Decompress::new(true);
    let status = zlib.decompress_vec(bytes, &mut out, FlushDecompress::Finish);
    // All of the input is the stream: bytes after it would be unsigned.
    let whole = usize::try_from(zlib.total_in()) == Ok(bytes.len());
    match status {
        Ok(Status::StreamEnd) if whole => Ok(out),
        _ => Err(PresentationError::Zlib),
    }
}

/// A presentation, read but not verified.
#[derive(Debug, Clone)]
pub struct PresentationText {
    bytes: Vec<u8>,
    assertion: Range<usize>,
    shown: Option<Shown>,
}

#[derive(Debug, Clone)]
struct Shown {
    at_s: i64,
    nonce: Range<usize>,
    signature: [u8; SIGNATURE_BYTES],
}

impl PresentationText {
    /// Reads the text of a code. Line ends around it are ignored: scanners append them.
    ///
    /// # Errors
    /// [`PresentationError`] naming the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, PresentationError> {
        if text.len() > CODE_TEXT_BYTES_MAX {
            return Err(PresentationError::Large);
        }
        let text = text.trim_matches(['\r', '\n', '\t']);
        let body = text.strip_prefix(PREFIX).ok_or(PresentationError::Prefix)?;
        let mut bytes = base45::decode(body.as_bytes())?;
        if bytes.first() == Some(&ZLIB) {
            bytes = inflate(&bytes)?;
        }
        if bytes.len() > PRESENTATION_BYTES_MAX {
            return Err(PresentationError::Large);
        }
        let (assertion, shown) = read(&bytes)?;
        Ok(Self { bytes, assertion, shown })
    }

    /// The assertion's bytes.
    pub fn assertion(&self) -> &[u8] {
        self.bytes.get(self.assertion.clone()).unwrap_or_default()
    }
    /// Whether it is a paper code: no device signed it.
    pub fn is_paper(&self) -> bool {
        self.shown.is_none()
    }
    /// When the device showed it; none on paper.
    pub fn presented_at(&self) -> Option<Timestamp> {
        self.shown.as_ref().map(|shown| Timestamp::from_unix_s(shown.at_s))
    }
    /// The verifier's nonce, when there is one.
    pub fn nonce(&self) -> Option<&[u8]> {
        let shown = self.shown.as_ref()?;
        self.bytes.get(shown.nonce.clone()).filter(|nonce| !nonce.is_empty())
    }
    /// What the device signed and its signature; none on paper.
    pub fn device_message(&self) -> Option<(Vec<u8>, &[u8])> {
        let shown = self.shown.as_ref()?;
        let nonce = self.nonce().unwrap_or_default();
        Some((message(self.assertion(), shown.at_s, nonce), &shown.signature))
    }
    /// Verifies the device's signature.
    ///
    /// # Errors
    /// [`SuiteError::Signature`] when there is none, or it is not this key's.
    pub fn verify_device(&self, key: &CoseKey) -> Result<(), SuiteError> {
        let (message, signature) = self.device_message().ok_or(SuiteError::Signature)?;
        key.verify_once(&message, signature)
    }
}

fn read(bytes: &[u8]) -> Result<(Range<usize>, Option<Shown>), CborError> {
    let mut reader = Reader::new(bytes);
    let items = reader.array(4)?;
    let assertion = reader.bytes_range(PRESENTATION_BYTES_MAX)?;
    let shown = match items {
        1 => None,
        4 => Some(Shown {
            at_s: i64::try_from(reader.uint()?).map_err(|_| CborError::Large)?,
            nonce: match reader.null_if() {
                true => 0..0,
                false => reader.bytes_range(NONCE_BYTES_MAX)?,
            },
            signature: reader.bytes_exact()?,
        }),
        _ => return Err(CborError::Kind),
    };
    reader.finish()?;
    match &shown {
        // An empty nonce would be a second way to write none.
        Some(shown) if shown.nonce.is_empty() && shown.nonce.start > 0 => Err(CborError::Form),
        _ => Ok((assertion, shown)),
    }
}
