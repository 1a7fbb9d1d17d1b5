//! Grey pictures made easier to read, and made black and white.

use image::{
    GrayImage,
    imageops::{FilterType, fast_blur, resize, thumbnail},
};
use rxing::{
    Binarizer, Luma8LuminanceSource,
    common::{BitMatrix, HybridBinarizer},
};

/// How many of a picture's pixels may be lighter or darker than what is taken for white or black.
const STRETCH_OUTLIERS: usize = 100;
/// A pixel is dark when it is darker than so much of the mean around it, in 256ths.
const LOCAL_SHARE: u64 = 246;
/// How far the surroundings of a pixel reach, in pixels: beyond the finder pattern that it may
/// belong to, and not beyond the margin of the code, where all may be lighter.
const REACH: u32 = 14;
/// The least difference of light and dark, of 255, that a picture of something has.
const CONTRAST_MIN: u8 = 6;

/// Whether there is nothing to see: one shade all over.
pub(crate) fn is_blank(picture: &GrayImage) -> bool {
    let (dark, light) = shades(picture, 0);
    light.saturating_sub(dark) < CONTRAST_MIN
}

/// Reduced to a share of each side, by the mean of the pixels that become one. This is also what
/// takes noise and the pattern of a screen's pixels away.
pub(crate) fn reduce(picture: &GrayImage, divisor: f32) -> GrayImage {
    let side = |length: u32| ((length as f32 / divisor) as u32).max(1);
    shrink(picture, side(picture.width()), side(picture.height()))
}

/// Reduced to such sides.
pub(crate) fn shrink(picture: &GrayImage, width: u32, height: u32) -> GrayImage {
    thumbnail(picture, width, height)
}

/// Enlarged, with the shades between the pixels' middles guessed.
pub(crate) fn enlarge(picture: &GrayImage, factor: u32) -> GrayImage {
    let (width, height) = (picture.width() * factor, picture.height() * factor);
    resize(picture, width, height, FilterType::CatmullRom)
}

/// Blurred, by a radius of about so many pixels.
pub(crate) fn blur(picture: &GrayImage, sigma: f32) -> GrayImage {
    fast_blur(picture, sigma)
}

/// The darkest and the lightest shade that are common become black and white.
pub(crate) fn stretch(picture: &GrayImage) -> GrayImage {
    let (dark, light) = shades(picture, pixels(picture) / STRETCH_OUTLIERS);
    let range = u32::from(light.saturating_sub(dark).max(1));
    let table: [u8; 256] = std::array::from_fn(|shade| {
        let above = (shade as u32).saturating_sub(dark.into());
        (above * 255 / range).min(255) as u8
    });
    mapped(picture, |shade| table[usize::from(shade)])
}

/// Light becomes dark.
pub(crate) fn invert(picture: &GrayImage) -> GrayImage {
    mapped(picture, |shade| 255 - shade)
}

fn mapped(picture: &GrayImage, shade: impl Fn(u8) -> u8) -> GrayImage {
    let mut picture = picture.clone();
    picture.iter_mut().for_each(|pixel| *pixel = shade(*pixel));
    picture
}

fn pixels(picture: &GrayImage) -> usize {
    picture.as_raw().len()
}

/// The darkest and lightest shades, apart from so many pixels at either end.
fn shades(picture: &GrayImage, outliers: usize) -> (u8, u8) {
    let mut counts = [0_usize; 256];
    picture.iter().for_each(|pixel| counts[usize::from(*pixel)] += 1);
    let mut passed = [0; 2];
    let mut beyond = |end: usize, shade: u8| {
        passed[end] += counts[usize::from(shade)];
        passed[end] > outliers
    };
    let dark = (0..=255).find(|shade| beyond(0, *shade)).unwrap_or(0);
    let light = (0..=255).rev().find(|shade| beyond(1, *shade)).unwrap_or(255);
    (dark, light)
}

/// Black and white by the shades of the blocks of eight pixels around: sharp pictures, uneven
/// light.
pub(crate) fn by_blocks(picture: &GrayImage) -> Option<BitMatrix> {
    let (width, height) = picture.dimensions();
    let source = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height).ok()?;
    Some(HybridBinarizer::new(source).get_black_matrix().ok()?.clone())
}

/// Black and white by the mean of the square around each pixel: a dark code on something light,
/// and shadows that fall across.
pub(crate) fn by_mean(picture: &GrayImage) -> Option<BitMatrix> {
    let (width, height) = picture.dimensions();
    let sums = Sums::of(picture);
    let mut matrix = BitMatrix::new(width, height).ok()?;
    for (y, row) in picture.rows().enumerate() {
        let y = y as u32;
        let (top, bottom) = (y.saturating_sub(REACH), (y + REACH + 1).min(height));
        for (x, pixel) in row.enumerate() {
            let x = x as u32;
            let (left, right) = (x.saturating_sub(REACH), (x + REACH + 1).min(width));
            let area = u64::from(right - left) * u64::from(bottom - top);
            let sum = sums.within(left, top, right, bottom);
            if u64::from(pixel.0[0]) * area * 256 < sum * LOCAL_SHARE {
                matrix.set(x, y);
            }
        }
    }
    Some(matrix)
}

/// Sums of all pixels above and to the left, so that the sum of any rectangle is at hand.
struct Sums {
    /// A row and a column more than the picture has. At most 16 million pixels of 255 fit 32 bits.
    sums: Vec<u32>,
    stride: usize,
}

impl Sums {
    fn of(picture: &GrayImage) -> Self {
        let stride = picture.width() as usize + 1;
        let mut sums = vec![0; stride * (picture.height() as usize + 1)];
        for (y, row) in picture.rows().enumerate() {
            let mut in_row = 0;
            for (x, pixel) in row.enumerate() {
                in_row += u32::from(pixel.0[0]);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + in_row;
            }
        }
        Self { sums, stride }
    }

    fn within(&self, left: u32, top: u32, right: u32, bottom: u32) -> u64 {
        let at = |x: u32, y: u32| u64::from(self.sums[y as usize * self.stride + x as usize]);
        at(right, bottom) + at(left, top) - at(right, top) - at(left, bottom)
    }
}
