//! A reader of deterministic CBOR (RFC 8949 section 4.2.1) and nothing else: shortest forms,
//! definite lengths, keys in order and never twice. One value has one encoding, so a code cannot
//! be re-spelled. It borrows, allocates nothing and recurses no deeper than [`DEPTH_MAX`].

use std::ops::Range;

/// Deepest nesting of a value that is passed over.
pub(crate) const DEPTH_MAX: usize = 6;

/// Why bytes are not the CBOR that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end within a value.
    #[error("truncated")]
    Truncated,
    /// A longer form than needed, an indefinite length, or a reserved one.
    #[error("not deterministic")]
    Form,
    /// Another kind of value than expected, or outside its range.
    #[error("unexpected kind of value")]
    Kind,
    /// Longer, or of more items, than permitted.
    #[error("too large")]
    Large,
    /// Nested deeper than permitted.
    #[error("nested too deep")]
    Deep,
    /// A key twice or out of order.
    #[error("keys out of order or repeated")]
    KeyOrder,
    /// Bytes after the value.
    #[error("trailing bytes")]
    Trailing,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
}

/// A key of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<'b> {
    Int(i64),
    Text(&'b str),
}

/// Checks that the keys of one map come in ascending order of their bytes.
#[derive(Default)]
pub(crate) struct KeyOrder<'b> {
    last: &'b [u8],
}

pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn finish(&self) -> Result<(), CborError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(CborError::Trailing) }
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], CborError> {
        let (taken, _) = self.rest().split_at_checked(length).ok_or(CborError::Truncated)?;
        self.at += length;
        Ok(taken)
    }

    /// The major type and argument (RFC 8949 section 3), in their shortest form.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let first = self.take(1)?[0];
        let (argument, least) = match first & 0x1f {
            small @ 0..24 => return Ok((first >> 5, u64::from(small))),
            24 => (u64::from(self.take(1)?[0]), 24),
            25 => (self.argument::<2>()?, 0x100),
            26 => (self.argument::<4>()?, 0x1_0000),
            27 => (self.argument::<8>()?, 0x1_0000_0000),
            _ => return Err(CborError::Form),
        };
        if argument < least { Err(CborError::Form) } else { Ok((first >> 5, argument)) }
    }

    fn argument<const N: usize>(&mut self) -> Result<u64, CborError> {
        Ok(self.take(N)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn expect(&mut self, major: u8) -> Result<u64, CborError> {
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(CborError::Kind),
        }
    }

    fn length(&mut self, major: u8, max: usize) -> Result<usize, CborError> {
        let length = self.expect(major)?;
        usize::try_from(length).ok().filter(|length| *length <= max).ok_or(CborError::Large)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, CborError> {
        self.expect(0)
    }

    pub(crate) fn int(&mut self) -> Result<i64, CborError> {
        let (major, argument) = self.head()?;
        let value = i64::try_from(argument).map_err(|_| CborError::Large)?;
        match major {
            0 => Ok(value),
            1 => Ok(-1 - value),
            _ => Err(CborError::Kind),
        }
    }

    pub(crate) fn bytes(&mut self, max: usize) -> Result<&'b [u8], CborError> {
        let length = self.length(2, max)?;
        self.take(length)
    }

    /// Where the next byte string lies.
    pub(crate) fn bytes_range(&mut self, max: usize) -> Result<Range<usize>, CborError> {
        let length = self.bytes(max)?.len();
        Ok(self.at - length..self.at)
    }

    pub(crate) fn bytes_exact<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        self.bytes(N)?.try_into().map_err(|_| CborError::Kind)
    }

    pub(crate) fn text(&mut self, max: usize) -> Result<&'b str, CborError> {
        let length = self.length(3, max)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| CborError::Utf8)
    }

    pub(crate) fn array(&mut self, max: usize) -> Result<usize, CborError> {
        self.length(4, max)
    }

    pub(crate) fn array_of(&mut self, items: usize) -> Result<(), CborError> {
        if self.array(items)? == items { Ok(()) } else { Err(CborError::Kind) }
    }

    pub(crate) fn map(&mut self, max: usize) -> Result<usize, CborError> {
        self.length(5, max)
    }

    pub(crate) fn map_of(&mut self, items: usize) -> Result<(), CborError> {
        if self.map(items)? == items { Ok(()) } else { Err(CborError::Kind) }
    }

    /// Steps over the tag if it is the next thing.
    pub(crate) fn tag_if(&mut self, tag: u8) {
        // Tags that matter here are below 24: one byte.
        if self.rest().first() == Some(&(0xc0 | tag)) {
            self.at += 1;
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        self.rest().first().is_some_and(|first| first >> 5 == 3)
    }

    pub(crate) fn is_array(&self) -> bool {
        self.rest().first().is_some_and(|first| first >> 5 == 4)
    }

    pub(crate) fn is_bool(&self) -> bool {
        matches!(self.rest().first(), Some(0xf4 | 0xf5))
    }

    pub(crate) fn bool(&mut self) -> Result<bool, CborError> {
        match self.take(1)? {
            [0xf4] => Ok(false),
            [0xf5] => Ok(true),
            _ => Err(CborError::Kind),
        }
    }

    /// Steps over `null` if it is the next thing, and says whether it was.
    pub(crate) fn null_if(&mut self) -> bool {
        let is_null = self.rest().first() == Some(&0xf6);
        self.at += usize::from(is_null);
        is_null
    }

    /// A key of a map whose order does not matter.
    pub(crate) fn key(&mut self) -> Result<Key<'b>, CborError> {
        match self.rest().first().map(|first| first >> 5) {
            Some(0 | 1) => self.int().map(Key::Int),
            Some(3) => self.text(64).map(Key::Text),
            Some(_) => Err(CborError::Kind),
            None => Err(CborError::Truncated),
        }
    }

    /// The next key of a map, which must come after the one before.
    pub(crate) fn next_key(&mut self, order: &mut KeyOrder<'b>) -> Result<Key<'b>, CborError> {
        let start = self.at;
        let key = self.key()?;
        let spelled = self.bytes.get(start..self.at).unwrap_or_default();
        if spelled <= order.last {
            return Err(CborError::KeyOrder);
        }
        order.last = spelled;
        Ok(key)
    }

    /// Passes over one value, checking that it is well-formed.
    pub(crate) fn skip(&mut self) -> Result<(), CborError> {
        self.skip_within(DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), CborError> {
        let Some(deeper) = depth.checked_sub(1) else { return Err(CborError::Deep) };
        let (major, argument) = self.head()?;
        let items = match major {
            0 | 1 => 0,
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| CborError::Large)?;
                let taken = self.take(length)?;
                if major == 3 && std::str::from_utf8(taken).is_err() {
                    return Err(CborError::Utf8);
                }
                0
            }
            4 => argument,
            5 => argument.checked_mul(2).ok_or(CborError::Large)?,
            6 => 1,
            // false, true, null and the floats; not the reserved simple values.
            _ if argument >= 20 => 0,
            _ => return Err(CborError::Form),
        };
        // Each item takes a byte at least, so the loop is bounded by what is there.
        if items > self.rest().len() as u64 {
            return Err(CborError::Truncated);
        }
        (0..items).try_for_each(|_| self.skip_within(deeper))
    }
}
