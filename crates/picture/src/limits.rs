//! How much work a file may cause.

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most pixels of a picture: what a telephone's camera of 50 megapixels takes.
pub const PICTURE_PIXELS_MAX: u64 = 52_000_000;
/// Longest side of a picture, in pixels.
pub const PICTURE_SIDE_MAX: u32 = 32_768;
/// Most passes over the pixels that a JPEG file makes: each takes as long as decoding a whole one.
pub const JPEG_SCANS_MAX: usize = 100;
/// Most memory that decoding one picture may take, in bytes.
pub const PICTURE_MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// Most pixels that are searched; a larger picture is reduced to so many first.
pub const SEARCH_PIXELS_MAX: u64 = 16_000_000;
/// Most pixels that a picture with small modules is enlarged to.
pub const ENLARGED_PIXELS_MAX: u64 = 6_000_000;
/// Most symbols that are read in one picture or page.
pub const SYMBOLS_MAX: usize = 64;
/// Most places in one attempt that look like a part of a finder pattern. A picture of nothing
/// but noise or small squares has more, and comparing them with each other would take long.
pub const FINDER_CANDIDATES_MAX: usize = 40_000;
/// Most triples of finder patterns that are tried in one attempt.
pub const FINDER_SETS_MAX: usize = 4_000;
/// Largest PDF document, in bytes.
pub const PDF_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most pages of a PDF document.
pub const PDF_PAGES_MAX: usize = 20;
/// Most bytes that all streams of a PDF document unpack to together.
pub const PDF_UNPACKED_BYTES_MAX: u64 = 384 * 1024 * 1024;
/// Most bytes that the drawing commands of one page unpack to, those of forms at each use.
pub const PDF_CONTENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most pixels of all images that are unpacked for one page.
pub const PDF_IMAGE_PIXELS_MAX: u64 = 104_000_000;
/// Most drawing commands of one page, those of its forms counted at each use.
pub const PDF_COMMANDS_MAX: usize = 1_000_000;
/// Deepest nesting of forms.
pub const PDF_DEPTH_MAX: usize = 12;
/// Most states that are saved and not restored.
pub const PDF_STATES_MAX: usize = 256;
/// Most pixels of a drawn page: A4 at 300 dots per inch.
pub const PDF_PAGE_PIXELS_MAX: f32 = 8_700_000.0;
/// Longest side of a drawn page, in pixels.
pub const PDF_PAGE_SIDE_MAX: f32 = 8192.0;
/// Most pixels that are painted on one page, those painted over counted again.
pub const PDF_PAINTED_PIXELS_MAX: u64 = 400_000_000;
