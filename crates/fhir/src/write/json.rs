//! A JSON writer over a byte buffer: no tree in between, nothing written for what is not there.

use hutong_model::{Coding, Quantity, Timestamp, When};
use std::fmt::{Display, Write as _};

/// Appends JSON. A comma is put where the last byte is not an opening one.
pub(super) struct Json<'b> {
    out: &'b mut Vec<u8>,
    scratch: String,
}

impl<'b> Json<'b> {
    pub(super) const fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out, scratch: String::new() }
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':' | b'\n')) {
            self.out.push(b',');
        }
    }

    /// Begins a member.
    pub(super) fn key(&mut self, key: &str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// An object as a value.
    pub(super) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        self.comma();
        self.out.push(b'{');
        fill(self);
        self.out.push(b'}');
    }

    /// A member that is an object.
    pub(super) fn member(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.key(key);
        self.object(fill);
    }

    /// A member that is a list; nothing is left of it where it stays empty.
    pub(super) fn list(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        self.key(key);
        self.out.push(b'[');
        let empty = self.out.len();
        fill(self);
        if self.out.len() == empty {
            self.out.truncate(before);
        } else {
            self.out.push(b']');
        }
    }

    /// A text as a value.
    pub(super) fn text(&mut self, text: &str) {
        self.comma();
        self.quoted(text);
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        self.escaped(text);
        self.out.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let special = |b: &u8| *b < 0x20 || matches!(b, b'"' | b'\\');
        // Without an early end, this is done many bytes at a time.
        if !bytes.iter().fold(false, |found, b| found | special(b)) {
            self.out.extend_from_slice(bytes);
            return;
        }
        let mut plain = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\t' => b"\\t",
                b'\r' => b"\\r",
                0..=0x1f => b"",
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[plain..at]);
            if escape.is_empty() {
                self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            } else {
                self.out.extend_from_slice(escape);
            }
            plain = at + 1;
        }
        self.out.extend_from_slice(&bytes[plain..]);
    }

    /// A member that is a text.
    pub(super) fn string(&mut self, key: &str, text: &str) {
        self.key(key);
        self.quoted(text);
    }

    /// A member that is a text, where there is one.
    pub(super) fn maybe(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.string(key, text);
        }
    }

    /// A member that is several texts, one after the other.
    pub(super) fn joined(&mut self, key: &str, texts: &[&str]) {
        self.key(key);
        self.out.push(b'"');
        texts.iter().for_each(|text| self.escaped(text));
        self.out.push(b'"');
    }

    /// A member that is a date or time, as exact as it is known.
    pub(super) fn when(&mut self, key: &str, when: When) {
        self.string(key, when.write(&mut [0; When::TEXT_BYTES]));
    }

    /// A member that is an instant.
    pub(super) fn instant(&mut self, key: &str, at: Timestamp) {
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(&at.to_rfc3339());
        self.out.push(b'"');
    }

    /// A member that shows as a text.
    pub(super) fn shown(&mut self, key: &str, value: impl Display) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        // Writing into a String cannot fail.
        let _ = write!(scratch, "{value}");
        self.string(key, &scratch);
        self.scratch = scratch;
    }

    /// A member that is an id of 16 bytes, in hexadecimal, after something else.
    pub(super) fn id(&mut self, key: &str, before: &[&str], id: &[u8; 16]) {
        let mut digits = [0; 32];
        // INVARIANT: twice as many digits as bytes.
        let _ = hex::encode_to_slice(id, &mut digits);
        self.key(key);
        self.out.push(b'"');
        before.iter().for_each(|text| self.escaped(text));
        self.out.extend_from_slice(&digits);
        self.out.push(b'"');
    }

    /// A member that is a number, true or false.
    pub(super) fn bare(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let _ = write!(scratch, "{value}");
        self.out.extend_from_slice(scratch.as_bytes());
        self.scratch = scratch;
    }

    /// A `Coding` as a value.
    pub(super) fn coding(&mut self, coding: &Coding) {
        self.object(|j| {
            j.maybe("system", Some(&*coding.system).filter(|s| !s.is_empty()));
            j.maybe("code", Some(&*coding.code).filter(|c| !c.is_empty()));
            j.maybe("display", coding.display.as_deref());
        });
    }

    /// A member that is a `CodeableConcept` of several codings; those without a code are its text.
    pub(super) fn concepts(&mut self, key: &str, codings: &[Coding]) {
        if codings.is_empty() {
            return;
        }
        let only_words = |c: &&Coding| c.code.is_empty();
        self.member(key, |j| {
            let mut words = codings.iter().filter(only_words);
            // The reader puts the text last.
            let text = words.next_back();
            j.list("coding", |j| {
                codings.iter().filter(|c| !only_words(c)).for_each(|c| j.coding(c));
                words.for_each(|c| j.coding(c));
            });
            j.maybe("text", text.and_then(|c| c.display.as_deref()));
        });
    }

    /// A member that is a `CodeableConcept`.
    pub(super) fn concept(&mut self, key: &str, coding: Option<&Coding>) {
        self.concepts(key, coding.map_or(&[], std::slice::from_ref));
    }

    /// A member that is a `Quantity`; a comparator before the digits becomes one again.
    pub(super) fn quantity(&mut self, key: &str, quantity: Option<&Quantity>) {
        let Some(quantity) = quantity else { return };
        let digits = quantity.value.trim_start_matches(['<', '>', '=']);
        let comparator = &quantity.value[..quantity.value.len() - digits.len()];
        self.member(key, |j| {
            if is_number(digits) {
                j.bare("value", digits);
                j.maybe("comparator", Some(comparator).filter(|c| !c.is_empty()));
                j.maybe("unit", quantity.unit.as_deref());
            } else {
                // Not a number (a spreadsheet's "half a vial"): said in the unit, for people.
                let unit = quantity.unit.as_deref().unwrap_or_default();
                j.shown("unit", format_args!("{} {unit}", quantity.value));
            }
        });
    }
}

/// Whether a text is a JSON number (RFC 8259 §6).
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}
