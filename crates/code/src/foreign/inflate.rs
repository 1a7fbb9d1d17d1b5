//! Inflation with a limit, so that a small code cannot fill the memory.

use flate2::{Decompress, FlushDecompress, Status};
use std::cell::RefCell;

thread_local! {
    /// One inflater of each kind a thread: making its window costs as much as inflating a code.
    static ZLIB: RefCell<Decompress> = RefCell::new(Decompress::new(true));
    static DEFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Inflates a zlib stream (RFC 1950) that is the whole of `bytes` and yields at most `max` bytes:
/// what came after it would be unsigned.
pub(crate) fn zlib(bytes: &[u8], max: usize) -> Option<Vec<u8>> {
    ZLIB.with_borrow_mut(|inflater| {
        inflater.reset(true);
        let out = inflate(inflater, bytes, max)?;
        (usize::try_from(inflater.total_in()) == Ok(bytes.len())).then_some(out)
    })
}

/// Inflates a raw DEFLATE stream (RFC 1951) that begins `bytes` and yields at most `max` bytes.
/// It says itself where it ends. Bytes after it are signed with it (RFC 7515), and some issuers
/// leave the trailer of gzip there: they are passed over.
pub(crate) fn deflate(bytes: &[u8], max: usize) -> Option<Vec<u8>> {
    DEFLATE.with_borrow_mut(|inflater| {
        inflater.reset(false);
        inflate(inflater, bytes, max)
    })
}

fn inflate(inflater: &mut Decompress, bytes: &[u8], max: usize) -> Option<Vec<u8>> {
    // Most certificates shrink to a half at best; more room is made when it is needed.
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(3).clamp(64, max));
    loop {
        let consumed = usize::try_from(inflater.total_in()).ok()?;
        let rest = bytes.get(consumed..)?;
        let status = inflater.decompress_vec(rest, &mut out, FlushDecompress::Finish).ok()?;
        match status {
            Status::StreamEnd => return Some(out),
            _ if out.len() < out.capacity() || out.capacity() >= max => return None,
            _ => out.reserve_exact(out.capacity().min(max - out.capacity())),
        }
    }
}
