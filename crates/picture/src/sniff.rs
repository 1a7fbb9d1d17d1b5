//! What kind of file it is.

/// How far into a file the head of a PDF document may lie (ISO 32000-1, annex H.3.4.1).
const PDF_HEAD_BYTES: usize = 1024;

/// A kind of file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PNG (ISO/IEC 15948).
    Png,
    /// JPEG (ISO/IEC 10918).
    Jpeg,
    /// PDF (ISO 32000).
    Pdf,
}

/// The kind of a file by its first bytes; `None` for any other kind.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Format::Png);
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Format::Jpeg);
    }
    let head = &bytes[..bytes.len().min(PDF_HEAD_BYTES)];
    head.windows(5).any(|window| window == b"%PDF-").then_some(Format::Pdf)
}
