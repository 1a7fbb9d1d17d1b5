//! QR symbols in a picture of black and white.

use crate::{
    limits::{FINDER_CANDIDATES_MAX, FINDER_SETS_MAX, SYMBOLS_MAX},
    text::text,
};
use rxing::{
    Point,
    common::{BitMatrix, DetectorRXingResult, cpp_essentials::ConcentricPattern},
    qrcode::{
        cpp_port::{
            decoder::Decode,
            detector::{FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR},
        },
        detector::QRCodeDetectorResult,
    },
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The least modules a side that a symbol has.
const MODULES_MIN: u32 = 21;
/// Rows between two that are looked at: a finder pattern's heart is three modules high.
const ROW_STEP: usize = 3;

/// A symbol that was read.
#[derive(Clone)]
pub(crate) struct Symbol {
    /// Its text.
    pub(crate) text: String,
    /// Where it is.
    pub(crate) place: Place,
}

/// Where a symbol is, in pixels of the whole picture.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Place {
    fn around(corners: &[Point], scale: f32) -> Self {
        let bound = |value: fn(&Point) -> f32, pick: fn(f32, f32) -> f32| {
            corners.iter().map(value).reduce(pick).unwrap_or_default() * scale
        };
        Self {
            left: bound(|p| p.x, f32::min),
            top: bound(|p| p.y, f32::min),
            right: bound(|p| p.x, f32::max),
            bottom: bound(|p| p.y, f32::max),
        }
    }

    fn holds(&self, point: Point, scale: f32) -> bool {
        let (x, y) = (point.x * scale, point.y * scale);
        self.left <= x && x <= self.right && self.top <= y && y <= self.bottom
    }

    /// Whether the other symbol, which begins no higher, stands beside this one.
    pub(crate) fn same_line(&self, other: &Self) -> bool {
        (other.top + other.bottom) / 2.0 < self.bottom
    }
}

/// What one attempt saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// Symbols that were read.
    pub(crate) symbols: Vec<Symbol>,
    /// Whether there was one that could not be read: another attempt may.
    pub(crate) unread: bool,
}

/// Reads the symbols of a picture, dark on light. One pixel of it is `scale` pixels of the whole.
pub(crate) fn find(picture: &BitMatrix, scale: f32) -> Seen {
    let small = picture.width().min(picture.height()) < MODULES_MIN;
    if small || candidates(picture) > FINDER_CANDIDATES_MAX {
        return Seen::default();
    }
    // The detector's geometry has assertions of its own. One that fails for some odd picture
    // costs this attempt, not the program.
    catch_unwind(AssertUnwindSafe(|| search(picture, scale))).unwrap_or_default()
}

fn search(picture: &BitMatrix, scale: f32) -> Seen {
    let mut patterns = FindFinderPatterns(picture, true, 0);
    let sets = GenerateFinderPatternSets(&mut patterns);
    let mut symbols: Vec<Symbol> = Vec::new();
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let mut failed: Vec<FinderPatternSet> = Vec::new();
    for set in sets.into_iter().take(FINDER_SETS_MAX) {
        if uses(&set, &used) {
            continue;
        }
        let Ok(sampled) = SampleQR(picture, &set) else { continue };
        match read(&sampled, scale) {
            Some(symbol) => {
                used.extend([set.bl, set.tl, set.tr]);
                symbols.push(symbol);
            }
            None => failed.push(set),
        }
        if symbols.len() >= SYMBOLS_MAX {
            break;
        }
    }
    let unread = failed.iter().any(|set| !uses(set, &used) && !within(set, &symbols, scale));
    Seen { symbols, unread }
}

/// Whether a triple has a pattern of a symbol that was read.
fn uses(set: &FinderPatternSet, used: &[ConcentricPattern]) -> bool {
    [set.bl, set.tl, set.tr].iter().any(|pattern| used.contains(pattern))
}

/// Whether a triple lies among the modules of a symbol that was read: chance made it.
fn within(set: &FinderPatternSet, symbols: &[Symbol], scale: f32) -> bool {
    let patterns = [set.bl, set.tl, set.tr];
    symbols.iter().any(|symbol| patterns.iter().all(|p| symbol.place.holds(p.p, scale)))
}

fn read(sampled: &QRCodeDetectorResult, scale: f32) -> Option<Symbol> {
    let decoded = Decode(sampled.getBits()).ok()?;
    let text = text(decoded.content());
    let place = Place::around(sampled.getPoints(), scale);
    (decoded.isValid() && !text.is_empty()).then_some(Symbol { text, place })
}

/// Places in every third row where five runs of pixels are about 1:1:3:1:1 long, as those through
/// a finder pattern are (ISO/IEC 18004, 6.3.3).
fn candidates(picture: &BitMatrix) -> usize {
    (0..picture.height()).step_by(ROW_STEP).map(|y| candidates_in_row(picture, y)).sum()
}

fn candidates_in_row(picture: &BitMatrix, y: u32) -> usize {
    let mut runs = [0_u32; 5];
    let mut dark = false;
    let mut count = 0;
    for x in 0..picture.width() {
        if picture.get(x, y) == dark {
            runs[4] += 1;
        } else {
            count += usize::from(dark && is_finder(runs));
            runs.rotate_left(1);
            runs[4] = 1;
            dark = !dark;
        }
    }
    count
}

/// Far more generous than the detector is, so that it never finds more than was counted here.
fn is_finder(runs: [u32; 5]) -> bool {
    let edge = runs[0].min(runs[1]).min(runs[3]).min(runs[4]);
    edge > 0 && runs[2] >= edge && runs[0].max(runs[4]) <= runs[2].saturating_mul(2)
}
