//! Text of several encodings, read as UTF-8.

use crate::error::SheetError;
use encoding_rs::{
    CoderResult, Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE,
};
use std::io::Read;

/// Bytes looked at, from the first that is not ASCII, to tell UTF-8 from GB18030.
const WINDOW_BYTES: usize = 64 * 1024;
/// Bytes read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Turns bytes of an encoding that is found out on the way into UTF-8.
///
/// A byte order mark decides; without one, ASCII passes until the first other byte, and the bytes
/// from there on tell whether it is UTF-8 or GB18030. What is neither becomes U+FFFD, which the
/// row it stands in is rejected for.
pub(crate) struct Decoded<R> {
    input: R,
    raw: Vec<u8>,
    at: usize,
    ended: bool,
    decoder: Option<Decoder>,
    started: bool,
    finished: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            raw: Vec::new(),
            at: 0,
            ended: false,
            decoder: None,
            started: false,
            finished: false,
        }
    }

    /// Appends decoded text to `out`; false where there is no more.
    pub(crate) fn read_into(&mut self, out: &mut Vec<u8>) -> Result<bool, SheetError> {
        if self.finished {
            return Ok(false);
        }
        if self.at == self.raw.len() {
            self.fill(CHUNK_BYTES)?;
        }
        if !self.started {
            self.start()?;
        }
        if self.decoder.is_none() && !self.pass_ascii(out)? {
            return Ok(true);
        }
        self.decode(out);
        Ok(!self.finished)
    }

    /// Reads until `wanted` undecoded bytes are there, or the input ends.
    fn fill(&mut self, wanted: usize) -> Result<(), SheetError> {
        self.raw.drain(..self.at);
        self.at = 0;
        while self.raw.len() < wanted && !self.ended {
            let missing = u64::try_from(wanted - self.raw.len()).unwrap_or(u64::MAX);
            let count = self.input.by_ref().take(missing).read_to_end(&mut self.raw)?;
            self.ended = count == 0;
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), SheetError> {
        self.started = true;
        if let Some((encoding, length)) = Encoding::for_bom(&self.raw) {
            self.at = length;
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
            return Ok(());
        }
        // Text in UTF-16 without a mark: every other byte of ASCII is 0.
        let head = &self.raw[..self.raw.len().min(256)];
        let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
        let half = head.len() / 4;
        self.decoder = match (zeros(0), zeros(1)) {
            (0, odd) if odd > half => Some(UTF_16LE.new_decoder_without_bom_handling()),
            (even, 0) if even > half => Some(UTF_16BE.new_decoder_without_bom_handling()),
            (even, odd) if even + odd > half * 2 => {
                return Err(SheetError::Encoding(
                    "this is not a text file; send CSV in UTF-8 or GB18030, or .xlsx",
                ));
            }
            _ => None,
        };
        Ok(())
    }

    /// Passes ASCII on; true where a byte follows that needs a decoder, which is then chosen.
    fn pass_ascii(&mut self, out: &mut Vec<u8>) -> Result<bool, SheetError> {
        let length = Encoding::ascii_valid_up_to(&self.raw[self.at..]);
        out.extend_from_slice(&self.raw[self.at..self.at + length]);
        self.at += length;
        if self.at == self.raw.len() {
            self.finished = self.ended;
            return Ok(false);
        }
        self.fill(WINDOW_BYTES)?;
        let encoding = guess(&self.raw, self.ended);
        self.decoder = Some(encoding.new_decoder_without_bom_handling());
        Ok(true)
    }

    fn decode(&mut self, out: &mut Vec<u8>) {
        let Some(decoder) = &mut self.decoder else { return };
        let input = &self.raw[self.at..];
        let room = decoder.max_utf8_buffer_length(input.len()).unwrap_or(input.len() * 3 + 16);
        let from = out.len();
        out.resize(from + room, 0);
        let (result, read, written, _) =
            decoder.decode_to_utf8(input, &mut out[from..], self.ended);
        out.truncate(from + written);
        self.at += read;
        self.finished = self.ended && result == CoderResult::InputEmpty;
    }
}

/// UTF-8, unless the bytes read better as GB18030.
fn guess(bytes: &[u8], whole: bool) -> &'static Encoding {
    let wrong_utf8 = errors(UTF_8, bytes, whole);
    if wrong_utf8 == 0 || wrong_utf8 <= errors(GB18030, bytes, whole) { UTF_8 } else { GB18030 }
}

/// How many sequences of the bytes are not text in the encoding. A U+FFFD that the sender wrote is
/// text.
fn errors(encoding: &'static Encoding, bytes: &[u8], whole: bool) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = vec![0; decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0)];
    let (mut at, mut found) = (0, 0);
    loop {
        let (result, read, _) =
            decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut text, whole);
        at += read;
        match result {
            DecoderResult::Malformed(..) => found += 1,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => return found,
        }
    }
}
