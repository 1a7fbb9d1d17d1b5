//! Colours as shades: how light a colour looks is all that matters to a code.

use super::filters;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as Text};

/// Deepest nesting of colour spaces that is followed.
const DEPTH_MAX: usize = 4;
/// Most bytes of the table of an indexed colour space: 256 colours of at most 32 parts.
const TABLE_BYTES_MAX: usize = 256 * 32;

/// What the numbers of a colour mean.
#[derive(Debug, Clone)]
pub(super) enum Space {
    /// One number, from black to white. The lightness of L*a*b* too, of which two more follow.
    Grey { parts: usize },
    /// Red, green, blue.
    Rgb,
    /// Cyan, magenta, yellow, black.
    Cmyk,
    /// So many inks, from none to all.
    Inks(usize),
    /// The number of a shade.
    Indexed(Vec<u8>),
    /// Something else is painted with: a pattern.
    Pattern,
}

impl Space {
    /// Black and white, as everything begins.
    pub(super) const GREY: Self = Self::Grey { parts: 1 };

    /// The space of a name or description (ISO 32000-1, 8.6), names looked up in `known`.
    pub(super) fn parse(object: &Object<'_>, known: &Dict<'_>) -> Option<Self> {
        Self::parse_within(object, known, 0)
    }

    fn parse_within(object: &Object<'_>, known: &Dict<'_>, depth: usize) -> Option<Self> {
        if depth > DEPTH_MAX {
            return None;
        }
        match object {
            Object::Name(name) => Self::named(name).or_else(|| {
                Self::parse_within(&known.get::<Object<'_>>(name.as_ref())?, known, depth + 1)
            }),
            Object::Array(array) => Self::described(array, known, depth),
            _ => None,
        }
    }

    fn named(name: &Name<'_>) -> Option<Self> {
        Some(match name.as_ref() {
            b"DeviceGray" | b"CalGray" | b"G" => Self::GREY,
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Self::Rgb,
            b"DeviceCMYK" | b"CMYK" => Self::Cmyk,
            b"Lab" => Self::Grey { parts: 3 },
            b"Pattern" => Self::Pattern,
            _ => return None,
        })
    }

    fn described(array: &Array<'_>, known: &Dict<'_>, depth: usize) -> Option<Self> {
        let mut items = array.iter::<Object<'_>>();
        let kind = items.next()?.into_name()?;
        Some(match kind.as_ref() {
            b"ICCBased" => match items.next()?.into_stream()?.dict().get::<u8>(b"N")? {
                1 => Self::GREY,
                3 => Self::Rgb,
                4 => Self::Cmyk,
                _ => return None,
            },
            b"Separation" => Self::Inks(1),
            b"DeviceN" => Self::Inks(items.next()?.into_array()?.raw_iter().take(33).count()),
            b"Indexed" | b"I" => {
                let base = Self::parse_within(&items.next()?, known, depth + 1)?;
                let _highest = items.next()?;
                Self::Indexed(base.shades(&table(items.next()?)?))
            }
            _ => return Self::named(&kind),
        })
    }

    /// How many numbers make a colour.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Grey { parts } => *parts,
            Self::Rgb => 3,
            Self::Cmyk => 4,
            Self::Inks(parts) => *parts,
            Self::Indexed(_) | Self::Pattern => 1,
        }
    }

    /// The shade of a colour given as numbers from 0 to 1; `None` for a pattern.
    pub(super) fn shade(&self, colour: &[f32]) -> Option<f32> {
        let part = |at: usize| colour.get(at).copied().unwrap_or(0.0).clamp(0.0, 1.0);
        Some(match self {
            Self::Grey { parts: 1 } => part(0),
            // L* from 0 to 100 where numbers are given, and samples are shares of it.
            Self::Grey { .. } => colour.first().map_or(0.0, |l| (l / 100.0).clamp(0.0, 1.0)),
            Self::Rgb => luma(part(0), part(1), part(2)),
            Self::Cmyk => {
                let light = 1.0 - part(3);
                luma((1.0 - part(0)) * light, (1.0 - part(1)) * light, (1.0 - part(2)) * light)
            }
            Self::Inks(parts) => 1.0 - (0..*parts).map(part).fold(0.0, f32::max),
            Self::Indexed(shades) => {
                let index = colour.first().copied().unwrap_or(0.0).max(0.0) as usize;
                f32::from(shades.get(index).copied().unwrap_or(0)) / 255.0
            }
            Self::Pattern => return None,
        })
    }

    /// The shade of a colour given as bytes.
    pub(super) fn shade_of_bytes(&self, colour: &[u8]) -> u8 {
        match self {
            Self::Grey { .. } => colour[0],
            Self::Indexed(shades) => shades.get(usize::from(colour[0])).copied().unwrap_or(0),
            Self::Inks(1) => 255 - colour[0],
            _ => {
                let mut parts = [0.0; 32];
                let scaled = colour.iter().map(|byte| f32::from(*byte) / 255.0);
                parts.iter_mut().zip(scaled).for_each(|(part, value)| *part = value);
                (self.shade(&parts).unwrap_or(1.0) * 255.0).round() as u8
            }
        }
    }

    fn shades(&self, table: &[u8]) -> Vec<u8> {
        table.chunks_exact(self.parts().max(1)).map(|bytes| self.shade_of_bytes(bytes)).collect()
    }
}

/// ITU-R BT.601.
fn luma(red: f32, green: f32, blue: f32) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

fn table(object: Object<'_>) -> Option<Vec<u8>> {
    let cut = |bytes: &[u8]| bytes[..bytes.len().min(TABLE_BYTES_MAX)].to_vec();
    match object {
        Object::String(text) => Some(cut(<Text<'_> as AsRef<[u8]>>::as_ref(&text))),
        Object::Stream(stream) => stream_table(&stream).map(|bytes| cut(&bytes)),
        _ => None,
    }
}

fn stream_table(stream: &Stream<'_>) -> Option<Vec<u8>> {
    filters::data(stream, TABLE_BYTES_MAX * 4).map(|data| data.into_owned())
}
