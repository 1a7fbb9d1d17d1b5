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
/// Narrowest symbol on A4, without its quiet zone, in mm: wide enough to be aimed at from where a
/// paper on a counter is read.
pub const SYMBOL_MM_MIN: f32 = 35.0;
/// Narrowest module, in mm: four dots of an office printer at 300 dots to the inch. Narrower ones
/// run into each other in print and before the cameras of telephones.
pub const MODULE_MM_MIN: f32 = 0.33;
/// Light modules that must surround a symbol (ISO/IEC 18004).
pub const QUIET_ZONE_MODULES: usize = 4;
