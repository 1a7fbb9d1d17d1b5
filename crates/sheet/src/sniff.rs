//! What kind of file the bytes are.

/// Bytes at the beginning of a file that are enough for [`sniff`].
pub const SNIFF_BYTES: usize = 8;

/// A kind of spreadsheet file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Office Open XML workbook: a ZIP archive.
    Xlsx,
    /// Comma, semicolon or tab separated text.
    Csv,
    /// The old binary workbook, or a password-protected one: not read here.
    OldWorkbook,
}

/// Tells the kind of a file from its first [`SNIFF_BYTES`] bytes (fewer where it is shorter).
pub fn sniff(head: &[u8]) -> Format {
    // ZIP local file header, empty archive, spanned archive (PKWARE APPNOTE §4.3.7, §4.3.16).
    let zip: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];
    // Compound file binary ([MS-CFB] §2.2), the wrapper of .xls and of encrypted .xlsx.
    const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    if zip.iter().any(|magic| head.starts_with(magic)) {
        Format::Xlsx
    } else if head.starts_with(COMPOUND) {
        Format::OldWorkbook
    } else {
        Format::Csv
    }
}
