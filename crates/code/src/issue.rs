//! Certificates that are issued: the EU Digital COVID Certificate ([`dcc`]), the SMART Health Card
//! ([`shc`]), and our own certificate of records ([`own`]). What is issued here is read by
//! [`crate::Scanner`] as the same records.
//!
//! Pure, as the rest of the crate: times and ids are arguments. Nothing is guessed: what a format
//! cannot state is refused by an [`IssueError`] that names the field, never its value.

pub mod dcc;
mod hanzi;
pub mod jwks;
pub mod latin;
pub mod own;
pub mod shc;
pub mod uvci;
pub mod vaccine_codes;

pub use latin::LatinName;
pub use uvci::Uvci;
pub use vaccine_codes::{VaccineCodes, vaccine_codes};

use crate::assertion::AssertionError;
use crate::presentation::PresentationError;
use crate::suite::SuiteError;
use flate2::{Compress, Compression, FlushCompress, Status};

/// Why a certificate was not issued. Fields are named as the format names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The format asks for a field that the record does not have.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field has not the form, length or range that the format asks for.
    #[error("{0} does not have the form that the format asks for")]
    Malformed(&'static str),
    /// The format has no code for what the field says, or no place for it.
    #[error("{0} cannot be stated in this format")]
    NotStatable(&'static str),
    /// It would end before it begins, or live for longer than permitted.
    #[error("the certificate's life is not permitted")]
    Life,
    /// The key is of another algorithm than the format asks for.
    #[error("the key is not of the algorithm that the format asks for")]
    Algorithm,
    /// More records, or a longer certificate, than permitted.
    #[error("more than one certificate holds")]
    Large,
    /// An assertion of ours was refused.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// A code of ours was refused.
    #[error(transparent)]
    Presentation(#[from] PresentationError),
    /// The key failed to sign.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// The bytes deflated: as a zlib stream (RFC 1950), or raw (RFC 1951).
fn deflate(bytes: &[u8], zlib: bool) -> Result<Vec<u8>, IssueError> {
    let mut deflater = Compress::new(Compression::best(), zlib);
    // What does not shrink is stored, with five bytes around every 16 KiB or more.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1024 + 64);
    match deflater.compress_vec(bytes, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Ok(out),
        _ => Err(IssueError::Large),
    }
}
