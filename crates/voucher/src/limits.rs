//! How much a voucher may hold, and how small a code may be.

/// Most records: a long life has fewer doses, and a paper of more is no paper to carry.
pub const RECORDS_MAX: usize = 200;
/// Most codes. Those who check a paper by camera do not go through more.
pub const CODES_MAX: usize = 12;
/// Most pages: what `hutong_picture` reads of one document.
pub const PAGES_MAX: usize = 20;
/// Longest text in one language, in characters. The longest row of the table with it is shorter
/// than a page, so that no row need be divided.
pub const TEXT_CHARACTERS_MAX: usize = 160;
/// Longest date, number or lot, in characters.
pub const SHORT_CHARACTERS_MAX: usize = 64;
/// Longest sentence on how to verify, in characters.
pub const SENTENCE_CHARACTERS_MAX: usize = 400;
/// Longest text of one code, in bytes: what a QR symbol of version 40 holds as digits.
pub const CODE_BYTES_MAX: usize = 7_089;
/// Largest font file, in bytes: twice what a collection of all CJK languages takes.
pub const FONT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Narrowest symbol on A4, without its quiet zone, in mm: the least that EU Digital COVID
/// Certificates and SMART Health Cards advise.
pub const SYMBOL_MM_MIN: f32 = 35.0;
/// Narrowest module, in mm. Below it, cameras of telephones and printers of offices blur it
/// (ISO/IEC 15415 measures with apertures made for 0.33 mm).
pub const MODULE_MM_MIN: f32 = 0.33;
/// Light modules that must surround a symbol (ISO/IEC 18004, 5.3.8).
pub const QUIET_ZONE_MODULES: usize = 4;
