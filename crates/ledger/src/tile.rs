//! Tiles and their places (C2SP tlog-tiles, "Merkle Tree" and "Log entries").

use crate::{Hash, LedgerError};
use std::fmt;

/// Where a tile or an entry bundle lies. Its path is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// None for a bundle of entries.
    level: Option<u8>,
    index: u64,
    /// 1 to 256.
    width: u16,
}

impl TileId {
    /// Hashes in a full tile, entries in a full bundle.
    pub const WIDTH: u16 = 256;
    /// The highest level that paths can name.
    pub const LEVEL_MAX: u8 = 63;
    /// Levels that a tree of 2^64 leaves has.
    pub(crate) const LEVELS: u8 = 8;

    /// The tile of hashes at a level (0 holds hashes of leaves), `index` tiles from the left, with
    /// `width` hashes. None where the width is not 1 to 256 or the level above 63.
    pub const fn hashes(level: u8, index: u64, width: u16) -> Option<Self> {
        if width == 0 || width > Self::WIDTH || level > Self::LEVEL_MAX {
            return None;
        }
        Some(Self { level: Some(level), index, width })
    }
    /// The bundle of entries `index` bundles from the left, with `width` entries. None where the
    /// width is not 1 to 256.
    pub const fn entries(index: u64, width: u16) -> Option<Self> {
        if width == 0 || width > Self::WIDTH {
            return None;
        }
        Some(Self { level: None, index, width })
    }
    /// The level; none for a bundle of entries.
    pub const fn level(&self) -> Option<u8> {
        self.level
    }
    /// How many tiles lie to its left on its level.
    pub const fn index(&self) -> u64 {
        self.index
    }
    /// Hashes or entries in it: 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }
    /// Whether it has fewer than 256.
    pub const fn is_partial(&self) -> bool {
        self.width < Self::WIDTH
    }
    /// The same place, filled.
    pub const fn full(&self) -> Self {
        Self { width: Self::WIDTH, ..*self }
    }
    /// Most bytes that it can have.
    pub const fn bytes_max(&self) -> usize {
        let each = match self.level {
            Some(_) => Hash::BYTES,
            None => 2 + u16::MAX as usize,
        };
        each * self.width as usize
    }
    /// The tile of this level and index in a tree of `size` leaves, as wide as it is there; none
    /// where it would be empty.
    pub fn in_tree(level: Option<u8>, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(8 * u32::from(level.unwrap_or(0))).unwrap_or(0);
        let width = hashes.checked_sub(index.checked_mul(256)?)?.min(256) as u16;
        if width == 0 { None } else { Some(Self { level, index, width }) }
    }

    /// The path below the log's prefix: `tile/0/x001/x234/067.p/8`, `tile/entries/000`.
    pub fn path(&self) -> String {
        let mut path = match self.level {
            Some(level) => format!("tile/{level}/"),
            None => "tile/entries/".to_owned(),
        };
        path.push_str(&index_path(self.index));
        if self.is_partial() {
            path.push_str(&format!(".p/{}", self.width));
        }
        path
    }

    /// Reads a path.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything that [`TileId::path`] does not write.
    pub fn parse(path: &str) -> Result<Self, LedgerError> {
        Self::read(path).filter(|id| id.path() == path).ok_or(LedgerError::Malformed {
            what: "tile path",
            reason: "not tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]",
        })
    }

    fn read(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if level == "entries" { None } else { Some(level.parse().ok()?) };
        if level.is_some_and(|level: u8| level > Self::LEVEL_MAX) {
            return None;
        }
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok().filter(|w| (1..256).contains(w))?),
            None => (rest, Self::WIDTH),
        };
        let mut index: u64 = 0;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            let value: u64 = digits.parse().ok()?;
            index = index.checked_mul(1000)?.checked_add(value)?;
        }
        Some(Self { level, index, width })
    }
}

fn index_path(index: u64) -> String {
    if index < 1000 {
        return format!("{index:03}");
    }
    // The elements before the last begin with an x.
    let mut elements = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        elements.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    elements.reverse();
    elements.join("/")
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// A tile or bundle with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Where it lies.
    pub id: TileId,
    /// Hashes one after the other, or entries each preceded by its length in two bytes.
    pub bytes: Vec<u8>,
}

/// The hashes of a tile.
///
/// # Errors
/// [`LedgerError::Wrong`] where the length is not that of `width` hashes.
pub(crate) fn read_hashes(id: TileId, bytes: &[u8]) -> Result<Vec<Hash>, LedgerError> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
    if hashes.len() != usize::from(id.width) || !rest.is_empty() {
        return Err(LedgerError::Wrong { tile: id, reason: "not 32 bytes for each hash" });
    }
    Ok(hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect())
}

/// The bytes of a tile of these hashes.
pub(crate) fn write_hashes(hashes: &[Hash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len() * Hash::BYTES);
    hashes.iter().for_each(|hash| bytes.extend_from_slice(hash.as_bytes()));
    bytes
}

/// The entries of a bundle.
///
/// # Errors
/// [`LedgerError::Wrong`] where the lengths do not add up to `width` entries.
pub(crate) fn read_entries(id: TileId, bytes: &[u8]) -> Result<Vec<&[u8]>, LedgerError> {
    let wrong =
        || LedgerError::Wrong { tile: id, reason: "not so many entries with their lengths" };
    let mut entries = Vec::with_capacity(usize::from(id.width));
    let mut rest = bytes;
    for _ in 0..id.width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(wrong)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or_else(wrong)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(wrong()) }
}

/// Adds one entry to a bundle.
///
/// # Errors
/// [`LedgerError::Large`] for an entry of more than 65,535 bytes, which the format cannot hold.
pub(crate) fn write_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), LedgerError> {
    let length = u16::try_from(entry.len())
        .map_err(|_| LedgerError::Large { what: "bytes of a leaf", max: usize::from(u16::MAX) })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}
