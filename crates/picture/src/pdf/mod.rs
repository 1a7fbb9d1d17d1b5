//! PDF documents (ISO 32000): every page drawn, as far as a QR code may be part of it.
//!
//! The syntax is read by `hayro-syntax`, which parses what is asked for and holds nothing else.
//! Drawing is our own: filled and stroked shapes and images, whatever it takes to show a code, but
//! no text. A library that draws everything can be kept busy for hours by a page of a few lines;
//! here every command, painted pixel and unpacked byte is counted. For the same reason images in
//! JPEG 2000 and JBIG2 are left out: what decoding them takes cannot be told beforehand. Codes
//! drawn by a font, a pattern or an annotation are not seen.

mod canvas;
mod colour;
mod filters;
mod guard;
mod image;
mod painter;
mod samples;
mod state;

use crate::{
    PictureError,
    limits::{PDF_FILE_BYTES_MAX, PDF_PAGE_PIXELS_MAX, PDF_PAGE_SIDE_MAX, PDF_PAGES_MAX},
};
use canvas::{Canvas, Drawing};
use hayro_syntax::{LoadPdfError, Pdf, page::Page};
use painter::Painter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tiny_skia::Transform;

/// Pixels to a point (a 72nd of an inch): 300 to an inch, as scanners see paper.
const PIXELS_PER_POINT: f32 = 300.0 / 72.0;

/// A document.
pub(crate) struct Document(Pdf);

impl Document {
    /// Opens a document.
    ///
    /// # Errors
    /// [`PictureError`]: too large, damaged, or locked with a password.
    pub(crate) fn open(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > PDF_FILE_BYTES_MAX {
            return Err(PictureError::TooLarge { what: "bytes", max: PDF_FILE_BYTES_MAX as u64 });
        }
        guard::check(bytes)?;
        // What the parser asserts of itself must not end the program of who sent a broken file.
        let opened = catch_unwind(|| Pdf::new(bytes.to_vec()))
            .map_err(|_| PictureError::Damaged("the document's structure".into()))?;
        let pdf = opened.map_err(|error| match error {
            LoadPdfError::Decryption(_) => PictureError::Locked,
            LoadPdfError::Invalid => PictureError::Damaged("the document's structure".into()),
        })?;
        if pdf.pages().len() > PDF_PAGES_MAX {
            return Err(PictureError::TooLarge { what: "pages", max: PDF_PAGES_MAX as u64 });
        }
        Ok(Self(pdf))
    }

    /// The pages, drawn one after the other.
    pub(crate) fn pages(&self) -> impl Iterator<Item = Result<Drawing, PictureError>> {
        self.0.pages().iter().map(|page| {
            catch_unwind(AssertUnwindSafe(|| draw(page)))
                .unwrap_or_else(|_| Err(PictureError::Damaged("a page".into())))
        })
    }
}

fn draw(page: &Page<'_>) -> Result<Drawing, PictureError> {
    let (width, height) = page.render_dimensions();
    let fits = (PDF_PAGE_PIXELS_MAX / (width * height)).sqrt();
    let scale = PIXELS_PER_POINT.min(fits).min(PDF_PAGE_SIDE_MAX / width.max(height));
    let mut canvas = Canvas::new((width * scale) as u32, (height * scale) as u32)
        .ok_or_else(|| PictureError::Damaged("the size of a page".into()))?;
    let [a, b, c, d, e, f] = page.initial_transform(true).as_coeffs().map(|value| value as f32);
    let transform = Transform::from_row(a, b, c, d, e, f).post_scale(scale, scale);
    Painter::new(&mut canvas).page(page, transform);
    Ok(canvas.finish())
}
