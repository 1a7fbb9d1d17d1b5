//! A printable voucher of vaccinations and test results, in Chinese and English, as PDF.
//!
//! ```text
//! Voucher ─ checked against limits ─ laid out (A4 | cards) ─ written (PDF/A-2a, PDF/UA-1)
//! ```
//!
//! What the paper says, its QR symbols prove: it is the codes that are verified, by whichever
//! reader of their kind. Pure: content and fonts in, bytes out, the same for the same input. Only
//! [`Fonts::find`] reads files.

mod a4;
mod breaks;
mod check;
mod codes;
mod content;
mod desk;
mod draw;
mod error;
mod fonts;
pub mod limits;
mod page;
mod setting;
mod symbol;
mod table;
mod wallet;
mod words;

pub use content::{Code, Line, Outcome, Person, Text, Voucher};
pub use error::VoucherError;
pub use fonts::{Fonts, PACKAGE};

/// What it is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// A4 upright, 210 × 297 mm: everything, over as many pages as it takes.
    #[default]
    A4,
    /// Cards of 85.60 × 53.98 mm (ISO/IEC 7810, ID-1): the person with the newest records, then a
    /// card for each code.
    Wallet,
}

/// The languages it is printed in. What a text lacks in one language is printed in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// Chinese, and English under it.
    #[default]
    Both,
}

/// Makes the document. The same content and fonts give the same bytes.
///
/// # Errors
/// [`VoucherError`]: more than the [`limits`], a code that fits no symbol or no card, or a font
/// that may not be embedded.
pub fn render(
    voucher: &Voucher,
    size: Size,
    lang: Lang,
    fonts: &Fonts,
) -> Result<Vec<u8>, VoucherError> {
    check::check(voucher)?;
    let setter = setting::Typesetter::new(fonts)?;
    let page = match size {
        Size::A4 => a4::PAGE,
        Size::Wallet => wallet::PAGE,
    };
    let desk = desk::Desk { voucher, lang, setter: &setter, book: page::Book::new(page) };
    let book = match size {
        Size::A4 => a4::lay_out(desk)?,
        Size::Wallet => wallet::lay_out(desk)?,
    };
    draw::write(book, voucher, lang, fonts)
}
