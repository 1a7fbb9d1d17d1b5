//! Images as samples: packed bits, rows that begin at a byte.

use super::colour::Space;
use image::{GrayImage, Luma};

/// How the samples of an image lie.
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of one part of a colour: 1, 2, 4, 8 or 16.
    pub(super) bits: u32,
    pub(super) space: Space,
}

impl Layout {
    /// The image, as far as there are samples; white beyond.
    pub(super) fn read(&self, data: &[u8]) -> Option<GrayImage> {
        let parts = self.space.parts();
        if !matches!(self.bits, 1 | 2 | 4 | 8 | 16) || parts == 0 || parts > 32 {
            return None;
        }
        let row_bytes = (self.width as usize * parts * self.bits as usize).div_ceil(8);
        let mut image = GrayImage::from_pixel(self.width, self.height, Luma([255]));
        for (row, bytes) in image.rows_mut().zip(data.chunks_exact(row_bytes.max(1))) {
            self.read_row(row, bytes, parts);
        }
        Some(image)
    }

    fn read_row<'p>(
        &self,
        row: impl Iterator<Item = &'p mut Luma<u8>>,
        bytes: &[u8],
        parts: usize,
    ) {
        let mut colour = [0_u8; 32];
        for (x, pixel) in row.enumerate() {
            for (part, value) in colour[..parts].iter_mut().enumerate() {
                *value = self.sample(bytes, x * parts + part);
            }
            pixel.0 = [self.space.shade_of_bytes(&colour[..parts])];
        }
    }

    /// One sample, stretched to a byte; as it is where it is the number of a shade.
    fn sample(&self, bytes: &[u8], index: usize) -> u8 {
        match self.bits {
            8 => bytes[index],
            16 => bytes[index * 2],
            bits => {
                let bits = bits as usize;
                let bit = index * bits;
                let mask = (1_u16 << bits) - 1;
                let value = u16::from(bytes[bit / 8]) >> (8 - bits - bit % 8) & mask;
                match self.space {
                    Space::Indexed(_) => value as u8,
                    _ => (value * 255 / mask) as u8,
                }
            }
        }
    }
}
