//! CBOR (RFC 8949) as others write it: any well-formed encoding, indefinite lengths included, with
//! limits on depth and number of items. Keys of a map must differ (section 5.6).

use minicbor::Decoder;
use minicbor::data::Type;
use std::borrow::Cow;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 16;
/// Most values in one text.
const ITEMS_MAX: usize = 4096;

/// A value, borrowing its strings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'b> {
    Int(i128),
    Float(f64),
    Bytes(Cow<'b, [u8]>),
    Text(Cow<'b, str>),
    List(Vec<Value<'b>>),
    Map(Map<'b>),
    Tag(u64, Box<Value<'b>>),
    Bool(bool),
    Null,
    /// `undefined`, or another simple value.
    Other,
}

/// A map in the order in which it was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Map<'b>(Vec<(Value<'b>, Value<'b>)>);

impl<'b> Map<'b> {
    pub(crate) fn int(&self, key: i128) -> Option<&Value<'b>> {
        self.0.iter().find(|(k, _)| matches!(k, Value::Int(int) if *int == key)).map(|(_, v)| v)
    }
    pub(crate) fn text(&self, key: &str) -> Option<&Value<'b>> {
        self.0.iter().find(|(k, _)| matches!(k, Value::Text(text) if text == key)).map(|(_, v)| v)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Value<'b>, Value<'b>)> {
        self.0.iter()
    }
}

impl<'b> Value<'b> {
    /// Reads the one value that the bytes are.
    pub(crate) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let mut reader = Reader { decoder: Decoder::new(bytes), items: ITEMS_MAX };
        let value = reader.value(DEPTH_MAX)?;
        (reader.decoder.position() == bytes.len()).then_some(value)
    }
    pub(crate) fn as_map(&self) -> Option<&Map<'b>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }
    pub(crate) fn as_list(&self) -> Option<&[Value<'b>]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
    pub(crate) fn as_int(&self) -> Option<i128> {
        if let Self::Int(int) = self { Some(*int) } else { None }
    }
}

struct Reader<'b> {
    decoder: Decoder<'b>,
    items: usize,
}

impl<'b> Reader<'b> {
    fn value(&mut self, depth: usize) -> Option<Value<'b>> {
        self.items = self.items.checked_sub(1)?;
        let deeper = depth.checked_sub(1)?;
        let d = &mut self.decoder;
        Some(match d.datatype().ok()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => Value::Int(d.u64().ok()?.into()),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
                Value::Int(d.int().ok()?.into())
            }
            Type::F16 => Value::Float(d.f16().ok()?.into()),
            Type::F32 => Value::Float(d.f32().ok()?.into()),
            Type::F64 => Value::Float(d.f64().ok()?),
            Type::Bool => Value::Bool(d.bool().ok()?),
            Type::Null => {
                d.null().ok()?;
                Value::Null
            }
            Type::Undefined => {
                d.undefined().ok()?;
                Value::Other
            }
            Type::Simple => {
                d.simple().ok()?;
                Value::Other
            }
            Type::Bytes => Value::Bytes(Cow::Borrowed(d.bytes().ok()?)),
            Type::String => Value::Text(Cow::Borrowed(d.str().ok()?)),
            Type::BytesIndef => {
                let parts = d.bytes_iter().ok()?.collect::<Result<Vec<_>, _>>().ok()?;
                Value::Bytes(Cow::Owned(parts.concat()))
            }
            Type::StringIndef => {
                let parts = d.str_iter().ok()?.collect::<Result<Vec<_>, _>>().ok()?;
                Value::Text(Cow::Owned(parts.concat()))
            }
            Type::Array | Type::ArrayIndef => Value::List(self.list(deeper)?),
            Type::Map | Type::MapIndef => Value::Map(self.map(deeper)?),
            Type::Tag => {
                let tag = d.tag().ok()?.as_u64();
                Value::Tag(tag, Box::new(self.value(deeper)?))
            }
            Type::Break | Type::Unknown(_) => return None,
        })
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Value<'b>>> {
        let length = self.decoder.array().ok()?;
        let mut list = Vec::with_capacity(self.room(length)?);
        while self.goes_on(length, list.len())? {
            list.push(self.value(depth)?);
        }
        Some(list)
    }

    fn map(&mut self, depth: usize) -> Option<Map<'b>> {
        let length = self.decoder.map().ok()?;
        let mut map: Vec<(Value<'b>, Value<'b>)> = Vec::with_capacity(self.room(length)?);
        while self.goes_on(length, map.len())? {
            let key = self.value(depth)?;
            // A key that stands twice could be read in two ways.
            if map.iter().any(|(earlier, _)| *earlier == key) {
                return None;
            }
            map.push((key, self.value(depth)?));
        }
        Some(Map(map))
    }

    /// Room for a stated number of items, none where more are stated than are permitted.
    fn room(&self, length: Option<u64>) -> Option<usize> {
        let length = usize::try_from(length.unwrap_or(8)).ok()?;
        (length <= self.items).then_some(length)
    }

    /// Whether another item comes: by the stated length, or until the break.
    fn goes_on(&mut self, length: Option<u64>, read: usize) -> Option<bool> {
        match length {
            Some(length) => Some((read as u64) < length),
            None if self.decoder.datatype().ok()? == Type::Break => {
                self.decoder.set_position(self.decoder.position() + 1);
                Some(false)
            }
            None => Some(true),
        }
    }
}
