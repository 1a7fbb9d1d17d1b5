//! Images of a document (ISO 32000-1, 8.9).

use super::{
    colour::Space,
    filters::{self, Codec},
    samples::Layout,
};
use crate::{
    Format,
    limits::{PICTURE_PIXELS_MAX, PICTURE_SIDE_MAX},
    raster,
};
use hayro_ccitt::{DecodeSettings, DecoderContext, EncodingMode};
use hayro_syntax::object::{Array, Dict, Object, Stream};
use image::{GrayImage, Luma, imageops};

/// Most bytes of a pixel: four parts of sixteen bits.
const PIXEL_BYTES_MAX: u64 = 8;
/// What an image costs at least, in pixels.
const PIXELS_MIN: u64 = 8192;

/// An image: its shades, and how much of what is below each pixel covers.
pub(super) struct Picture {
    /// What shows; `None` of a stencil, through which is painted with the colour of the moment.
    pub(super) shades: Option<GrayImage>,
    /// How opaque; `None` where it is everywhere.
    pub(super) cover: Option<GrayImage>,
}

/// The width and height that an image says it has, if they are allowed.
pub(super) fn size(image: &Dict<'_>) -> Option<(u32, u32)> {
    let side = |long: &[u8], short: &[u8]| {
        let side = image.get::<u32>(long).or_else(|| image.get::<u32>(short))?;
        (1..=PICTURE_SIDE_MAX).contains(&side).then_some(side)
    };
    let (width, height) = (side(b"Width", b"W")?, side(b"Height", b"H")?);
    (pixels((width, height)) <= PICTURE_PIXELS_MAX).then_some((width, height))
}

/// What reading an image costs, in pixels: its own, and those of its masks.
pub(super) fn cost(image: &Dict<'_>) -> u64 {
    let masks = [&b"SMask"[..], b"Mask"].map(|key| image.get::<Stream<'_>>(key));
    let images = masks.iter().flatten().map(Stream::dict).chain([image]);
    images.map(|image| size(image).map_or(0, pixels) + PIXELS_MIN).sum()
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// Reads an image; `None` where it is damaged, or encoded in a way that is not read (JPEG 2000,
/// JBIG2).
pub(super) fn read(stream: &Stream<'_>, spaces: &Dict<'_>) -> Option<Picture> {
    let dict = stream.dict();
    let stencil = dict.get::<bool>(b"ImageMask").or_else(|| dict.get::<bool>(b"IM"));
    if stencil == Some(true) {
        // Where a sample is black, it is painted.
        let mut cover = shades(stream, Some(Space::GREY), Some(1))?;
        imageops::invert(&mut cover);
        return Some(Picture { shades: None, cover: Some(cover) });
    }
    let space = dict
        .get::<Object<'_>>(b"ColorSpace")
        .or_else(|| dict.get::<Object<'_>>(b"CS"))
        .and_then(|space| Space::parse(&space, spaces));
    let shades = shades(stream, space, None)?;
    let cover = dict
        .get::<Stream<'_>>(b"SMask")
        .and_then(|mask| self::shades(&mask, Some(Space::GREY), None))
        .or_else(|| explicit_mask(dict));
    Some(Picture { shades: Some(shades), cover })
}

/// A mask of its own: where its samples are white, the image does not show.
fn explicit_mask(dict: &Dict<'_>) -> Option<GrayImage> {
    let mut cover = shades(&dict.get::<Stream<'_>>(b"Mask")?, Some(Space::GREY), Some(1))?;
    imageops::invert(&mut cover);
    Some(cover)
}

fn shades(stream: &Stream<'_>, space: Option<Space>, bits: Option<u32>) -> Option<GrayImage> {
    let dict = stream.dict();
    let (width, height) = size(dict)?;
    let most = (pixels((width, height)) + PIXELS_MIN) * PIXEL_BYTES_MAX;
    let (data, codec) = filters::image_data(stream, usize::try_from(most).ok()?)?;
    let mut image = match codec {
        Codec::Jpeg => jpeg(&data, space.as_ref())?,
        Codec::Fax => fax(&data, &parameters(dict), width, height)?,
        Codec::Samples => {
            let stated = dict.get::<u32>(b"BitsPerComponent").or_else(|| dict.get::<u32>(b"BPC"));
            let bits = bits.or(stated)?;
            Layout { width, height, bits, space: space.unwrap_or(Space::GREY) }.read(&data)?
        }
    };
    if inverted(dict) {
        imageops::invert(&mut image);
    }
    Some(image)
}

/// Whether the samples are to be read the other way round.
fn inverted(dict: &Dict<'_>) -> bool {
    let decode = dict.get::<Array<'_>>(b"Decode").or_else(|| dict.get::<Array<'_>>(b"D"));
    decode.is_some_and(|decode| {
        let mut ends = decode.iter::<f32>();
        ends.next().zip(ends.next()).is_some_and(|(first, last)| first > last)
    })
}

fn jpeg(data: &[u8], space: Option<&Space>) -> Option<GrayImage> {
    let mut image = raster::decode(data, Format::Jpeg).ok()?;
    if matches!(space, Some(Space::Inks(1))) {
        imageops::invert(&mut image);
    }
    Some(image)
}

/// The parameters of the last filter, which is the one of the image's own encoding.
fn parameters<'a>(dict: &Dict<'a>) -> Dict<'a> {
    [&b"DecodeParms"[..], b"DP"]
        .iter()
        .find_map(|key| match dict.get::<Object<'a>>(key)? {
            Object::Dict(dict) => Some(dict),
            Object::Array(list) => list.iter::<Object<'a>>().last()?.into_dict(),
            _ => None,
        })
        .unwrap_or_default()
}

fn fax(data: &[u8], parameters: &Dict<'_>, width: u32, height: u32) -> Option<GrayImage> {
    let flag = |key: &[u8], default| parameters.get::<bool>(key).unwrap_or(default);
    let columns = parameters.get::<u32>(b"Columns").unwrap_or(1728);
    if columns != width {
        return None;
    }
    let settings = DecodeSettings {
        columns,
        rows: height,
        end_of_block: flag(b"EndOfBlock", true),
        end_of_line: flag(b"EndOfLine", false),
        rows_are_byte_aligned: flag(b"EncodedByteAlign", false),
        encoding: match parameters.get::<i32>(b"K").unwrap_or(0) {
            ..0 => EncodingMode::Group4,
            0 => EncodingMode::Group3_1D,
            1.. => EncodingMode::Group3_2D,
        },
        strict: false,
    };
    let mut rows = Rows { image: white(width, height), row: 0 };
    // A fax that breaks off shows what came.
    let _ = hayro_ccitt::decode(data, &mut rows, &mut DecoderContext::new(settings));
    if flag(b"BlackIs1", false) {
        imageops::invert(&mut rows.image);
    }
    Some(rows.image)
}

fn white(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([255]))
}

/// The rows of a fax.
struct Rows {
    image: GrayImage,
    row: u32,
}

impl hayro_ccitt::Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        if self.row >= self.image.height() {
            return;
        }
        for span in changes.chunks(2) {
            let end = span.get(1).copied().unwrap_or(u32::MAX).min(self.image.width());
            for x in span[0]..end {
                self.image.put_pixel(x, self.row, Luma([0]));
            }
        }
        self.row += 1;
    }
}
