//! Bodies are packed before they are sealed: many are the same words of the same code systems.
//!
//! A packed body is the number of the dictionary it was packed with, then a Zstandard frame
//! (RFC 8878) without its magic number. A body that packing does not shorten stays as it is: it
//! begins with the head of a CBOR array, which no number of a dictionary may be.

use std::{cell::RefCell, sync::LazyLock};
use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
    zstd_safe::{CParameter, get_frame_content_size},
};

/// The dictionaries, by number from 1: words, the most frequent last; of the second one, tables of
/// how frequent letters and repetitions are, too (RFC 8878 section 5). None is ever changed: what
/// was packed with it could not be read any more. A better one is a new file with a new number.
const DICTIONARIES: [&[u8]; 2] =
    [include_bytes!("../../data/words-1.txt"), include_bytes!("../../data/words-2.zdict")];
/// The number of the dictionary in use.
const IN_USE: u8 = 2;
/// Least effort: more makes a body of this size no shorter.
const LEVEL: i32 = 1;
/// First bytes of a Zstandard frame (RFC 8878 §3.1.1), left out on disk.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A body longer than this is not believed.
const PLAIN_BYTES_MAX: u64 = hutong_model::limits::BODY_BYTES_MAX as u64;
/// Room that is kept for the next body, in bytes.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// What packing may add to a body that it cannot shorten, in bytes.
const ROOM: usize = 64;

static PACK: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARIES[usize::from(IN_USE) - 1], LEVEL));
static UNPACK: LazyLock<[DecoderDictionary<'static>; DICTIONARIES.len()]> =
    LazyLock::new(|| DICTIONARIES.map(DecoderDictionary::copy));

thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(packer().ok());
    static UNPACKERS: [RefCell<Option<Decompressor<'static>>>; DICTIONARIES.len()] =
        UNPACK.each_ref().map(|words| {
            RefCell::new(Decompressor::with_prepared_dictionary(words).ok())
        });
}

fn packer() -> std::io::Result<Compressor<'static>> {
    let mut packer = Compressor::with_prepared_dictionary(&PACK)?;
    packer.set_parameter(CParameter::ChecksumFlag(false))?;
    packer.set_parameter(CParameter::DictIdFlag(false))?;
    Ok(packer)
}

/// Packs a body, where that makes it shorter.
pub(crate) fn pack(plain: Vec<u8>) -> Vec<u8> {
    let mut frame = Vec::with_capacity(plain.len() + ROOM);
    let packed = PACKER.with_borrow_mut(|packer| {
        packer.as_mut().is_some_and(|packer| packer.compress_to_buffer(&plain, &mut frame).is_ok())
    });
    if !packed || frame.len() >= plain.len() + MAGIC.len() || !frame.starts_with(&MAGIC) {
        return plain;
    }
    frame.drain(..MAGIC.len() - 1);
    frame[0] = IN_USE;
    frame
}

/// Room for a body as it is packed and as it was, which is used for one body after the other.
#[derive(Default)]
pub(crate) struct Unpacking {
    packed: Vec<u8>,
    plain: Vec<u8>,
}

impl Unpacking {
    /// Behind how many bytes the packed body is put: there the magic number goes, whose last byte
    /// takes the place of the number of the dictionary.
    pub(crate) const BEFORE: usize = MAGIC.len() - 1;

    /// Where the packed body is put.
    pub(crate) fn packed(&mut self) -> &mut Vec<u8> {
        if self.plain.capacity() > KEPT_BYTES_MAX || self.packed.capacity() > KEPT_BYTES_MAX {
            *self = Self::default();
        }
        &mut self.packed
    }

    /// The body as it was; `None` where it is damaged.
    pub(crate) fn unpacked(&mut self) -> Option<&[u8]> {
        let number = usize::from(*self.packed.get(Self::BEFORE)?);
        if !(1..=DICTIONARIES.len()).contains(&number) {
            return Some(&self.packed[Self::BEFORE..]);
        }
        self.packed[..MAGIC.len()].copy_from_slice(&MAGIC);
        let bytes = get_frame_content_size(&self.packed).ok()??;
        if bytes > PLAIN_BYTES_MAX {
            return None;
        }
        self.plain.clear();
        self.plain.reserve(usize::try_from(bytes).ok()?);
        UNPACKERS.with(|unpackers| {
            let mut unpacker = unpackers[number - 1].borrow_mut();
            unpacker.as_mut()?.decompress_to_buffer(&self.packed, &mut self.plain).ok()
        })?;
        Some(&self.plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpack(body: Vec<u8>) -> Option<Vec<u8>> {
        let mut room = Unpacking::default();
        room.packed().extend_from_slice(&[0; Unpacking::BEFORE]);
        room.packed().extend(body);
        room.unpacked().map(<[u8]>::to_vec)
    }

    /// What was packed with a dictionary must be read for ever.
    #[test]
    fn the_words_never_change() {
        let digests = DICTIONARIES
            .map(|words| hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, words)));
        assert_eq!(
            digests,
            [
                "071ee8f9ff3b7dc294423fd81b1e6d29ed929fe7251e91be1b30628c10ee3eaf",
                "2f11bf1aec456ebf7ea4d26cb79411f5c095313352b771724f6aa15f50d434e7"
            ]
        );
    }

    /// As the release before packed it.
    #[test]
    fn what_the_first_dictionary_packed_is_read() {
        let plain = b"\x86urn:hutong:cs:cn-vaccine\x66Influenza, seasonal, injectable".to_vec();
        let packed =
            hex::decode("0120398500001886664903004b810a0009128841c506").expect("hexadecimal");
        assert_eq!(packed[0], 1);
        assert_eq!(unpack(packed), Some(plain));
    }

    #[test]
    fn known_words_take_little_room() {
        let plain = b"\x86urn:hutong:cs:cn-vaccine\x66Influenza, seasonal, injectable".to_vec();
        let packed = pack(plain.clone());
        assert_eq!(packed[0], IN_USE);
        assert!(packed.len() < 24, "{} bytes", packed.len());
        assert_eq!(unpack(packed), Some(plain));
    }

    #[test]
    fn a_damaged_frame_is_refused() {
        assert_eq!(unpack(vec![IN_USE]), None);
        assert_eq!(unpack(vec![IN_USE, 0x20, 5, 1, 0, 0]), None);
        // A frame that claims four gigabytes.
        assert_eq!(unpack(vec![IN_USE, 0xa0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn every_body_comes_back(tail in proptest::collection::vec(any::<u8>(), 0..600)) {
            let plain = [&[0x86], &tail[..]].concat();
            let packed = pack(plain.clone());
            prop_assert!(packed.len() <= plain.len());
            prop_assert_eq!(unpack(packed), Some(plain));
        }

        #[test]
        fn nothing_from_disk_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for number in 1..=IN_USE {
                let _ = unpack([&[number], &body[..]].concat());
            }
            let _ = unpack(body);
        }
    }
}
