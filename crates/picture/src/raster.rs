//! PNG and JPEG, decoded to grey.

use crate::{
    Format, PictureError,
    limits::{
        FILE_BYTES_MAX, JPEG_SCANS_MAX, PICTURE_MEMORY_MAX, PICTURE_PIXELS_MAX, PICTURE_SIDE_MAX,
    },
};
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Luma,
    error::LimitErrorKind, metadata::Orientation,
};
use std::io::Cursor;

/// Decodes a picture, upright, and as it looks on white paper.
///
/// # Errors
/// [`PictureError::TooLarge`] by what its head says, before anything is allocated;
/// [`PictureError::Damaged`].
pub(crate) fn decode(bytes: &[u8], format: Format) -> Result<GrayImage, PictureError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(PictureError::TooLarge { what: "bytes", max: FILE_BYTES_MAX as u64 });
    }
    if format == Format::Jpeg && scans(bytes) > JPEG_SCANS_MAX {
        return Err(PictureError::TooLarge { what: "scans", max: JPEG_SCANS_MAX as u64 });
    }
    let format = if format == Format::Png { ImageFormat::Png } else { ImageFormat::Jpeg };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(problem)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PICTURE_PIXELS_MAX {
        return Err(PictureError::TooLarge { what: "pixels", max: PICTURE_PIXELS_MAX });
    }
    if decoder.total_bytes() > PICTURE_MEMORY_MAX {
        return Err(PictureError::TooLarge { what: "bytes of pixels", max: PICTURE_MEMORY_MAX });
    }
    // A camera that was held sideways notes so; codes are listed in the order a reader sees.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture =
        DynamicImage::ImageLuma8(on_white(DynamicImage::from_decoder(decoder).map_err(problem)?));
    picture.apply_orientation(orientation);
    Ok(picture.into_luma8())
}

/// How many scans a JPEG file has (ISO/IEC 10918-1, B.1 and B.2), up to where it ends or breaks
/// off. What lies in segments of other programs, or behind the end, does not count.
fn scans(bytes: &[u8]) -> usize {
    let mut scans = 0;
    let mut at = 2;
    while let Some([0xff, marker, rest @ ..]) = bytes.get(at..) {
        match marker {
            0xff => at += 1,
            // Those that stand alone: restarts, and what no encoder writes.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => break,
            _ => {
                scans += usize::from(*marker == 0xda);
                let length = rest.first_chunk().map_or(2, |length| u16::from_be_bytes(*length));
                at += 2 + usize::from(length.max(2));
            }
        }
        // The data of a scan, and what is amiss between segments.
        let next = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0xff));
        at += next.unwrap_or(bytes.len());
    }
    scans
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(PICTURE_SIDE_MAX);
    limits.max_image_height = Some(PICTURE_SIDE_MAX);
    limits.max_alloc = Some(PICTURE_MEMORY_MAX);
    limits
}

fn problem(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(error) => match error.kind() {
            LimitErrorKind::DimensionError => {
                PictureError::TooLarge { what: "pixels a side", max: PICTURE_SIDE_MAX.into() }
            }
            _ => PictureError::TooLarge { what: "bytes of pixels", max: PICTURE_MEMORY_MAX },
        },
        error => PictureError::Damaged(error.to_string()),
    }
}

/// Transparent parts show what lies below; codes are drawn to lie on white.
fn on_white(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let picture = picture.into_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [grey, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        Luma([((grey * alpha + 255 * (255 - alpha)) / 255) as u8])
    })
}

#[cfg(test)]
mod tests {
    use super::scans;

    #[test]
    fn scans_are_counted_where_they_are() {
        let head = b"\xff\xd8\xff\xe1\x00\x06\xff\xda\xff\xda".to_vec();
        let scan = b"\xff\xda\x00\x04\x01\x00data\xff\x00\xff\xd0more".to_vec();
        let end = b"\xff\xd9 and \xff\xda behind it".to_vec();
        assert_eq!(scans(&[head.clone(), end.clone()].concat()), 0);
        assert_eq!(scans(&[head.clone(), scan.clone(), scan.clone(), end].concat()), 2);
        assert_eq!(scans(&[head, scan].concat()[..12]), 1);
        assert_eq!(scans(b""), 0);
    }
}
