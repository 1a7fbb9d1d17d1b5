//! A batch as one file: a first line, then for each tile the length of its path, the path, the
//! length of its bytes and the bytes, and at the end SHA-256 of all before. Lengths have four
//! bytes, big-endian.

use crate::{Hash, LedgerError, Tile, TileId};

const MAGIC: &[u8] = b"hutong ledger batch v1\n";

fn malformed(reason: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "staged batch", reason }
}

pub(super) fn write(tiles: &[Tile]) -> Vec<u8> {
    let length: usize = tiles.iter().map(|tile| tile.bytes.len() + 64).sum();
    let mut out = Vec::with_capacity(MAGIC.len() + length + Hash::BYTES);
    out.extend_from_slice(MAGIC);
    for tile in tiles {
        for part in [tile.id.path().as_bytes(), &tile.bytes] {
            // INVARIANT: a bundle of 256 entries of 65,535 bytes has less than 2^32.
            out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(part);
        }
    }
    let check = Hash::of(&[&out]);
    out.extend_from_slice(check.as_bytes());
    out
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Tile>, LedgerError> {
    let (body, check) =
        bytes.split_last_chunk::<{ Hash::BYTES }>().ok_or(malformed("cut short"))?;
    if Hash::of(&[body]) != Hash::from_bytes(*check) {
        return Err(malformed("cut short or altered"));
    }
    let mut rest = body.strip_prefix(MAGIC).ok_or(malformed("another kind of file"))?;
    let mut tiles = Vec::new();
    while !rest.is_empty() {
        let path = std::str::from_utf8(part(&mut rest)?).map_err(|_| malformed("a path"))?;
        tiles.push(Tile { id: TileId::parse(path)?, bytes: part(&mut rest)?.to_vec() });
    }
    Ok(tiles)
}

fn part<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], LedgerError> {
    let short = || malformed("a length beyond the end");
    let (length, after) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| short())?;
    let (part, after) = after.split_at_checked(length).ok_or_else(short)?;
    *rest = after;
    Ok(part)
}
