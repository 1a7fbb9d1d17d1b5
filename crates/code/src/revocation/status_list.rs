//! Token Status Lists: a few bits for each certificate (draft-ietf-oauth-status-list section 4).

use super::RevocationError;
use flate2::{Compress, Compression, FlushCompress, Status as Flate, read::ZlibDecoder};
use hutong_model::limits::REVOCATION_FILTER_BYTES_MAX;
use std::io::Read;

/// How a certificate stands (section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 0: valid.
    Valid,
    /// 1: taken back for good.
    Invalid,
    /// 2: suspended; it may be valid again.
    Suspended,
    /// Another, whose meaning the application gives.
    Other(u8),
}

impl Status {
    /// The status of this number.
    pub const fn of(number: u8) -> Self {
        match number {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }
    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Other(other) => other,
        }
    }
}

/// Statuses of 1, 2, 4 or 8 bits, the first in the least significant bits of the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list of so many statuses, all valid. None of another size of a status, or too many.
    pub fn new(bits: u8, count: u64) -> Option<Self> {
        let bytes = usize::try_from(count.checked_mul(u64::from(bits))?.div_ceil(8)).ok()?;
        let known = matches!(bits, 1 | 2 | 4 | 8) && bytes <= REVOCATION_FILTER_BYTES_MAX;
        known.then(|| Self { bits, bytes: vec![0; bytes] })
    }

    /// Unpacks a list: `lst`, zlib of the bytes.
    ///
    /// # Errors
    /// [`RevocationError`] for another size of a status, for what is no zlib stream or more than
    /// one, and for what unpacks to more than permitted.
    pub fn unpack(bits: u64, packed: &[u8]) -> Result<Self, RevocationError> {
        let bits = u8::try_from(bits).ok().filter(|bits| matches!(bits, 1 | 2 | 4 | 8));
        let bits = bits.ok_or(RevocationError::Form("statuses of another size"))?;
        let most = REVOCATION_FILTER_BYTES_MAX as u64;
        let (mut bytes, mut zlib) = (Vec::new(), ZlibDecoder::new(packed));
        let read = zlib.by_ref().take(most + 1).read_to_end(&mut bytes);
        let read = read.map_err(|_| RevocationError::Form("not a zlib stream"))?;
        if read as u64 > most {
            return Err(RevocationError::Large);
        }
        if zlib.total_in() != packed.len() as u64 {
            return Err(RevocationError::Form("bytes after the zlib stream"));
        }
        Ok(Self { bits, bytes })
    }

    /// Packs the list.
    pub fn pack(&self) -> Vec<u8> {
        let mut zlib = Compress::new(Compression::best(), true);
        // What does not shrink grows by a few bytes in each 16 KiB.
        let mut out = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 1024 + 64);
        let status = zlib.compress_vec(&self.bytes, &mut out, FlushCompress::Finish);
        // INVARIANT: there is room for the whole stream.
        assert!(matches!(status, Ok(Flate::StreamEnd)), "the stream has room");
        out
    }

    /// The status at a place; None beyond the end.
    pub fn get(&self, index: u64) -> Option<Status> {
        let (byte, shift) = self.place(index)?;
        let mask = u8::MAX >> (8 - self.bits);
        Some(Status::of((self.bytes[byte] >> shift) & mask))
    }

    /// Sets the status at a place; whether the place exists and the status fits.
    pub fn set(&mut self, index: u64, status: Status) -> bool {
        let mask = u8::MAX >> (8 - self.bits);
        let Some((byte, shift)) = self.place(index) else { return false };
        if status.number() > mask {
            return false;
        }
        self.bytes[byte] = self.bytes[byte] & !(mask << shift) | status.number() << shift;
        true
    }

    /// How many bits a status has.
    pub fn bits(&self) -> u8 {
        self.bits
    }
    /// How many statuses there is room for.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64 * u64::from(8 / self.bits)
    }
    /// Whether there is room for none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The byte of a place, which exists, and how far its bits lie from the least significant.
    fn place(&self, index: u64) -> Option<(usize, u32)> {
        let in_byte = u64::from(8 / self.bits);
        let byte = usize::try_from(index / in_byte).ok().filter(|at| *at < self.bytes.len())?;
        Some((byte, (index % in_byte) as u32 * u32::from(self.bits)))
    }
}
