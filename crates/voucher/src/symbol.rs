//! QR symbols (ISO/IEC 18004) as rectangles.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// Largest version at error correction M. A text that needs a larger one is written at L: with
/// modules of a given width, a narrower symbol scans better than a more redundant one.
const VERSION_MAX_AT_M: u8 = 20;
/// Fewest digits at the end of a text that are worth a segment of their own.
const DIGITS_MIN: usize = 20;

/// A QR symbol without its quiet zone.
pub(crate) struct Symbol(QrCode);

impl Symbol {
    /// The smallest symbol that holds the text; none when even the largest does not.
    pub(crate) fn encode(text: &str) -> Option<Self> {
        let segments = segments(text);
        let at = |level, version| {
            let (least, most) = (Version::MIN, Version::new(version));
            QrCode::encode_segments_advanced(&segments, level, least, most, None, true)
        };
        at(QrCodeEcc::Medium, VERSION_MAX_AT_M)
            .or_else(|_| at(QrCodeEcc::Low, Version::MAX.value()))
            .ok()
            .map(Self)
    }

    /// Modules a side.
    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.0.size()).unwrap_or_default()
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        match (i32::try_from(x), i32::try_from(y)) {
            (Ok(x), Ok(y)) => self.0.get_module(x, y),
            _ => false,
        }
    }

    /// The dark modules as rectangles that do not overlap: column, row, width and height. Runs are
    /// merged along rows, and equal runs of successive rows with each other.
    pub(crate) fn rectangles(&self) -> Vec<[usize; 4]> {
        let mut done: Vec<[usize; 4]> = Vec::new();
        let mut open: Vec<[usize; 4]> = Vec::new();
        for y in 0..self.size() {
            let mut next = Vec::new();
            for (x, width) in self.runs(y) {
                let above = open.iter().position(|run| run[0] == x && run[2] == width);
                let from = above.map_or([x, y, width, 0], |index| open.swap_remove(index));
                next.push([x, from[1], width, from[3] + 1]);
            }
            done.append(&mut open);
            open = next;
        }
        done.append(&mut open);
        done.sort_unstable_by_key(|run| (run[1], run[0]));
        done
    }

    /// The dark runs of a row: where each begins and how long it is.
    fn runs(&self, y: usize) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for x in (0..self.size()).filter(|x| self.is_dark(*x, y)) {
            match runs.last_mut() {
                Some((start, width)) if *start + *width == x => *width += 1,
                _ => runs.push((x, 1)),
            }
        }
        runs
    }
}

/// Digits take a third of the room in a segment of their own: a SMART Health Card is `shc:/` and
/// then nothing but digits.
fn segments(text: &str) -> Vec<QrSegment> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let head = text.len() - digits;
    if digits < DIGITS_MIN || head == 0 || QrSegment::is_alphanumeric(text) {
        return QrSegment::make_segments(text);
    }
    let mut segments = QrSegment::make_segments(&text[..head]);
    segments.push(QrSegment::make_numeric(&text[head..]));
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_cover_each_dark_module_once() {
        let symbol = Symbol::encode("shc:/567629095243206034602924374044603122").unwrap();
        let mut covered = vec![0; symbol.size() * symbol.size()];
        for [x, y, width, height] in symbol.rectangles() {
            for row in y..y + height {
                for column in x..x + width {
                    covered[row * symbol.size() + column] += 1;
                }
            }
        }
        for (index, times) in covered.into_iter().enumerate() {
            let (x, y) = (index % symbol.size(), index / symbol.size());
            assert_eq!(times, i32::from(symbol.is_dark(x, y)), "{x},{y}");
        }
    }

    #[test]
    fn digits_after_a_prefix_are_packed() {
        let text = format!("shc:/{}", "7".repeat(2_395));
        let symbol = Symbol::encode(&text).unwrap();
        assert_eq!(symbol.size(), 17 + 4 * 23, "as bytes it would take version 37");
        assert!(Symbol::encode(&"x".repeat(3_000)).is_none(), "no version holds it");
    }
}
