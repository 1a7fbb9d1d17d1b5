//! QR symbols (ISO/IEC 18004) at error correction M, as SVG or for a terminal.

use fast_qr::ECL;
use fast_qr::convert::{Builder, Shape, svg::SvgBuilder};
use fast_qr::qr::{QRBuilder, QRCode};

/// Largest version that a code of ours may need: larger ones do not scan well from a phone.
pub const VERSION_MAX: u8 = 15;
/// Characters of the alphanumeric set that version 15 holds at error correction M.
pub const TEXT_CHARACTERS_MAX: usize = 600;
/// Light modules that must surround the symbol.
const QUIET_ZONE: usize = 4;

/// A text does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text does not fit a QR symbol")]
pub struct QrError;

/// A QR symbol.
pub struct Qr(QRCode);

impl Qr {
    /// Makes the smallest symbol that holds the text, in the mode that suits it.
    ///
    /// # Errors
    /// [`QrError`] when no version holds it.
    pub fn encode(text: &str) -> Result<Self, QrError> {
        QRBuilder::new(text).ecl(ECL::M).build().map(Self).map_err(|_| QrError)
    }

    /// The version, 1 to 40.
    pub fn version(&self) -> u8 {
        // A symbol of version v has 17 + 4 v modules a side.
        u8::try_from(self.0.size.saturating_sub(17) / 4).unwrap_or(40)
    }

    /// Modules a side, without the quiet zone.
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// Whether the module in row `y`, column `x` is dark; light outside the symbol.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let size = self.0.size;
        x < size && y < size && self.0[y][x].value()
    }

    /// The symbol as an SVG image with its quiet zone.
    pub fn svg(&self) -> String {
        SvgBuilder::default().margin(QUIET_ZONE).shape(Shape::Square).to_str(&self.0)
    }

    /// The symbol for a terminal with a dark background: two modules to a character, light
    /// modules lit.
    pub fn terminal(&self) -> String {
        let side = self.0.size + 2 * QUIET_ZONE;
        let light =
            |x: usize, y: usize| match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
                (Some(x), Some(y)) => !self.is_dark(x, y),
                _ => true,
            };
        let mut out = String::with_capacity(side * side * 2);
        for y in (0..side).step_by(2) {
            for x in 0..side {
                out.push(match (light(x, y), y + 1 < side && light(x, y + 1)) {
                    (true, true) => '\u{2588}',
                    (true, false) => '\u{2580}',
                    (false, true) => '\u{2584}',
                    (false, false) => ' ',
                });
            }
            out.push('\n');
        }
        out
    }
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Qr(version {})", self.version())
    }
}
