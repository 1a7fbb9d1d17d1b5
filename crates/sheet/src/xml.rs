//! As much XML as a workbook needs: elements, attributes, text. Document types are refused, so
//! that no entity can be declared; nothing longer than the limit of a row is ever held.

use crate::error::SheetError;
use hutong_model::limits::LINE_BYTES_MAX;
use std::io::Read;

const CHUNK_BYTES: usize = 64 * 1024;
/// Longest name of an entity: `#x0010ffff`.
const ENTITY_BYTES_MAX: usize = 10;

/// One piece of a document.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// `<name …>` or `<name …/>`, without its namespace prefix.
    Open { name: &'a str, attributes: &'a str, empty: bool },
    /// `</name>`.
    Close { name: &'a str },
    /// Text between tags; entities not yet resolved.
    Text(&'a str),
    /// Text of a CDATA section, to be taken as it is.
    Verbatim(&'a str),
}

/// Reads a document piece by piece.
pub(crate) struct Xml<R> {
    input: R,
    buffer: Vec<u8>,
    at: usize,
    token: String,
}

impl<R: Read> Xml<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), at: 0, token: String::new() }
    }

    /// The next piece; None at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'_>>, SheetError> {
        loop {
            if self.at == self.buffer.len() && !self.fill()? {
                return Ok(None);
            }
            if self.buffer[self.at] != b'<' {
                self.take_until(b"<", false)?;
                // Trailing white space and text are told apart by who reads them.
                return Ok(Some(Piece::Text(&self.token)));
            }
            self.at += 1;
            match self.peek()? {
                b'?' => self.take_until(b"?>", true)?,
                b'!' => {
                    if self.section()? {
                        return Ok(Some(Piece::Verbatim(&self.token)));
                    }
                }
                _ => {
                    self.take_tag()?;
                    return tag(&self.token).map(Some);
                }
            }
        }
    }

    fn fill(&mut self) -> Result<bool, SheetError> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let room = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let count = self.input.by_ref().take(room).read_to_end(&mut self.buffer)?;
        Ok(count > 0)
    }

    fn peek(&mut self) -> Result<u8, SheetError> {
        if self.at == self.buffer.len() && !self.fill()? {
            return Err(CUT);
        }
        Ok(self.buffer[self.at])
    }

    /// A comment (false) or CDATA section (true), its text in `token`.
    fn section(&mut self) -> Result<bool, SheetError> {
        while self.buffer.len() - self.at < 8 {
            if !self.fill()? {
                return Err(CUT);
            }
        }
        let rest = &self.buffer[self.at..];
        if rest.starts_with(b"!--") {
            self.at += 3;
            self.take_until(b"-->", true)?;
            return Ok(false);
        }
        if rest.starts_with(b"![CDATA[") {
            self.at += 8;
            self.take_until(b"]]>", true)?;
            return Ok(true);
        }
        Err(SheetError::Workbook("a part of it declares a document type"))
    }

    /// Moves what comes before `end` into `token`; steps over `end` where `over`. Only where not
    /// `over` may the document end first.
    fn take_until(&mut self, end: &[u8], over: bool) -> Result<(), SheetError> {
        let mut bytes = std::mem::take(&mut self.token).into_bytes();
        bytes.clear();
        loop {
            let rest = &self.buffer[self.at..];
            if let Some(found) = find(rest, end) {
                bytes.extend_from_slice(&rest[..found]);
                self.at += found + if over { end.len() } else { 0 };
                break;
            }
            // The end mark may lie across two chunks: keep its possible beginning.
            let keep = rest.len().min(end.len() - 1);
            let taken = rest.len() - keep;
            bytes.extend_from_slice(&rest[..taken]);
            self.at += taken;
            if bytes.len() > LINE_BYTES_MAX {
                return Err(LONG);
            }
            if !self.fill()? {
                if over {
                    return Err(CUT);
                }
                bytes.extend_from_slice(&self.buffer[self.at..]);
                self.at = self.buffer.len();
                break;
            }
        }
        self.token = text(bytes);
        Ok(())
    }

    /// Moves a tag without its angle brackets into `token`; `>` may stand within quotes.
    fn take_tag(&mut self) -> Result<(), SheetError> {
        let mut bytes = std::mem::take(&mut self.token).into_bytes();
        bytes.clear();
        let mut quote = None;
        'tag: loop {
            for (offset, byte) in self.buffer[self.at..].iter().enumerate() {
                match (quote, *byte) {
                    (None, b'>') => {
                        bytes.extend_from_slice(&self.buffer[self.at..self.at + offset]);
                        self.at += offset + 1;
                        break 'tag;
                    }
                    (None, mark @ (b'"' | b'\'')) => quote = Some(mark),
                    (Some(mark), byte) if mark == byte => quote = None,
                    _ => {}
                }
            }
            bytes.extend_from_slice(&self.buffer[self.at..]);
            self.at = self.buffer.len();
            if bytes.len() > LINE_BYTES_MAX {
                return Err(LONG);
            }
            if !self.fill()? {
                return Err(CUT);
            }
        }
        self.token = text(bytes);
        Ok(())
    }
}

const CUT: SheetError = SheetError::Workbook("a part of it ends too early");
const LONG: SheetError = SheetError::Workbook("a part of it holds a text of more than 4 MiB");

/// Where `mark`, which is not empty, is first found.
fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|b| *b == mark[0])?;
        if bytes[at..].starts_with(mark) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn tag(token: &str) -> Result<Piece<'_>, SheetError> {
    if let Some(name) = token.strip_prefix('/') {
        return Ok(Piece::Close { name: local(name.trim_end()) });
    }
    let (token, empty) = match token.strip_suffix('/') {
        Some(token) => (token, true),
        None => (token, false),
    };
    let (name, attributes) = token.split_once([' ', '\t', '\r', '\n']).unwrap_or((token, ""));
    if name.is_empty() {
        return Err(SheetError::Workbook("a part of it is not well-formed XML"));
    }
    Ok(Piece::Open { name: local(name), attributes, empty })
}

/// A name without its namespace prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The value of an attribute, by its name without prefix; entities not yet resolved.
pub(crate) fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes.trim_start();
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let mark = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, next) = after[1..].split_once(mark)?;
        if local(name.trim()) == wanted {
            return Some(value);
        }
        rest = next.trim_start();
    }
}

/// Appends text with its entities resolved (XML 1.0 §4.1, §4.6); unknown ones stay as written.
pub(crate) fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // Looked for no further than a name reaches, else a text of many marks takes for ever.
        let end = after.bytes().take(ENTITY_BYTES_MAX + 1).position(|b| b == b';');
        let entity = end.map(|end| (&after[..end], &after[end + 1..]));
        match entity.and_then(|(name, next)| Some((character(name)?, next))) {
            Some((character, next)) => {
                out.push(character);
                rest = next;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
