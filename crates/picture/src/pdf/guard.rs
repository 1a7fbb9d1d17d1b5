//! What must be known of a document before the parser may unpack its tables and objects: they
//! lie in streams of a few bytes that unpack to a thousand times as many, and those again.
//!
//! Which streams the parser will unpack is in the very tables that are unpacked; so all of them
//! are measured, without keeping what comes out. What cannot be measured is refused.

use super::filters::{DEFLATE_RATIO_MAX, inflated_bytes};
use crate::{PictureError, limits::PDF_UNPACKED_BYTES_MAX};
use std::borrow::Cow;

/// Longest dictionary of a stream that is looked through for its filter.
const DICTIONARY_BYTES_MAX: usize = 16 * 1024;
/// Filters whose output is not measured here; no program has used them for many years.
const OUTDATED: [&[u8]; 3] = [b"LZWDecode", b"/LZW", b"RunLengthDecode"];

/// Checks that nothing in a document unpacks to more than is allowed.
///
/// # Errors
/// [`PictureError::TooLarge`]; [`PictureError::Damaged`] where it cannot be told.
pub(super) fn check(bytes: &[u8]) -> Result<(), PictureError> {
    let text = unescaped(bytes);
    if OUTDATED.iter().any(|name| find(&text, name, 0).is_some()) {
        return Err(PictureError::Damaged("it is packed in an outdated way".into()));
    }
    if nests(&text) {
        return Err(PictureError::Damaged("it is packed twice".into()));
    }
    let most = bytes.len() as u64 * DEFLATE_RATIO_MAX;
    // Streams of an encrypted document can only be measured once it is open.
    let total = if find(&text, b"/Encrypt", 0).is_some() { most } else { unpacked(bytes) };
    if total > PDF_UNPACKED_BYTES_MAX {
        return Err(PictureError::TooLarge {
            what: "bytes when unpacked",
            max: PDF_UNPACKED_BYTES_MAX,
        });
    }
    Ok(())
}

/// What all streams unpack to, in bytes; counting ends beyond what is allowed.
fn unpacked(bytes: &[u8]) -> u64 {
    let mut total = 0;
    let mut at = 0;
    let mut last_end = 0;
    while let Some(keyword) = find(bytes, b"stream", at) {
        at = keyword + b"stream".len();
        if bytes[..keyword].ends_with(b"end") {
            last_end = at;
            continue;
        }
        let dictionary = &bytes[object_start(bytes, last_end, keyword)..keyword];
        // Deflated data says itself where it ends. What the dictionary says of its length, and
        // words within the data, may be made to deceive.
        let Some(data) = after_line_end(&bytes[at..]) else { continue };
        if may_be_deflated(dictionary) {
            total += inflated_bytes(data, PDF_UNPACKED_BYTES_MAX);
        }
        if total > PDF_UNPACKED_BYTES_MAX {
            break;
        }
    }
    total
}

/// What follows the end of the keyword's line, which must end there (ISO 32000-1, 7.3.8.1).
fn after_line_end(bytes: &[u8]) -> Option<&[u8]> {
    let ends = [&b"\n"[..], b"\r\n", b"\r"];
    ends.iter().find_map(|end| bytes.strip_prefix(*end))
}

/// Where the object begins whose dictionary ends before the keyword.
fn object_start(bytes: &[u8], last_end: usize, keyword: usize) -> usize {
    let window = keyword.saturating_sub(DICTIONARY_BYTES_MAX).max(last_end);
    let before = &bytes[window..keyword];
    let end = b"endobj";
    let found = before.windows(end.len()).rposition(|part| part == end);
    window + found.map_or(0, |at| at + end.len())
}

/// Whether a stream with this dictionary may be unpacked as deflated data. One that hides what it
/// says, in a comment, a text or an escape, or by its length, may.
fn may_be_deflated(dictionary: &[u8]) -> bool {
    let hides = dictionary.iter().any(|byte| matches!(byte, b'%' | b'(' | b'#'));
    let cut = dictionary.len() >= DICTIONARY_BYTES_MAX;
    hides || cut || find(dictionary, b"/Fl", 0).is_some() || refers(dictionary)
}

/// Whether the filter is named elsewhere in the document.
fn refers(dictionary: &[u8]) -> bool {
    [&b"/Filter"[..], b"/F"].iter().any(|key| {
        let mut at = 0;
        while let Some(found) = find(dictionary, key, at) {
            at = found + key.len();
            let value = dictionary[at..].iter().find(|b| !b" \t\r\n\0\x0c[".contains(b));
            if value.is_some_and(u8::is_ascii_digit) {
                return true;
            }
        }
        false
    })
}

/// Whether a list of filters unpacks what was unpacked from deflated data.
fn nests(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = find(text, b"/Fl", at) {
        at = found + b"/Fl".len();
        let rest = &text[at..text.len().min(at + 256)];
        let name_end = rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        let next = rest[name_end..].trim_ascii_start();
        let packs = [&b"/Fl"[..], b"/A85", b"/ASCII", b"/AHx", b"/RL", b"/Crypt"];
        if packs.iter().any(|name| next.starts_with(name)) || next.starts_with(b"%") {
            return true;
        }
    }
    false
}

/// Names may be written with escapes (`#46` for `F`).
fn unescaped(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'#') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if *first == b'#' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                out.push(high * 16 + low);
                rest = &tail[2..];
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Where a keyword is next.
fn find(bytes: &[u8], keyword: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let mut at = 0;
    // The first byte alone is searched for fast; most places end there.
    while let Some(next) = rest.get(at..)?.iter().position(|byte| *byte == keyword[0]) {
        at += next;
        if rest[at..].starts_with(keyword) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}
