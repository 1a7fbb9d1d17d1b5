//! Codes drawn, and done to them what cameras, screens and printers do.
#![allow(dead_code, reason = "each test file uses some of it")]

pub mod document;

use hutong_code::Qr;
use hutong_picture::{PictureError, QrText};
use image::{GrayImage, ImageFormat, Luma, codecs::jpeg::JpegEncoder, imageops};
use std::io::Cursor;

/// A text as long as that of a code of ours.
pub fn presentation() -> String {
    format!("HT1:{}", "7Q$KX2 B:L%40*F".repeat(18))
}

/// A text as long as that of an EU certificate.
pub fn certificate() -> String {
    format!("HC1:{}", "6BF%RN-4T0Q:2OP".repeat(34))
}

/// A code with its margin, `module` pixels a module.
pub fn code(text: &str, module: u32) -> GrayImage {
    let qr = Qr::encode(text).expect("it fits");
    let side = (qr.size() as u32 + 8) * module;
    GrayImage::from_fn(side, side, |x, y| {
        let at = |pixel: u32| (pixel / module).wrapping_sub(4) as usize;
        Luma([if qr.is_dark(at(x), at(y)) { 0 } else { 255 }])
    })
}

/// The shade between pixels; white outside.
fn shade(image: &GrayImage, x: f32, y: f32) -> f32 {
    let pixel = |x: f32, y: f32| {
        let inside = x >= 0.0 && y >= 0.0 && x < image.width() as f32 && y < image.height() as f32;
        if inside { f32::from(image.get_pixel(x as u32, y as u32).0[0]) } else { 255.0 }
    };
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (right, below) = (x - 0.5 - left, y - 0.5 - top);
    let upper = pixel(left, top) * (1.0 - right) + pixel(left + 1.0, top) * right;
    let lower = pixel(left, top + 1.0) * (1.0 - right) + pixel(left + 1.0, top + 1.0) * right;
    upper * (1.0 - below) + lower * below
}

/// An image of which `from` says what of the old one each place shows.
pub fn warped(
    image: &GrayImage,
    width: u32,
    height: u32,
    from: impl Fn(f32, f32) -> (f32, f32),
) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let parts = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
        let sum: f32 = parts
            .iter()
            .map(|(dx, dy)| {
                let (u, v) = from(x as f32 + dx, y as f32 + dy);
                shade(image, u, v)
            })
            .sum();
        Luma([(sum / 4.0) as u8])
    })
}

/// Turned by degrees, enlarged by a factor, with room for the corners.
pub fn turned(image: &GrayImage, degrees: f32, factor: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (image.width() as f32, image.height() as f32);
    let side = (width.hypot(height) * factor).ceil();
    warped(image, side as u32, side as u32, |x, y| {
        let (x, y) = ((x - side / 2.0) / factor, (y - side / 2.0) / factor);
        (x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0)
    })
}

/// Seen from below: the upper edge is 1 / (1 + `lean`) as wide as the lower.
pub fn leaning(image: &GrayImage, lean: f32) -> GrayImage {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let depth = 1.0 / (0.85 * (1.0 + lean));
    warped(image, image.width(), image.height(), |x, y| {
        let up = (height - y) / height;
        let far = 1.0 - depth * lean * up;
        ((x - width / 2.0) / far + width / 2.0, height * (1.0 - up * depth / far))
    })
}

/// Shades from `dark` to `light` instead of 0 to 255.
pub fn dimmed(image: &GrayImage, dark: u8, light: u8) -> GrayImage {
    let mut image = image.clone();
    let range = u32::from(light - dark);
    image.iter_mut().for_each(|p| *p = dark + (u32::from(*p) * range / 255) as u8);
    image
}

/// In the shadow that falls from the upper left corner.
pub fn shaded(image: &GrayImage) -> GrayImage {
    let mut image = image.clone();
    let (width, height) = (image.width() as f32, image.height() as f32);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let light = 0.15 + 0.85 * (x as f32 / width) * (y as f32 / height).sqrt();
        pixel.0[0] = (f32::from(pixel.0[0]) * light) as u8;
    }
    image
}

/// With noise of this standard deviation, the same each time.
pub fn noisy(image: &GrayImage, deviation: f32) -> GrayImage {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let mut image = image.clone();
    for pixel in image.iter_mut() {
        // Twelve uniform numbers have a variance of one together.
        let normal = (0..12).map(|_| uniform()).sum::<f32>() - 6.0;
        *pixel = (f32::from(*pixel) + normal * deviation).clamp(0.0, 255.0) as u8;
    }
    image
}

/// Shown on a screen whose pixels have gaps, and photographed with `pitch` camera pixels to one
/// of the screen, tilted: light and dark bands arise that are in neither.
pub fn on_screen(image: &GrayImage, pitch: f32, degrees: f32) -> GrayImage {
    let screen = GrayImage::from_fn(image.width() * 4, image.height() * 4, |x, y| {
        let lit = u32::from(image.get_pixel(x / 4, y / 4).0[0]) * 9 / 10 + 25;
        let gap = x % 4 == 3 || y % 4 == 3;
        Luma([(if gap { lit / 4 } else { lit }).min(255) as u8])
    });
    turned(&screen, degrees, pitch / 4.0)
}

/// Images put onto a large sheet of this shade.
pub fn sheet(width: u32, height: u32, shade: u8, images: &[(&GrayImage, u32, u32)]) -> GrayImage {
    let mut sheet = GrayImage::from_pixel(width, height, Luma([shade]));
    for (image, x, y) in images {
        imageops::replace(&mut sheet, *image, i64::from(*x), i64::from(*y));
    }
    sheet
}

/// As a PNG file.
pub fn png(image: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("it is written");
    bytes
}

/// As a JPEG file of this quality, 1 to 100.
pub fn jpeg(image: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image).expect("written");
    bytes
}

/// The texts of a file.
pub fn texts(bytes: &[u8]) -> Result<Vec<String>, PictureError> {
    Ok(hutong_picture::read(bytes)?.into_iter().map(QrText::into_string).collect())
}

/// Reads one code from an image, losslessly kept and as a middling JPEG.
pub fn reads(what: &str, image: &GrayImage, text: &str) {
    for (kind, bytes) in [("PNG", png(image)), ("JPEG", jpeg(image, 60))] {
        assert_eq!(texts(&bytes), Ok(vec![text.to_owned()]), "{what} as {kind}");
    }
}
