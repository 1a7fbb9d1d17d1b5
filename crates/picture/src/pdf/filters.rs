//! Streams unpacked, after it was measured what they unpack to.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::{
    Filter,
    object::{Dict, Object, Stream},
};
use std::borrow::Cow;

/// Most bytes that one deflated byte unpacks to (RFC 1951: 258 bytes for two codes of one bit).
pub(super) const DEFLATE_RATIO_MAX: u64 = 1032;
/// The same of LZW (4096 bytes for a code of twelve bits) and of run lengths (128 for two bytes).
const LZW_RATIO_MAX: usize = 2731;
const RUN_LENGTH_RATIO_MAX: usize = 64;
/// Bytes that are unpacked at a time to be counted.
const COUNTED_BYTES: usize = 64 * 1024;

/// How an image still is encoded when the general filters are undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// Not at all: samples.
    Samples,
    /// JPEG.
    Jpeg,
    /// ITU-T T.4 or T.6.
    Fax,
}

/// A stream's data, of at most `max` bytes, if it is no image in an encoding of its own.
pub(super) fn data<'a>(stream: &Stream<'a>, max: usize) -> Option<Cow<'a, [u8]>> {
    match image_data(stream, max)? {
        (data, Codec::Samples) => Some(data),
        _ => None,
    }
}

/// A stream's data, of at most `max` bytes, with the general filters undone.
pub(super) fn image_data<'a>(stream: &Stream<'a>, max: usize) -> Option<(Cow<'a, [u8]>, Codec)> {
    let filters = stream.filters();
    let codec = match filters.last() {
        Some(Filter::DctDecode) => Codec::Jpeg,
        Some(Filter::CcittFaxDecode) => Codec::Fax,
        // What decoding these takes cannot be told from their size.
        Some(Filter::Jbig2Decode | Filter::JpxDecode) => return None,
        _ => Codec::Samples,
    };
    let raw = stream.raw_data();
    if codec == Codec::Samples {
        return (fits(&raw, &filters, max) && rows_fit(stream.dict(), max))
            .then(|| stream.decoded_data().ok())?
            .map(|data| (data, codec));
    }
    let mut data = raw;
    for filter in &filters[..filters.len() - 1] {
        data = Cow::Owned(undone(*filter, &data, max)?);
    }
    Some((data, codec))
}

/// Whether what the filters make of the data is at most `max` bytes.
fn fits(raw: &[u8], filters: &[Filter], max: usize) -> bool {
    let Some((last, first)) = filters.split_last() else { return raw.len() <= max };
    let mut data = Cow::Borrowed(raw);
    for filter in first {
        match undone(*filter, &data, max) {
            Some(next) => data = Cow::Owned(next),
            None => return false,
        }
    }
    match last {
        Filter::FlateDecode => inflated_bytes(&data, max as u64) <= max as u64,
        Filter::LzwDecode => data.len() <= max / LZW_RATIO_MAX,
        Filter::RunLengthDecode => data.len() <= max / RUN_LENGTH_RATIO_MAX,
        // Four bytes for the letter z, else fewer than there are letters.
        _ => data.len() <= max / 4,
    }
}

/// A predictor works row by row; a row may be no longer than the data.
fn rows_fit(dict: &Dict<'_>, max: usize) -> bool {
    let fits = |parameters: &Dict<'_>| {
        let number = |key: &[u8]| u64::from(parameters.get::<u32>(key).unwrap_or(1));
        let bits = number(b"Colors").checked_mul(number(b"BitsPerComponent"));
        let bits = bits.and_then(|bits| bits.checked_mul(number(b"Columns")));
        bits.is_some_and(|bits| bits / 8 < max as u64)
    };
    [&b"DecodeParms"[..], b"DP"].iter().all(|key| match dict.get::<Object<'_>>(key) {
        Some(Object::Dict(parameters)) => fits(&parameters),
        Some(Object::Array(list)) => list
            .iter::<Object<'_>>()
            .filter_map(Object::into_dict)
            .all(|parameters| fits(&parameters)),
        _ => true,
    })
}

/// Undoes one general filter that others follow.
fn undone(filter: Filter, data: &[u8], max: usize) -> Option<Vec<u8>> {
    let data = match filter {
        Filter::FlateDecode => inflated(data, max)?,
        Filter::Ascii85Decode => ascii85(data, max)?,
        Filter::AsciiHexDecode => ascii_hex(data)?,
        Filter::Crypt => data.to_vec(),
        _ => return None,
    };
    (data.len() <= max).then_some(data)
}

/// How many bytes deflated data unpacks to, or has itself where those are more; counting ends
/// beyond `max`. Where the data is not valid, what comes after counts as the worst that a lenient
/// reader may make of it.
pub(super) fn inflated_bytes(data: &[u8], max: u64) -> u64 {
    let data = body(data);
    // A block of the kind that does not exist is the end for every reader.
    if data.first().is_none_or(|first| first & 0b110 == 0b110) {
        return 0;
    }
    let mut inflater = Decompress::new(false);
    let mut buffer = vec![0; COUNTED_BYTES];
    loop {
        let rest = &data[(inflater.total_in() as usize).min(data.len())..];
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(rest, &mut buffer, FlushDecompress::None);
        let out = inflater.total_out().max(inflater.total_in());
        match status {
            Ok(Status::StreamEnd) => return out,
            Ok(_) if out > max => return out,
            Ok(_) if (inflater.total_in(), inflater.total_out()) == before => return out,
            Ok(_) => {}
            Err(_) => {
                let rest = data.len() as u64 - inflater.total_in().min(data.len() as u64);
                return out + rest * DEFLATE_RATIO_MAX;
            }
        }
    }
}

fn inflated(data: &[u8], max: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let reader = flate2::read::DeflateDecoder::new(body(data));
    std::io::Read::read_to_end(&mut std::io::Read::take(reader, max as u64 + 1), &mut out).ok()?;
    Some(out)
}

/// Deflated data without the head that it has in the zlib format (RFC 1950), if it has it.
fn body(data: &[u8]) -> &[u8] {
    match data {
        [method, flags, body @ ..]
            if method & 0x0f == 8
                && (u32::from(*method) * 256 + u32::from(*flags)).is_multiple_of(31)
                && flags & 0x20 == 0 =>
        {
            body
        }
        _ => data,
    }
}

/// ISO 32000-1, 7.4.3: five letters for four bytes, `z` for four zeros, `~` at the end.
fn ascii85(data: &[u8], max: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut group = [0_u8; 5];
    let mut held = 0;
    for byte in data.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'~' => break,
            b'z' if held == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group[held] = byte - b'!';
                held += 1;
                if held == 5 {
                    out.extend(four_bytes(group)?);
                    held = 0;
                }
            }
            _ => return None,
        }
        if out.len() > max {
            return None;
        }
    }
    if held > 1 {
        group[held..].fill(84);
        out.extend(&four_bytes(group)?[..held - 1]);
    }
    Some(out)
}

fn four_bytes(group: [u8; 5]) -> Option<[u8; 4]> {
    let value = group.iter().fold(0_u64, |value, digit| value * 85 + u64::from(*digit));
    u32::try_from(value).ok().map(u32::to_be_bytes)
}

/// ISO 32000-1, 7.4.2: two digits a byte, `>` at the end.
fn ascii_hex(data: &[u8]) -> Option<Vec<u8>> {
    let digits = data.iter().filter(|b| !b.is_ascii_whitespace()).take_while(|b| **b != b'>');
    let digits: Option<Vec<u8>> =
        digits.map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8)).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::{ascii_hex, ascii85};

    #[test]
    fn text_forms_of_bytes() {
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80~>", 100).as_deref(), Some(&b"Hello World!"[..]));
        assert_eq!(ascii85(b"z!!~>", 100).as_deref(), Some(&[0, 0, 0, 0, 0][..]));
        assert_eq!(ascii85(b"zzzz~>", 8), None);
        assert_eq!(ascii_hex(b"48 656C6c6F7>").as_deref(), Some(&b"Hellop"[..]));
    }
}
