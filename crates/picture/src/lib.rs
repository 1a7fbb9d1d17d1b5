//! QR codes out of pictures: a photograph, a scan, a screenshot, a PDF document.
//!
//! ```text
//! bytes ─ sniff ─┬─ PNG, JPEG: decode (bounded) ───────┐
//!                └─ PDF: objects (bounded) ─ draw page ┴─ grey ─ attempts ─ symbols ─ texts
//! ```
//!
//! What is read is a text, nothing more: whether it is a code, of whom and valid, is for
//! `hutong-code`. Nothing is kept, no file is opened, and no clock is asked: the work that a
//! picture may cause is bounded by its pixels and by the number of attempts ([`limits`]).

mod attempts;
mod error;
mod grey;
pub mod limits;
mod order;
mod pdf;
mod raster;
mod sniff;
mod symbols;
mod text;

use attempts::Effort;
pub use error::PictureError;
pub use sniff::{Format, sniff};

/// The text of one QR code, and where it was.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct QrText {
    text: String,
    page: usize,
}

impl QrText {
    /// The text as it stands in the code.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text alone.
    pub fn into_string(self) -> String {
        self.text
    }

    /// The page of a document, from 1; always 1 in a picture.
    pub fn page(&self) -> usize {
        self.page
    }
}

/// A code is personal data: it does not get into logs by way of `{:?}`.
impl std::fmt::Debug for QrText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QrText({} bytes, page {})", self.text.len(), self.page)
    }
}

/// Reads all QR codes of a picture (PNG or JPEG) or of a PDF document: page by page, from top to
/// bottom and from left to right, each text once.
///
/// What kind of file it is, its content tells. Bytes in a code that are no UTF-8 are taken as
/// ISO-8859-1, the default of ISO/IEC 18004, unless the code itself names another encoding.
///
/// # Errors
/// [`PictureError`]: it is none of the three formats, larger than the [`limits`], damaged, or
/// without any code that can be read.
pub fn read(bytes: &[u8]) -> Result<Vec<QrText>, PictureError> {
    let mut texts: Vec<QrText> = Vec::new();
    let mut add = |page: usize, symbols: Vec<symbols::Symbol>| {
        for text in order::reading_order(symbols) {
            if !texts.iter().any(|held| held.text == text) {
                texts.push(QrText { text, page });
            }
        }
    };
    match sniff(bytes).ok_or(PictureError::UnknownFormat)? {
        Format::Pdf => {
            for (page, drawing) in pdf::Document::open(bytes)?.pages().enumerate() {
                let drawing = drawing?;
                let effort = if drawing.has_images { Effort::Photographed } else { Effort::Drawn };
                add(page + 1, attempts::symbols(&drawing.picture, effort));
            }
        }
        format => {
            add(1, attempts::symbols(&raster::decode(bytes, format)?, Effort::Photographed));
        }
    }
    if texts.is_empty() { Err(PictureError::NothingFound) } else { Ok(texts) }
}
